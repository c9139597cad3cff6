import { expect, onTestFinished, test } from 'vitest'
import type { MailFaultKind } from '../../../src/core/domain/mailboxes.ts'
import type { Mailer, OutgoingMail } from '../../../src/core/ports/mailer.ts'

/** A mail as whoever has the mailbox sees it. */
export type SeenMail = {
  readonly to: string
  readonly messageId: string | undefined
  readonly subject: string
  readonly text: string
  readonly html: string | undefined
}

/** A mailer together with what it delivers into, which has a mailbox for each of these and for nobody else. */
export type MailWorld = {
  readonly mailer: Mailer
  /** Everything that arrived, oldest first. */
  readonly received: () => Promise<readonly SeenMail[]>
  /** Orders what happens to the next `times` mails for an address or a domain. */
  readonly order: (target: string, kind: MailFaultKind, times: number) => Promise<void>
  readonly close: () => Promise<void>
}

export const MAILBOXES = ['hostmaster@example.test', 'admin@example.test', 'admin@other.test'] as const

let counter = 0
const aMail = (more: Partial<OutgoingMail> = {}): OutgoingMail => ({
  id: `mail-${++counter}`,
  to: 'hostmaster@example.test',
  subject: 'Approve a certificate for example.test',
  text: 'Somebody asks.\n\nhttps://ca.example.test/approvals/abc\n',
  ...more,
})

/** What every mailer does, whatever is behind it. Each test opens a world of its own. */
export function mailerContract(open: () => Promise<MailWorld>): void {
  const world = async (): Promise<MailWorld> => {
    const opened = await open()
    onTestFinished(opened.close)
    return opened
  }

  test('a mail arrives as it was sent, once', async () => {
    const { mailer, received } = await world()
    const mail = aMail({
      subject: 'Zertifikat für müller.example — bestätigen ✓',
      text: `Grüße\n\n.a line that begins with a dot\nhttps://ca.example.test/approvals/${'x'.repeat(200)}\n`,
      html: '<p>Grüße <a href="https://ca.example.test/approvals/abc?a=1&amp;b=2">hier</a></p>',
    })
    const delivery = await mailer.send(mail)
    expect(delivery.outcome).toBe('accepted')
    expect(delivery.response).toMatch(/^250 /)
    expect(delivery.via).not.toBe('')
    const [arrived, ...rest] = await received()
    expect(rest).toEqual([])
    expect(arrived).toMatchObject({ to: mail.to, subject: mail.subject })
    expect(arrived?.text.trim()).toBe(mail.text.trim())
    expect(arrived?.html?.trim()).toBe(mail.html)
    expect(arrived?.messageId).toMatch(new RegExp(`^${mail.id}@`))
  })

  test('a mail of text alone has no HTML', async () => {
    const { mailer, received } = await world()
    await mailer.send(aMail())
    expect((await received())[0]?.html).toBeUndefined()
  })

  test('a mail for nobody is bounced: the mailbox, or the domain, isn’t there (RFC 5321 §4.2.1: 5yz)', async () => {
    const { mailer, received } = await world()
    for (const to of ['webmaster@example.test', 'admin@elsewhere.test'])
      expect(await mailer.send(aMail({ to }))).toMatchObject({
        outcome: 'bounced',
        response: expect.stringMatching(/^5\d\d /),
      })
    expect(await received()).toEqual([])
  })

  test('a bounce on order is for as many mails as were ordered', async () => {
    const { mailer, order, received } = await world()
    await order('hostmaster@example.test', 'bounce', 2)
    const outcomes = []
    for (let mail = 0; mail < 3; mail++) outcomes.push((await mailer.send(aMail())).outcome)
    expect(outcomes).toEqual(['bounced', 'bounced', 'accepted'])
    expect(await received()).toHaveLength(1)
  })

  test('a mail that is deferred arrives when it is sent again', async () => {
    const { mailer, order, received } = await world()
    await order('hostmaster@example.test', 'defer', 1)
    const mail = aMail()
    expect(await mailer.send(mail)).toMatchObject({
      outcome: 'deferred',
      response: expect.stringMatching(/^4\d\d /),
    })
    expect(await received()).toEqual([])
    expect((await mailer.send(mail)).outcome).toBe('accepted')
    expect(await received()).toHaveLength(1)
  })

  test('a fault of a domain is for every address in it, and for no other domain', async () => {
    const { mailer, order } = await world()
    await order('example.test', 'bounce', 2)
    const outcomes = []
    for (const to of MAILBOXES) outcomes.push((await mailer.send(aMail({ to }))).outcome)
    expect(outcomes).toEqual(['bounced', 'bounced', 'accepted'])
  })

  test('a mail may be accepted and swallowed: accepted isn’t read', async () => {
    const { mailer, order, received } = await world()
    await order('hostmaster@example.test', 'swallow', 1)
    expect((await mailer.send(aMail())).outcome).toBe('accepted')
    expect(await received()).toEqual([])
  })

  test('many at once all arrive, each once', async () => {
    const { mailer, received } = await world()
    const mails = Array.from({ length: 30 }, () => aMail())
    const deliveries = await Promise.all(mails.map((mail) => mailer.send(mail)))
    expect(new Set(deliveries.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']))
    const ids = (await received()).map(({ messageId }) => messageId?.split('@')[0])
    expect(new Set(ids)).toEqual(new Set(mails.map(({ id }) => id)))
    expect(ids).toHaveLength(mails.length)
  })
}
