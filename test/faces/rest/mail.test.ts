import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { MAIL_ROUTES } from '../../../src/contract/routes/mail.ts'
import type { Route } from '../../../src/contract/route.ts'
import { deliverMail } from '../../../src/core/operations/simulation/deliver-mail.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let admin: Client
let other: Client
beforeAll(async () => {
  installation = await anInstallation('simulation')
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  const account = await admin.createAccount({ body: { name: 'other' } })
  const token = await admin.createToken({
    body: { name: 'other', role: 'administrator', account: account.id },
  })
  other = clientOf(api, token.secret)
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

const arrives = (address: string, subject: string) =>
  deliverMail(installation.ports, {
    address,
    messageId: undefined,
    sender: 'somebody@else.test',
    subject,
    text: 'text',
    html: undefined,
  })

describe('simulated mailboxes', () => {
  test('one lives: opened, listed, written to, read, deleted', async () => {
    const address = 'hostmaster@life.test'
    const made = await admin.createMailbox({ body: { address: 'HostMaster@Life.Test' } })
    expect(made).toMatchObject({ address, account: installation.account })
    expect((await admin.listMailboxes()).items).toContainEqual(made)
    for (const subject of ['first', 'second', 'third']) await arrives(address, subject)
    const params = { address }
    const page = await admin.listMailMessages({ params, query: { limit: 2 } })
    expect(page.items.map(({ subject }) => subject)).toEqual(['third', 'second'])
    const rest = await admin.listMailMessages({ params, query: { limit: 2, cursor: page.next } })
    expect(rest.items.map(({ subject }) => subject)).toEqual(['first'])
    expect(rest.next).toBeUndefined()
    const [first] = rest.items
    expect(await admin.readMailMessage({ params: { address, id: first?.id ?? '' } })).toEqual(first)
    expect(first).toMatchObject({ from: 'somebody@else.test', text: 'text' })
    await admin.deleteMailbox({ params })
    await expect(admin.listMailMessages({ params })).rejects.toMatchObject({ code: 'not_found' })
    // Who opens it again finds it empty.
    await admin.createMailbox({ body: { address } })
    expect((await admin.listMailMessages({ params })).items).toEqual([])
  })

  test('an international domain is held in A-labels', async () => {
    expect((await admin.createMailbox({ body: { address: 'post@müller.test' } })).address).toBe(
      'post@xn--mller-kva.test',
    )
    expect((await arrives('post@xn--mller-kva.test', 'Grüße')).outcome).toBe('accepted')
  })

  test('a mailbox keeps its last 500 mails', async () => {
    const address = 'full@many.test'
    await admin.createMailbox({ body: { address } })
    for (let mail = 1; mail <= 503; mail++) await arrives(address, String(mail))
    const { items, next } = await admin.listMailMessages({ params: { address }, query: { limit: 1000 } })
    expect(items).toHaveLength(500)
    expect(items.at(-1)?.subject).toBe('4')
    expect(next).toBeUndefined()
  })

  test('a domain belongs to the account of its first mailbox, until its last one goes', async () => {
    await admin.createMailbox({ body: { address: 'a@owned.test' } })
    await expect(other.createMailbox({ body: { address: 'b@owned.test' } })).rejects.toMatchObject({
      code: 'already_exists',
      problem: { violations: [{ code: 'mail_domain_taken', field: 'address' }] },
    })
    await expect(admin.createMailbox({ body: { address: 'a@owned.test' } })).rejects.toMatchObject({
      problem: { violations: [{ code: 'mailbox_taken', field: 'address' }] },
    })
    await admin.deleteMailbox({ params: { address: 'a@owned.test' } })
    expect((await other.createMailbox({ body: { address: 'b@owned.test' } })).address).toBe('b@owned.test')
  })

  test.each([
    ['', 'address'],
    ['nobody', 'address'],
    ['a b@example.test', 'address'],
    ['a@', 'address'],
    ['a@-example.test', 'address'],
    ['a@*.example.test', 'address'],
    ['a@192.0.2.1', 'address'],
    [`${'a'.repeat(65)}@example.test`, 'address'],
    ['"quoted"@example.test', 'address'],
  ])('no mailbox %j', async (address, field) => {
    await expect(admin.createMailbox({ body: { address } })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field }] },
    })
  })
})

describe('another account', () => {
  const nowhere = '019ac3f0-5b1c-7cc3-98c4-dc0c0c07398f'
  const taking = Object.values(MAIL_ROUTES as Record<string, Route>).filter(
    ({ request, path }) => request.params !== undefined && path.includes('mailboxes'),
  )
  const plain = async (token: string, route: Route, address: string, id: string) => {
    const path = route.path.replace('{address}', encodeURIComponent(address)).replace('{id}', id)
    const response = await fetch(api.url + path, {
      method: route.method,
      headers: { authorization: `Bearer ${token}`, 'x-request-id': 'the-same-in-both' },
    })
    return { status: response.status, text: (await response.text()).replaceAll(address.slice(0, 4), '$') }
  }

  test.each(taking.map((route) => [route.operationId, route] as const))(
    '%s of theirs is as unknown as one that nobody has',
    async (_, route) => {
      const account = await admin.createAccount({ body: { name: 'third' } })
      const made = await admin.createToken({
        body: { name: 'third', role: 'administrator', account: account.id },
      })
      await admin.createMailbox({ body: { address: `aaaa@${route.operationId.toLowerCase()}.test` } })
      await arrives(`aaaa@${route.operationId.toLowerCase()}.test`, 'secret')
      const address = `aaaa@${route.operationId.toLowerCase()}.test`
      const { items } = await admin.listMailMessages({ params: { address } })
      const theirs = await plain(made.secret, route, address, items[0]?.id ?? '')
      const nobodys = await plain(made.secret, route, address.replace('aaaa', 'bbbb'), nowhere)
      expect(theirs.status).toBe(404)
      expect(theirs.text.replaceAll(items[0]?.id ?? '', nowhere)).toEqual(nobodys.text)
      expect((await admin.listMailMessages({ params: { address } })).items).toHaveLength(1)
    },
  )

  test('an id of a mail opens it in its own mailbox only', async () => {
    await admin.createMailbox({ body: { address: 'one@pair.test' } })
    await admin.createMailbox({ body: { address: 'two@pair.test' } })
    await arrives('one@pair.test', 's')
    const { items } = await admin.listMailMessages({ params: { address: 'one@pair.test' } })
    await expect(
      admin.readMailMessage({ params: { address: 'two@pair.test', id: items[0]?.id ?? '' } }),
    ).rejects.toMatchObject({ code: 'not_found' })
  })

  test('lists show nothing of theirs', async () => {
    const addresses = (await other.listMailboxes()).items.map(({ account }) => account)
    expect(addresses).not.toContain(installation.account)
  })
})

describe('faults of mail', () => {
  test('one is ordered, used up mail by mail, and gone', async () => {
    await admin.createMailbox({ body: { address: 'a@faulty.test' } })
    const fault = await admin.orderMailFault({ body: { target: 'Faulty.Test', kind: 'bounce', times: 2 } })
    expect(fault).toMatchObject({ target: 'faulty.test', kind: 'bounce', remaining: 2 })
    expect((await arrives('a@faulty.test', 's')).outcome).toBe('bounced')
    expect((await admin.listMailFaults()).items).toContainEqual({ ...fault, remaining: 1 })
    expect((await arrives('a@faulty.test', 's')).outcome).toBe('bounced')
    expect((await admin.listMailFaults()).items).toEqual([])
    expect((await arrives('a@faulty.test', 's')).outcome).toBe('accepted')
  })

  test('one for the address goes before one for its domain; among equals the oldest', async () => {
    const target = 'a@order.test'
    await admin.createMailbox({ body: { address: target } })
    await admin.orderMailFault({ body: { target: 'order.test', kind: 'bounce' } })
    await admin.orderMailFault({ body: { target, kind: 'defer' } })
    await admin.orderMailFault({ body: { target, kind: 'swallow' } })
    const outcomes = []
    for (let mail = 0; mail < 4; mail++) {
      const { outcome, swallowed } = await arrives(target, 's')
      outcomes.push(swallowed ? 'swallowed' : outcome)
    }
    expect(outcomes).toEqual(['deferred', 'swallowed', 'bounced', 'accepted'])
  })

  test('many mails at once use up no more than there were ordered', async () => {
    await admin.createMailbox({ body: { address: 'a@race.test' } })
    await admin.orderMailFault({ body: { target: 'race.test', kind: 'bounce', times: 7 } })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => arrives('a@race.test', 's')))
    expect(outcomes.filter(({ outcome }) => outcome === 'bounced')).toHaveLength(7)
  })

  test('one is withdrawn once', async () => {
    const { id } = await admin.orderMailFault({ body: { target: 'withdrawn.test', kind: 'defer' } })
    await admin.withdrawMailFault({ params: { id } })
    await expect(admin.withdrawMailFault({ params: { id } })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('they are the installation administrator’s alone', async () => {
    const body = { target: 'example.test', kind: 'bounce' as const }
    await expect(other.orderMailFault({ body })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(other.listMailFaults()).rejects.toMatchObject({ code: 'forbidden' })
    await expect(other.withdrawMailFault({ params: { id: 'x' } })).rejects.toMatchObject({
      code: 'forbidden',
    })
    const issuer = clientOf(api, installation.issuerToken)
    await expect(issuer.createMailbox({ body: { address: 'a@b.test' } })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test.each([
    { target: '', kind: 'bounce' },
    { target: 'no domain', kind: 'bounce' },
    { target: 'a@b@c', kind: 'bounce' },
    { target: 'example.test', kind: 'explode' },
    { target: 'example.test', kind: 'bounce', times: 0 },
    { target: 'example.test', kind: 'bounce', times: 1.5 },
    { target: 'example.test', kind: 'bounce', times: 1e9 },
  ])('%j is refused, and says which member', async (body) => {
    await expect(admin.orderMailFault({ body: body as never })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field: expect.stringMatching(/^(target|kind|times)$/) }] },
    })
  })
})

test('a normal installation knows none of it', async () => {
  const normal = await anInstallation('normal')
  const server = await listening(createRestApp(normal.ports, { ready: () => true }))
  try {
    for (const route of Object.values(MAIL_ROUTES as Record<string, Route>)) {
      const ask = async (path: string) => {
        const response = await fetch(server.url + path, {
          method: route.method,
          headers: { authorization: `Bearer ${normal.adminToken}`, 'content-type': 'application/json' },
          ...(route.method === 'POST' ? { body: '{}' } : {}),
        })
        const { status, code, title } = (await response.json()) as Record<string, unknown>
        return { status, code, title }
      }
      expect(await ask(route.path.replace(/[{}]/g, ''))).toEqual(await ask('/v1/no-such-thing'))
    }
  } finally {
    await server.close()
    await normal.close()
  }
})
