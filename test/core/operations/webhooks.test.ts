import Database from 'better-sqlite3'
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook as Verifier } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWebhookSender } from '../../../src/adapters/webhooks/webhook-sender.ts'
import { certificateEvent, type Happening } from '../../../src/core/domain/certificate-events.ts'
import type { EventShape } from '../../../src/core/domain/event-shapes.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/domain/time.ts'
import { DELIVERY_PERIOD, type Webhook } from '../../../src/core/domain/webhooks.ts'
import { rewrapDue } from '../../../src/core/operations/kms/rewrap-due.ts'
import { rotateKms } from '../../../src/core/operations/kms/rotate-kms.ts'
import { createWebhook } from '../../../src/core/operations/webhooks/create-webhook.ts'
import { redeliver, testWebhook } from '../../../src/core/operations/webhooks/deliver-again.ts'
import { deliverWebhooks } from '../../../src/core/operations/webhooks/deliver-webhooks.ts'
import {
  describeWebhook,
  listDeliveries,
  listWebhooks,
} from '../../../src/core/operations/webhooks/read-webhooks.ts'
import {
  deleteWebhook,
  rotateWebhookSecret,
  updateWebhook,
} from '../../../src/core/operations/webhooks/update-webhook.ts'
import { aManagedCertificate, aManagedVersion } from '../../support/a-managed-certificate.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { aPrincipal, secondServer } from './ports.ts'

type Received = { readonly headers: IncomingHttpHeaders; readonly body: string }
/** A receiver on loopback; `answer` says what it does with the nth message. */
type Receiver = {
  readonly url: string
  readonly received: Received[]
  answer: (nth: number) => number | 'hang up'
}

let given: TestPorts
let receiver: Receiver
const closing: (() => void)[] = []

async function aReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const made = { received, answer: (() => 204) as Receiver['answer'], url: '' }
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      const answer = made.answer(received.length)
      if (answer === 'hang up') request.socket.destroy()
      else response.writeHead(answer).end(answer === 204 ? undefined : `said ${answer}`)
    })
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=between-us`
  return made
}

beforeEach(async () => {
  // The verifier of another project knows no clock but the machine's.
  given = await testPorts({ authorities: false, now: Date.now() })
  receiver = await aReceiver()
})
afterEach(async () => {
  closing.splice(0).forEach((close) => close())
  await given[Symbol.asyncDispose]()
})

const create = (more: { url?: string; shape?: EventShape; events?: Webhook['events'] } = {}) =>
  createWebhook(given.ports, given.admin, {
    url: receiver.url,
    shape: 'cloudevents',
    events: undefined,
    ...more,
  })

let number = 0
async function happen(
  happening: Happening = { name: 'AVAILABLE', action: 'ISSUANCE' },
  count = 1,
): Promise<string[]> {
  const events = Array.from({ length: count }, () =>
    certificateEvent(
      `event-${++number}`,
      given.calendar.now(),
      aManagedCertificate({ account: given.admin.account, current: aManagedVersion({ number }) }),
      happening,
    ),
  )
  await given.ports.store.transact((writes) => events.map((event) => writes.events.add(event)))
  return events.map(({ id }) => id)
}
const run = () => deliverWebhooks(given.ports)
const idsOf = (messages: readonly Received[]) =>
  messages.map(({ body }) => (JSON.parse(body) as { id: string }).id)
const deliveriesOf = async ({ id }: Webhook) =>
  (await listDeliveries(given.ports, given.admin, { webhook: id, page: { limit: 1000, after: undefined } }))
    .items
const view = ({ id }: Webhook) => describeWebhook(given.ports, given.admin, id)
const rows = (sql: string): unknown[] => {
  const db = new Database(given.database, { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

describe('delivery', () => {
  it('sends each event once, in order, from the webhook’s creation on; signed as Standard Webhooks 1.0 has it', async () => {
    await happen()
    const { webhook, secret } = await create()
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const ids = await happen(undefined, 3)
    expect(await run()).toEqual({ delivered: 3, failed: 0 })
    expect(await run()).toEqual({ delivered: 0, failed: 0 })
    expect(idsOf(receiver.received)).toEqual(ids)
    const verifier = new Verifier(secret)
    for (const { headers, body } of receiver.received) {
      const verified = verifier.verify(body, headers as Record<string, string>)
      expect(verified).toMatchObject({ specversion: '1.0', type: 'local.chancery.certificate.available' })
      expect(() => verifier.verify(`${body} `, headers as Record<string, string>)).toThrow()
      expect(headers['content-type']).toBe('application/cloudevents+json')
      // By hand, too: the secret's octets, not its text, are the key.
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
      const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      expect(headers['webhook-signature']).toBe(
        `v1,${createHmac('sha256', key).update(content).digest('base64')}`,
      )
    }
    const [last] = await deliveriesOf(webhook)
    expect(last).toMatchObject({
      state: 'DELIVERED',
      attempts: 1,
      event: { id: ids[2], name: 'AVAILABLE' },
      last: {
        at: given.clock.now(),
        status: 204,
        address: '127.0.0.1',
        responseSha256: createHash('sha256').digest('hex'),
        signature: receiver.received[2]?.headers['webhook-signature'],
      },
    })
    expect(last?.id).toBe(receiver.received[2]?.headers['webhook-id'])
  })

  it('sends what the webhook asked for, in its shape', async () => {
    await create({ shape: 'eventbridge', events: ['EXPIRED'] })
    await happen()
    const [id] = await happen({ name: 'EXPIRED' })
    expect(await run()).toEqual({ delivered: 1, failed: 0 })
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      id,
      source: 'aws.acm',
      'detail-type': 'ACM Certificate Expired',
    })
    expect(receiver.received[0]?.headers['content-type']).toBe('application/json')
  })

  it('backs off while the receiver is down, with the same id and a new time, then delivers all in order', async () => {
    receiver.answer = () => 503
    const { webhook, secret } = await create()
    const ids = await happen(undefined, 3)
    expect(await run()).toEqual({ delivered: 0, failed: 1 })
    expect(await run()).toEqual({ delivered: 0, failed: 0 })
    expect(await view(webhook)).toMatchObject({ failures: 1, failingSince: given.clock.now() })
    given.clock.advance(5 * SECOND)
    expect(await run()).toEqual({ delivered: 0, failed: 1 })
    given.clock.advance(10 * SECOND)
    receiver.answer = () => 200
    expect(await run()).toEqual({ delivered: 3, failed: 0 })
    expect(await view(webhook)).toMatchObject({ failures: 0, failingSince: undefined, retryAt: undefined })
    const first = receiver.received.filter(({ body }) => body.includes(`"${ids[0]}"`))
    expect(new Set(first.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(first.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3)
    expect(idsOf(receiver.received.slice(-3))).toEqual(ids)
    for (const { headers, body } of receiver.received)
      new Verifier(secret).verify(body, headers as Record<string, string>)
  })

  it('lets others pass a message that the receiver refuses, and gives that one up after three days', async () => {
    const { webhook } = await create()
    const [bad, ...good] = await happen(undefined, 3)
    receiver.answer = (nth) => (receiver.received[nth - 1]?.body.includes(`"${bad}"`) === true ? 400 : 200)
    expect(await run()).toEqual({ delivered: 2, failed: 1 })
    expect(idsOf(receiver.received)).toEqual([bad, ...good])
    for (let hours = 0; hours < 90; hours++) {
      given.clock.advance(HOUR)
      await run()
    }
    const failed = (await deliveriesOf(webhook)).find(({ event }) => event?.id === bad)
    expect(failed).toMatchObject({ state: 'FAILED', dueAt: undefined, last: { status: 400 } })
    expect(failed?.attempts).toBeGreaterThan(15)
    expect((failed?.last?.at ?? 0) - (failed?.createdAt ?? 0)).toBeGreaterThanOrEqual(DELIVERY_PERIOD)
    // And nothing else was delivered for three days.
    expect(await view(webhook)).toMatchObject({ state: 'DISABLED' })
  })

  it.each([
    [
      'after three days of failures',
      () => 'hang up' as const,
      'every delivery has failed for three days',
      4 * DAY,
    ],
    ['at once when the receiver is gone', () => 410, 'the receiver answered 410 Gone', MINUTE],
  ])('disables a webhook %s, on the record; it goes on where it was', async (_, answer, reason, within) => {
    receiver.answer = answer
    const { webhook } = await create()
    const ids = await happen(undefined, 2)
    const end = given.clock.now() + within
    while ((await view(webhook)).state === 'ACTIVE' && given.clock.now() < end) {
      await run()
      given.clock.advance(5 * MINUTE)
    }
    expect(await view(webhook)).toMatchObject({ state: 'DISABLED', reason })
    expect(rows("SELECT record FROM AuditEvent WHERE name = 'DisableWebhook'")).toHaveLength(1)
    ids.push(...(await happen()))
    receiver.received.length = 0
    receiver.answer = () => 200
    expect(await run()).toEqual({ delivered: 0, failed: 0 })
    await updateWebhook(given.ports, given.admin, { id: webhook.id, members: { state: 'ACTIVE' } })
    given.clock.advance(6 * HOUR)
    await run()
    expect(await view(webhook)).toMatchObject({ state: 'ACTIVE', reason: undefined })
    const states = new Map((await deliveriesOf(webhook)).map(({ event, state }) => [event?.id, state]))
    for (const id of ids)
      expect(states.get(id as never)).toMatch(within === MINUTE ? /DELIVERED/ : /DELIVERED|FAILED/)
  })

  it('keeps what happens while it is paused, and sends it afterwards', async () => {
    const { webhook } = await create()
    await updateWebhook(given.ports, given.admin, { id: webhook.id, members: { state: 'PAUSED' } })
    const ids = await happen(undefined, 150)
    expect(await run()).toEqual({ delivered: 0, failed: 0 })
    await updateWebhook(given.ports, given.admin, { id: webhook.id, members: { state: 'ACTIVE' } })
    expect(await run()).toEqual({ delivered: 150, failed: 0 })
    expect(idsOf(receiver.received)).toEqual(ids)
  })

  it('follows no redirect', async () => {
    receiver.answer = () => 302
    const { webhook } = await create()
    await happen()
    await run()
    expect(receiver.received).toHaveLength(1)
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ state: 'PENDING', last: { status: 302 } })
  })

  it('sends to several receivers at a time: one that is slow holds up no other', async () => {
    const slow = await aReceiver()
    let release = (): void => undefined
    const wait = new Promise<void>((resolve) => (release = resolve))
    await create({ url: slow.url })
    await create()
    await happen()
    const inner = given.ports.webhooks
    const webhooks: typeof inner = {
      ...inner,
      send: async (message, stopping) => {
        if (message.url === slow.url) await wait
        return inner.send(message, stopping)
      },
    }
    const running = deliverWebhooks({ ...given.ports, webhooks })
    while (receiver.received.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(slow.received).toHaveLength(0)
    release()
    expect(await running).toEqual({ delivered: 2, failed: 0 })
  })
})

describe('faults', () => {
  it('two servers at the same time send nothing twice and keep the order', async () => {
    const other = await secondServer(given)
    await create()
    const ids = await happen(undefined, 40)
    const reports = await Promise.all([
      run(),
      deliverWebhooks(other.ports),
      run(),
      deliverWebhooks(other.ports),
    ])
    expect(reports.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(40)
    expect(idsOf(receiver.received)).toEqual(ids)
    await other.store.close()
  })

  it('what a server was sending when it died is sent again by another when its lease has ended', async () => {
    const { webhook } = await create()
    const [id] = await happen()
    // Killed between the answer and its record.
    const { store } = given.ports
    let writes = 0
    const dying = {
      ...given.ports,
      store: {
        ...store,
        transact: (build: Parameters<typeof store.transact>[0]) =>
          ++writes > 2 ? Promise.reject(new Error('killed')) : store.transact(build),
      },
    }
    await expect(deliverWebhooks(dying)).rejects.toThrow('killed')
    expect(idsOf(receiver.received)).toEqual([id])
    const other = await secondServer(given)
    expect(await deliverWebhooks(other.ports)).toEqual({ delivered: 0, failed: 0 })
    given.clock.advance(MINUTE)
    expect(await deliverWebhooks(other.ports)).toEqual({ delivered: 1, failed: 0 })
    expect(idsOf(receiver.received)).toEqual([id, id])
    // A receiver that keeps ids sees that it is the same.
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ state: 'DELIVERED', attempts: 1 })
    await other.store.close()
  })

  it('a server that stops ends what it sends, and leaves it for the next', async () => {
    const { webhook } = await create()
    await happen()
    const stopping = new AbortController()
    receiver.answer = () => {
      stopping.abort()
      return 'hang up'
    }
    expect(await deliverWebhooks(given.ports, stopping.signal)).toEqual({ delivered: 0, failed: 0 })
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ state: 'PENDING', attempts: 0 })
    receiver.answer = () => 200
    expect(await run()).toEqual({ delivered: 1, failed: 0 })
  })

  it('a secret that can’t be opened now fails no delivery: nothing was sent', async () => {
    const { webhook } = await create()
    await happen()
    const vault = { ...given.ports.vault, mac: () => Promise.reject(new Error('kms')) }
    expect(await deliverWebhooks({ ...given.ports, vault })).toEqual({ delivered: 0, failed: 0 })
    expect(receiver.received).toEqual([])
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ state: 'PENDING', attempts: 0 })
    expect(await run()).toEqual({ delivered: 1, failed: 0 })
  })

  it('an address that may not be reached is not reached, however the name resolves when it is sent', async () => {
    const closed = createWebhookSender({
      privateAddresses: false,
      ports: 'any',
      ca: undefined,
      resolve: async () => ['127.0.0.1'],
    })
    const ports = { ...given.ports, webhooks: closed }
    const url = receiver.url.replace('http:', 'https:').replace('127.0.0.1', 'rebound.example.com')
    const { webhook } = await createWebhook(ports, given.admin, {
      url,
      shape: 'cloudevents',
      events: undefined,
    })
    await happen()
    expect(await deliverWebhooks(ports)).toEqual({ delivered: 0, failed: 1 })
    expect(receiver.received).toEqual([])
    expect((await deliveriesOf(webhook))[0]?.last?.failure).toBe(
      'forbidden: rebound.example.com: 127.0.0.1 is not a public address (127.0.0.0/8 loopback, RFC 1122)',
    )
  })
})

describe('by hand', () => {
  it('a test message arrives signed, also while it is paused, and tells what came of it', async () => {
    const { webhook, secret } = await create()
    await updateWebhook(given.ports, given.admin, { id: webhook.id, members: { state: 'PAUSED' } })
    const sent = await testWebhook(given.ports, given.admin, webhook.id)
    expect(sent).toMatchObject({ state: 'DELIVERED', attempts: 1, event: undefined, last: { status: 204 } })
    const { headers, body } = receiver.received[0] as Received
    expect(new Verifier(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'local.chancery.webhook.test',
    })
    receiver.answer = () => 500
    const failed = await testWebhook(given.ports, given.admin, webhook.id)
    expect(failed).toMatchObject({ state: 'FAILED', last: { status: 500 } })
    await expect(
      redeliver(given.ports, given.admin, { webhook: webhook.id, delivery: failed.id }),
    ).rejects.toMatchObject({ code: 'state_conflict' })
    // And fails the webhook's record by nothing.
    expect(await view(webhook)).toMatchObject({ failures: 0 })
  })

  it('a message is delivered again under the same id', async () => {
    const { webhook } = await create()
    await happen()
    await run()
    const [first] = await deliveriesOf(webhook)
    const again = { webhook: webhook.id, delivery: first?.id ?? '' }
    expect(await redeliver(given.ports, given.admin, again)).toMatchObject({ state: 'PENDING' })
    await expect(redeliver(given.ports, given.admin, again)).rejects.toMatchObject({ code: 'state_conflict' })
    expect(await run()).toEqual({ delivered: 1, failed: 0 })
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ id: first?.id, state: 'DELIVERED', attempts: 2 })
    await expect(redeliver(given.ports, given.admin, { ...again, delivery: 'nobody' })).rejects.toMatchObject(
      { code: 'not_found' },
    )
  })

  it('after a rotation both secrets sign for a day, then the new one alone', async () => {
    const { webhook, secret: old } = await create()
    const { secret } = await rotateWebhookSecret(given.ports, given.admin, webhook.id)
    expect(secret).not.toBe(old)
    await testWebhook(given.ports, given.admin, webhook.id)
    const { headers, body } = receiver.received[0] as Received
    for (const each of [old, secret]) new Verifier(each).verify(body, headers as Record<string, string>)
    given.clock.advance(DAY)
    await testWebhook(given.ports, given.admin, webhook.id)
    expect(receiver.received[1]?.headers['webhook-signature']?.toString().split(' ')).toHaveLength(1)
    await rotateWebhookSecret(given.ports, given.admin, webhook.id)
    expect(rows("SELECT id FROM Key WHERE purpose = 'webhook'")).toHaveLength(2)
    await deleteWebhook(given.ports, given.admin, webhook.id)
    expect(rows("SELECT id FROM Key WHERE purpose = 'webhook'")).toEqual([])
    expect(rows('SELECT id FROM Delivery')).toEqual([])
    await expect(view(webhook)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('at most twenty of an account and region', async () => {
    for (let made = 0; made < 20; made++) await create()
    await expect(create()).rejects.toMatchObject({ code: 'limit_exceeded' })
    expect(
      (await listWebhooks(given.ports, given.admin, { limit: 100, after: undefined })).items,
    ).toHaveLength(20)
  })
})

describe('secrets', () => {
  it('stand nowhere in the clear: not in the database, the log or the audit trail; nor does the URL’s path', async () => {
    const { webhook, secret } = await create()
    receiver.answer = () => 500
    await happen()
    await run()
    await testWebhook(given.ports, given.admin, webhook.id)
    const { secret: second } = await rotateWebhookSecret(given.ports, given.admin, webhook.id)
    await updateWebhook(given.ports, given.admin, { id: webhook.id, members: { url: `${receiver.url}2` } })
    const octets = [secret, second].map((text) => Buffer.from(text.slice('whsec_'.length), 'base64'))
    for (const row of rows('SELECT * FROM Key') as Record<string, unknown>[])
      for (const value of Object.values(row))
        if (value instanceof Uint8Array)
          for (const each of octets) expect(Buffer.from(value).includes(each)).toBe(false)
    const said = JSON.stringify([given.log, rows('SELECT record FROM AuditEvent')])
    for (const hidden of [secret, second, secret.slice(6), second.slice(6), 'between-us', '/hook'])
      expect(said).not.toContain(hidden)
    expect(said).toContain('http://127.0.0.1:')
    const everything = JSON.stringify(rows('SELECT * FROM Webhook').concat(rows('SELECT * FROM Delivery')))
    for (const each of [secret, second]) expect(everything).not.toContain(each.slice(6))
  })

  it('are wrapped anew with a new key-encryption key, and sign as before', async () => {
    const { webhook, secret } = await create()
    await rotateKms(given.ports, given.admin, {})
    let rewrapped = 0
    for await (const batch of rewrapDue(given.ports)) rewrapped += batch.rewrapped
    expect(rewrapped).toBe(1)
    expect((await given.ports.store.reads.secrets.get(webhook.secret))?.kekVersion).toBe(2)
    await happen()
    await run()
    const { headers, body } = receiver.received[0] as Received
    expect(() => new Verifier(secret).verify(body, headers as Record<string, string>)).not.toThrow()
  })

  it('are opened once in five minutes, each opening on the record, and belong to their row alone', async () => {
    const { webhook } = await create()
    await happen(undefined, 5)
    await run()
    expect(given.unwraps.map(({ context, use }) => [context.purpose, use.caller])).toEqual([
      ['webhook', 'system/webhooks'],
    ])
    const stored = await given.ports.store.reads.secrets.get(webhook.secret)
    const use = { caller: 'test', service: 'acm.amazonaws.com' as const }
    const moved = { ...stored, account: '999999999999' } as NonNullable<typeof stored>
    await expect(given.ports.vault.mac(moved, new Uint8Array(), use)).rejects.toMatchObject({
      code: 'internal',
    })
  })
})

describe('isolation', () => {
  it('neither another account nor another region sees, changes or gets anything', async () => {
    const { webhook } = await create()
    const strangers = [
      { ...given.admin, account: '999999999999' as typeof given.admin.account },
      { ...given.admin, region: 'eu-west-1' as typeof given.admin.region },
    ]
    for (const stranger of strangers) {
      const page = { limit: 10, after: undefined }
      expect((await listWebhooks(given.ports, stranger, page)).items).toEqual([])
      for (const attempt of [
        describeWebhook(given.ports, stranger, webhook.id),
        listDeliveries(given.ports, stranger, { webhook: webhook.id, page }),
        updateWebhook(given.ports, stranger, { id: webhook.id, members: { state: 'PAUSED' } }),
        rotateWebhookSecret(given.ports, stranger, webhook.id),
        testWebhook(given.ports, stranger, webhook.id),
        deleteWebhook(given.ports, stranger, webhook.id),
      ])
        await expect(attempt).rejects.toMatchObject({ code: 'not_found' })
      await createWebhook(given.ports, stranger, {
        url: receiver.url,
        shape: 'cloudevents',
        events: undefined,
      })
    }
    await happen()
    expect(await run()).toEqual({ delivered: 1, failed: 0 })
  })

  it('an issuer may see events, not webhooks', async () => {
    const issuer = aPrincipal({ ...given.admin, role: 'issuer', installation: false })
    await expect(
      createWebhook(given.ports, issuer, { url: receiver.url, shape: 'cloudevents', events: undefined }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    await expect(listWebhooks(given.ports, issuer, { limit: 1, after: undefined })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})
