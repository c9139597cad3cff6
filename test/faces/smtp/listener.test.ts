import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { orderMailFault } from '../../../src/core/operations/simulation/mail-faults.ts'
import { createMailbox } from '../../../src/core/operations/simulation/mailboxes.ts'
import type { MailMessage } from '../../../src/core/domain/mailboxes.ts'
import { openSmtpListener, type SmtpListener } from '../../../src/faces/smtp/listener.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { SmtpSession } from './smtp-session.ts'

let given: TestPorts
let listener: SmtpListener
beforeAll(async () => {
  given = await testPorts({ mode: 'simulation', authorities: false })
  for (const address of ['a@example.test', 'b@example.test', 'fuzz@example.test'])
    await createMailbox(given.ports, given.admin, { address })
  listener = await openSmtpListener(given.ports, { bind: '127.0.0.1', port: 0, tls: undefined })
})
afterAll(async () => {
  await listener.close()
  await given[Symbol.asyncDispose]()
})

function session(): SmtpSession {
  const opened = new SmtpSession(listener.port)
  onTestFinished(() => opened.close())
  return opened
}
const mailsOf = async (address: string): Promise<readonly MailMessage[]> =>
  (await given.ports.store.reads.mailboxes.messages(address, { limit: 1000, after: undefined })).items

describe('the simulation’s mail server', () => {
  test('takes a mail of any program into each recipient’s mailbox', async () => {
    const mail = session()
    const replies = await mail.envelope('', ['A@Example.Test', 'b@example.test', 'b@example.test'])
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(['250', '250', '250', '250'])
    const source = [
      'From: Someone <someone@else.test>',
      'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
      'Message-ID: <one@else.test>',
      'Content-Type: multipart/alternative; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'f=FCr dich: https://ca.test/approvals/abc=',
      'def',
      '--x',
      'Content-Type: text/html',
      '',
      '<p>für dich</p>',
      '--x--',
    ].join('\r\n')
    expect(await mail.data(source)).toMatch(/^250 /)
    for (const address of ['a@example.test', 'b@example.test']) {
      const [newest, ...rest] = await mailsOf(address)
      expect(rest).toEqual([])
      expect(newest).toMatchObject({
        sender: '',
        subject: 'Grüße',
        messageId: 'one@else.test',
        html: '<p>für dich</p>',
        receivedAt: given.calendar.now(),
      })
      expect(newest?.text.trim()).toBe('für dich: https://ca.test/approvals/abcdef')
    }
  })

  test('relays for nobody: other domains, and mailboxes that aren’t there, are refused at the envelope', async () => {
    const replies = await session().envelope('x@else.test', [
      'someone@gmail.example',
      'nobody@example.test',
      'a%gmail.example@else.test',
      'a@[127.0.0.1]',
    ])
    for (const reply of replies.slice(1)) expect(reply).toMatch(/^5\d\d /)
  })

  test('takes no sign-in, offers no TLS without a certificate, and knows no recipient before it is asked for one', async () => {
    const mail = session()
    await mail.reply()
    const offers = await mail.say('EHLO client.test')
    expect(offers).not.toMatch(/AUTH|STARTTLS/)
    expect(offers).toMatch(/SIZE 262144/)
    expect(await mail.say('AUTH PLAIN AGEAYg==')).toMatch(/^5/)
    expect(await mail.say('STARTTLS')).toMatch(/^5/)
    expect(await mail.say('VRFY a@example.test')).not.toMatch(/a@example/)
    expect(await mail.say('DATA')).toMatch(/^5/)
  })

  test('one recipient’s fault leaves the others alone', async () => {
    const { ports, admin } = given
    await orderMailFault(ports, admin, { target: 'a@example.test', kind: 'swallow', times: 1 })
    const before = [await mailsOf('a@example.test'), await mailsOf('b@example.test')].map((it) => it.length)
    const mail = session()
    await mail.envelope('x@else.test', ['a@example.test', 'b@example.test'])
    expect(await mail.data('Subject: s\r\n\r\ntext')).toMatch(/^250 /)
    const after = [await mailsOf('a@example.test'), await mailsOf('b@example.test')].map((it) => it.length)
    expect(after).toEqual([before[0], (before[1] ?? 0) + 1])
  })

  test('bounds what a mail may cost: its size, declared or not, and its recipients', async () => {
    const declared = session()
    await declared.reply()
    await declared.say('EHLO client.test')
    expect(await declared.say('MAIL FROM:<x@else.test> SIZE=262145')).toMatch(/^552 /)
    const streamed = session()
    await streamed.envelope('x@else.test', ['a@example.test'])
    const count = (await mailsOf('a@example.test')).length
    expect(await streamed.data(`Subject: s\r\n\r\n${'x'.repeat(78).concat('\r\n').repeat(4000)}`)).toMatch(
      /^552 /,
    )
    expect(await mailsOf('a@example.test')).toHaveLength(count)
    const many = session()
    const to = Array.from({ length: 101 }, (_, index) => `m${index}@many.test`)
    for (const address of to) await createMailbox(given.ports, given.admin, { address })
    expect((await many.envelope('x@else.test', to)).at(-1)).toMatch(/^452 /)
  })

  test('any octets for a mail are taken or refused; the server stays up', async () => {
    const seed = Buffer.from(
      'Subject: =?UTF-8?B?w7w=?=\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-7\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+YTwvcD4=\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--b--',
    )
    const edits = fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const octets = Buffer.from(seed)
        for (const [at, octet] of changes) octets[at] = octet
        const mail = new SmtpSession(listener.port)
        try {
          await mail.envelope('x@else.test', ['fuzz@example.test'])
          // What ends the mail early would be the next command.
          const safe = Buffer.from(octets.toString('latin1').replace(/[\r\n]+\./g, ' .'), 'latin1')
          expect(await mail.data(safe)).toMatch(/^(250|451|5\d\d) /)
        } finally {
          mail.close()
        }
      }),
      { numRuns: 60 },
    )
    expect((await mailsOf('fuzz@example.test')).length).toBeGreaterThan(30)
    expect(given.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})
