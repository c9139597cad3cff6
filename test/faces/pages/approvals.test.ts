import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/faces/http/app.ts'
import { mountApprovalPages } from '../../../src/faces/pages/approvals.ts'
import { HOUR } from '../../../src/core/domain/time.ts'
import { deleteManaged } from '../../../src/core/operations/managed/delete-managed.ts'
import { resendApproval } from '../../../src/core/operations/validation/request-approval.ts'
import { auditTrail } from '../../core/operations/database.ts'
import {
  approvalWorld,
  tokenIn,
  type ApprovalWorld,
} from '../../core/operations/validation/approval-world.ts'
import { listening, type Listening } from '../installation.ts'

let world: ApprovalWorld
let server: Listening
beforeAll(async () => {
  world = await approvalWorld()
  server = await listening(createApp(world.ports, (app) => mountApprovalPages(app, world.ports)))
})
afterAll(async () => {
  await server.close()
  await world[Symbol.asyncDispose]()
})

const HOSTMASTER = 'hostmaster@example.com'
const urlOf = (token: string) => `${server.url}/approvals/${token}`
const ask = (token: string, init: RequestInit = {}) => fetch(urlOf(token), { redirect: 'manual', ...init })

/** What a browser has after looking at a page. */
async function looked(token: string) {
  const response = await ask(token)
  const html = await response.text()
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
  return { response, html, cookie, csrf }
}
const post = (token: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask(token, { method: 'POST', body: new URLSearchParams(fields), headers })

async function pending() {
  const managed = await world.asked()
  return { managed, token: await world.token(HOSTMASTER) }
}
const statusOf = async (id: string) => (await world.ports.store.reads.validations.of(id as never))[0]?.status

describe('the page behind the link', () => {
  it('shows who asks for what, and decides nothing by being looked at: GET, HEAD, again and again', async () => {
    const { managed, token } = await pending()
    for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS'])
      expect((await ask(token, { method })).status).toBeLessThan(300)
    for (const query of ['?decision=approve', '?decision=reject&csrf=x']) await fetch(urlOf(token) + query)
    expect(await statusOf(managed.id)).toBe('PENDING_VALIDATION')
    const { html } = await looked(token)
    for (const words of ['example.com', `account ${world.admin.account}`, managed.id, HOSTMASTER, 'UTC'])
      expect(html).toContain(words)
  })

  it('is for no cache, no frame, no script, no other site, and tells no other site of itself', async () => {
    const { token } = await pending()
    const { response, html } = await looked(token)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|script-src/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict; Max-Age=86400; Secure$/)
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|https?:\/\//)
    // The style’s hash is that of the style.
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? ''
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(style))).toString('base64')
    expect(policy).toContain(`'sha256-${digest}'`)
    expect(html).toContain('lang="en"')
    expect(html).toContain('width=device-width')
    expect(html).toContain('prefers-color-scheme: dark')
  })

  it('approves by its form; reloaded, it shows what was decided', async () => {
    const { managed, token } = await pending()
    const { cookie, csrf } = await looked(token)
    const done = await post(token, { csrf, decision: 'approve' }, { cookie, 'sec-fetch-site': 'same-origin' })
    expect(done.status).toBe(303)
    expect(new URL(done.headers.get('location') ?? '', urlOf(token)).href).toBe(urlOf(token))
    const { html } = await looked(token)
    expect(html).toContain('example.com is approved')
    expect(html).not.toContain('<form')
    await world.turn()
    expect((await world.now(managed)).status).toBe('ISSUED')
    const event = auditTrail(world.database).findLast(({ eventName }) => eventName === 'ApproveDomain')
    expect(event).toMatchObject({
      sourceIPAddress: expect.stringContaining('127.0.0.1'),
      userIdentity: { principalId: `mailbox/${HOSTMASTER}` },
    })
    expect(JSON.stringify(auditTrail(world.database))).not.toContain(token)
  })

  it('rejects by its form', async () => {
    const { managed, token } = await pending()
    const { cookie, csrf } = await looked(token)
    expect((await post(token, { csrf, decision: 'reject' }, { cookie })).status).toBe(303)
    expect(await statusOf(managed.id)).toBe('FAILED')
    expect((await looked(token)).html).toContain('example.com is rejected')
  })

  it('answers a second use, a late one, one of a replaced mail, and one of a deleted request, each in words', async () => {
    const used = await pending()
    const first = await looked(used.token)
    await post(used.token, { csrf: first.csrf, decision: 'approve' }, { cookie: first.cookie })
    const again = await post(used.token, { csrf: first.csrf, decision: 'reject' }, { cookie: first.cookie })
    expect([again.status, await again.text()]).toEqual([
      409,
      expect.stringContaining('example.com is approved'),
    ])

    const both = await pending()
    const one = await looked(both.token)
    const post1 = () => post(both.token, { csrf: one.csrf, decision: 'approve' }, { cookie: one.cookie })
    const statuses = (await Promise.all([post1(), post1(), post1()])).map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([303, 409, 409])

    const replaced = await pending()
    const before = await looked(replaced.token)
    await resendApproval(world.ports, world.admin, replaced.managed.id, { domain: 'example.com' })
    const stale = await post(
      replaced.token,
      { csrf: before.csrf, decision: 'approve' },
      { cookie: before.cookie },
    )
    expect([stale.status, await stale.text()]).toEqual([
      409,
      expect.stringContaining('There is a newer mail'),
    ])

    const deleted = await pending()
    await deleteManaged(world.ports, world.admin, deleted.managed.id)
    expect((await looked(deleted.token)).response.status).toBe(404)

    const late = await pending()
    const shown = await looked(late.token)
    world.pass(72 * HOUR)
    const tooLate = await post(
      late.token,
      { csrf: shown.csrf, decision: 'approve' },
      { cookie: shown.cookie },
    )
    expect([tooLate.status, await tooLate.text()]).toEqual([409, expect.stringContaining('too late')])
    expect(await statusOf(late.managed.id)).toBe('PENDING_VALIDATION')
  })

  it('takes no form of another site’s, another browser’s or another link’s', async () => {
    const one = await pending()
    const other = await pending()
    const mine = await looked(one.token)
    const theirs = await looked(other.token)
    const refused: [Record<string, string>, Record<string, string>][] = [
      [{ decision: 'approve' }, {}],
      [{ decision: 'approve' }, { cookie: mine.cookie }],
      [{ decision: 'approve', csrf: mine.csrf }, {}],
      [{ decision: 'approve', csrf: mine.csrf }, { cookie: theirs.cookie }],
      [{ decision: 'approve', csrf: theirs.csrf }, { cookie: theirs.cookie }],
      [
        { decision: 'approve', csrf: mine.csrf },
        { cookie: mine.cookie, 'sec-fetch-site': 'cross-site' },
      ],
      [
        { decision: 'approve', csrf: mine.csrf },
        { cookie: mine.cookie, 'sec-fetch-site': 'same-site' },
      ],
      [{ decision: 'approve', csrf: `${mine.csrf}x` }, { cookie: mine.cookie }],
      [{ decision: 'approve', csrf: mine.csrf }, { cookie: 'chancery-approval=x' }],
    ]
    for (const [fields, headers] of refused) {
      const response = await post(one.token, fields, headers)
      expect([response.status, await response.text()]).toEqual([
        403,
        expect.stringContaining('This form can’t be used'),
      ])
    }
    expect(await statusOf(one.managed.id)).toBe('PENDING_VALIDATION')
  })

  it('answers what isn’t its form, or no link of ours, in words, never with an error of its own', async () => {
    const { managed, token } = await pending()
    const { cookie, csrf } = await looked(token)
    const json = await ask(token, {
      method: 'POST',
      body: JSON.stringify({ csrf, decision: 'approve' }),
      headers: { 'content-type': 'application/json', cookie },
    })
    expect(json.status).toBe(415)
    for (const decision of ['', 'APPROVE', 'maybe'])
      expect((await post(token, { csrf, decision }, { cookie })).status).toBe(400)
    expect((await post(token, { csrf, decision: 'x'.repeat(5000) }, { cookie })).status).toBe(413)
    for (const each of ['x', 'a'.repeat(43), encodeURIComponent('../../etc/passwd'), '%00', `${token}=`]) {
      const response = await ask(each)
      expect(response.status).toBe(404)
      expect(await response.text()).toContain('This link leads nowhere')
      expect((await post(each, { csrf, decision: 'approve' }, { cookie })).status).toBe(404)
    }
    for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await ask(token, { method })).status).toBe(405)
    expect(await statusOf(managed.id)).toBe('PENDING_VALIDATION')
  })

  it('says in words that the server failed, with the id under which it logged why, and the token nowhere', async () => {
    const { token } = await pending()
    const failing = {
      ...world.ports,
      store: {
        ...world.ports.store,
        reads: { ...world.ports.store.reads, approvals: { byHash: () => Promise.reject(new Error('disk')) } },
      },
    }
    const broken = await listening(createApp(world.ports, (app) => mountApprovalPages(app, failing as never)))
    const response = await fetch(`${broken.url}/approvals/${token}`)
    await broken.close()
    const html = await response.text()
    expect([response.status, html]).toEqual([500, expect.stringContaining('Request id: ')])
    expect(html).not.toContain('disk')
  })

  it('leaves no token in the log, whatever was asked', () => {
    const log = JSON.stringify(world.log)
    expect(log).toContain('/approvals/{token}')
    for (const { text } of world.sent) expect(log).not.toContain(tokenIn(text))
  })
})
