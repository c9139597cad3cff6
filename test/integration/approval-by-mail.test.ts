import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { hasTool } from '../support/tools.ts'
import { openBrowser } from './support/chromium.ts'
import { aServer, type LocalServer } from './support/servers.ts'

let server: LocalServer
beforeAll(async () => {
  const [apiPort, smtpPort] = [await freePort(), await freePort()]
  // The installation hands its mail to a mail server over SMTP; that this is the simulation's own makes no difference.
  server = await aServer(
    {
      CHANCERY_API_PORT: String(apiPort),
      CHANCERY_SMTP_PORT: String(smtpPort),
      CHANCERY_SMTP_URL: `smtp+plain://127.0.0.1:${smtpPort}`,
      CHANCERY_SMTP_FROM: 'chancery@ca.story.test',
    },
    'simulation',
  )
  await server.admin.createZone({ body: { apex: 'story.test' } })
  for (const local of ['admin', 'hostmaster'])
    await server.admin.createMailbox({ body: { address: `${local}@story.test` } })
})
afterAll(() => server.dispose())

const linkIn = (text: string): string => /^http:\/\/\S+\/approvals\/\S+$/m.exec(text)?.[0] ?? ''

async function requested(domainName: string) {
  const { admin } = server
  const { id } = await admin.requestManagedCertificate({
    body: { domainName, validation: { method: 'EMAIL' } },
  })
  await admin.validateManagedCertificate({ params: { id } })
  const { items } = await admin.listMailMessages({ params: { address: 'hostmaster@story.test' } })
  return { id, mail: items[0], link: linkIn(items[0]?.text ?? '') }
}
async function statusOf(id: string): Promise<string> {
  await server.admin.validateManagedCertificate({ params: { id } }).catch(() => {})
  return (await server.admin.describeManagedCertificate({ params: { id } })).status
}

describe('a certificate approved by mail, through a real SMTP hop', () => {
  it('is requested, its mail read, approved by the page’s form, and issued', async () => {
    const { id, mail, link } = await requested('story.test')
    expect(mail).toMatchObject({
      from: 'chancery@ca.story.test',
      subject: 'Certificate for story.test: approve or reject',
    })
    const opened = await fetch(link)
    const html = await opened.text()
    expect(await statusOf(id)).toBe('PENDING_VALIDATION')
    const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
    const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const decided = await fetch(link, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ csrf, decision: 'approve' }),
    })
    expect([decided.status, await decided.text()]).toEqual([
      200,
      expect.stringContaining('story.test is approved'),
    ])
    expect(await statusOf(id)).toBe('ISSUED')
  })

  it.skipIf(!hasTool('chromium', '--version'))(
    'is approved in a real browser: on a phone, in the dark, without a script; reloaded, it decides nothing again',
    async () => {
      const { id, link } = await requested('www.story.test')
      const browser = await openBrowser({ dark: true, width: 360 })
      try {
        await browser.open(link)
        expect(await browser.value('document.querySelector("h1").textContent')).toBe(
          'Approve a certificate for www.story.test?',
        )
        // The style was let in, dark, and nothing is wider than the phone.
        expect(await browser.value('getComputedStyle(document.body).backgroundColor')).toBe('rgb(23, 23, 26)')
        expect(await browser.value('document.documentElement.scrollWidth <= 360')).toBe(true)
        expect(await browser.value('document.scripts.length')).toBe(0)
        expect(await statusOf(id)).toBe('PENDING_VALIDATION')
        await browser.leaveBy('document.querySelector("button.go").click()')
        expect(await browser.value('document.querySelector("h1").textContent')).toBe(
          'www.story.test is approved',
        )
        expect(await browser.value('location.href')).toBe(link)
        await browser.leaveBy('location.reload()')
        expect(await browser.value('document.forms.length')).toBe(0)
        expect(browser.complaints.filter((text) => !text.includes('favicon'))).toEqual([])
      } finally {
        await browser.close()
      }
      expect(await statusOf(id)).toBe('ISSUED')
    },
  )

  it('is rejected with one press of the other button, and nothing is issued', async () => {
    const { id, link } = await requested('*.story.test')
    const opened = await fetch(link)
    const csrf = /name="csrf" value="([^"]+)"/.exec(await opened.text())?.[1] ?? ''
    const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const body = new URLSearchParams({ csrf, decision: 'reject' })
    await fetch(link, { method: 'POST', headers: { cookie }, body })
    expect(await statusOf(id)).toBe('FAILED')
    const { failureReason } = await server.admin.describeManagedCertificate({ params: { id } })
    expect(failureReason).toBe('DOMAIN_VALIDATION_DENIED')
  })
})
