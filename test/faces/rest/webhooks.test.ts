import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWebhookSender } from '../../../src/adapters/webhooks/webhook-sender.ts'
import type { Client, RequestOf } from '../../../src/contract/client.ts'
import { certificateEvent } from '../../../src/core/domain/certificate-events.ts'
import { deliverWebhooks } from '../../../src/core/operations/webhooks/deliver-webhooks.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { aManagedCertificate } from '../../support/a-managed-certificate.ts'
import { aWorld, noVerbs } from '../cli/a-world.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let open: Installation['ports']
let api: Listening
let closedApi: Listening
let admin: Client
const receiver = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(200).end('thanks'))
})
let url: string

beforeAll(async () => {
  installation = await anInstallation()
  const webhooks = createWebhookSender({ privateAddresses: true, ports: 'any', ca: undefined })
  open = { ...installation.ports, webhooks }
  api = await listening(createRestApp(open, { ready: () => true }))
  closedApi = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
})
afterAll(async () => {
  receiver.close()
  await api.close()
  await closedApi.close()
  await installation.close()
})

describe('webhooks over REST', () => {
  test('one lives: made, tested, changed, paused, its secret rotated, deleted', async () => {
    const made = await admin.createWebhook({ body: { url, events: ['EXPIRED'] } })
    expect(made).toMatchObject({
      url,
      shape: 'cloudevents',
      events: ['EXPIRED'],
      state: 'ACTIVE',
      failures: 0,
    })
    expect(made.arn).toBe(`arn:aws:chancery:us-east-1:${installation.account}:webhook/${made.id}`)
    const { secret, ...shown } = made
    const params = { webhook: made.id }
    expect(await admin.describeWebhook({ params })).toEqual(shown)
    expect((await admin.listWebhooks()).items).toEqual([shown])
    const sent = await admin.testWebhook({ params })
    expect(sent).toMatchObject({
      state: 'DELIVERED',
      attempts: 1,
      lastAttempt: { status: 200, address: '127.0.0.1' },
    })
    expect((await admin.listDeliveries({ params })).items).toEqual([sent])
    const changed = await admin.updateWebhook({
      params,
      body: { shape: 'eventbridge', events: null, state: 'PAUSED' },
    })
    expect(changed).toMatchObject({ shape: 'eventbridge', state: 'PAUSED' })
    expect(changed.events).toBeUndefined()
    const rotated = await admin.rotateWebhookSecret({ params })
    expect(rotated.secret).not.toBe(secret)
    expect(rotated.previousSecretUntil).toBeDefined()
    await admin.deleteWebhook({ params })
    await expect(admin.describeWebhook({ params })).rejects.toMatchObject({ status: 404 })
  })

  type Body = NonNullable<RequestOf<'createWebhook'>['body']>
  test.each<[Body, string, string]>([
    [
      { url: 'https://127.0.0.1/' },
      'url',
      '127.0.0.1 is not a public address (127.0.0.0/8 loopback, RFC 1122)',
    ],
    [{ url: 'https://0x7f.1/' }, 'url', '127.0.0.1 is not a public address (127.0.0.0/8 loopback, RFC 1122)'],
    [{ url: 'http://hooks.example.com/' }, 'url', 'the scheme must be https'],
    [{ url: 'https://user:pass@hooks.example.com/' }, 'url', 'it may not carry a user or a password'],
    [
      { url: 'https://hooks.example.com:22/' },
      'url',
      'port 22 is not among those that may be reached (80, 443)',
    ],
    [{ url: 'hooks.example.com' }, 'url', 'it is no URL'],
    [{ url: '' }, 'url', ''],
    [{ url: `https://hooks.example.com/${'a'.repeat(2048)}` }, 'url', ''],
    [
      { url: 'https://hooks.example.com/ä' },
      'url',
      'visible ASCII only; other characters in percent escapes',
    ],
    [{ url: 'https://hooks.example.com/', shape: 'xml' as never }, 'shape', ''],
    [{ url: 'https://hooks.example.com/', events: [] }, 'events', ''],
    [{ url: 'https://hooks.example.com/', events: ['RENEWED' as never] }, 'events[0]', ''],
    [{ url: 'https://hooks.example.com/', secret: 'mine' } as Body, 'secret', ''],
  ])('%o is refused, naming the field', async (body, field, message) => {
    const closed = clientOf(closedApi, installation.adminToken)
    const refusal: unknown = await closed.createWebhook({ body }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ status: 400, problem: { violations: [{ field }] } })
    if (message !== '') expect(refusal).toMatchObject({ problem: { violations: [{ message }] } })
    expect((await closed.listWebhooks()).items).toEqual([])
    expect(JSON.stringify(refusal)).not.toContain('pass@')
  })
})

describe('chancery webhook', () => {
  const cli = async (...args: string[]) => {
    const world = aWorld({ environment: { CHANCERY_URL: api.url, CHANCERY_TOKEN: installation.adminToken } })
    const code = await runCli(['webhook', ...args], world, noVerbs)
    return { code, out: world.stdout.text(), err: world.stderr.text() }
  }

  test('creates, tests, lists, pauses, resumes, redelivers and deletes', async () => {
    const created = await cli('create', url, '--events', 'EXPIRED,REVOKED', '--shape', 'eventbridge')
    expect(created.err).toContain('it is not shown again')
    expect(created.out).toMatch(/Secret +whsec_[A-Za-z0-9+/]{43}=\n/)
    const id = /Webhook +(\S+)/.exec(created.out)?.[1] ?? ''
    expect((await cli('test', id)).out).toMatch(/State +DELIVERED\n/)
    expect((await cli('list')).out).toContain('EXPIRED,REVOKED')
    expect((await cli('pause', id)).out).toMatch(/State +PAUSED\n/)
    expect((await cli('resume', id)).out).toMatch(/State +ACTIVE\n/)
    expect((await cli('update', id, '--events', 'all')).out).toMatch(/Events +all\n/)
    expect(await cli('update', id)).toMatchObject({ code: 2 })
    const event = certificateEvent('e-1', 0, aManagedCertificate({ account: installation.account }), {
      name: 'EXPIRED',
    })
    await open.store.transact((writes) => [writes.events.add(event)])
    expect(await deliverWebhooks(open)).toEqual({ delivered: 1, failed: 0 })
    const listed = await cli('deliveries', id)
    expect(listed.out.split('\n').map((line) => line.split(/ {2,}/).slice(1, 4).join(' '))).toEqual([
      'EVENT STATE ATTEMPTS',
      'EXPIRED DELIVERED 1',
      'test DELIVERED 1',
      '',
    ])
    const delivery = listed.out.split('\n')[1]?.split(' ')[0] ?? ''
    expect((await cli('redeliver', id, delivery)).out).toMatch(/State +PENDING\n/)
    expect((await cli('rotate-secret', id)).out).toMatch(/^Secret +whsec_/)
    expect(await cli('delete', id)).toMatchObject({ code: 0 })
    expect(await cli('show', id)).toMatchObject({ code: 5 })
  })
})
