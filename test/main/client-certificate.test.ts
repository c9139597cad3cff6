import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createOperatorWebhook } from '../../src/adapters/webhooks/operator-webhook.ts'
import { createWebhookSender } from '../../src/adapters/webhooks/webhook-sender.ts'
import { DEFAULT_GLOBAL_REGION } from '../../src/core/domain/ids.ts'
import { listenerCertificate } from '../../src/core/operations/installation/listener-certificate.ts'
import { ownRenewalAt } from '../../src/core/operations/installation/own-certificate.ts'
import { createFirstAuthorities, systemPrincipal } from '../../src/core/operations/installation/initialize.ts'
import { issueCertificate } from '../../src/core/operations/certificates/issue-certificate.ts'
import { createWebhook } from '../../src/core/operations/webhooks/create-webhook.ts'
import {
  describeWebhookAuthority,
  webhookClientCertificate,
  type WebhookAuthority,
} from '../../src/core/operations/webhooks/client-certificate.ts'
import { testWebhook } from '../../src/core/operations/webhooks/deliver-again.ts'
import { compose, type Composition } from '../../src/main/compose.ts'
import { memoryLogger } from '../support/memory-logger.ts'
import { testPorts } from '../support/test-ports.ts'

let directory: string
let composition: Composition
let serverPem: string
let receiverRoot: string
let trusted: WebhookAuthority
const servers: Server[] = []

const admin = () => systemPrincipal(composition.ports, composition.installation.account)

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chancery-client-'))
  // The receiver's certificate comes from another installation.
  await using other = await testPorts({ now: Date.now() })
  const receiver = await listenerCertificate(other.ports, { dns: ['localhost'], ip: ['127.0.0.1'] })
  serverPem = receiver.pem
  receiverRoot = receiver.authorityPem
  composition = await compose({
    dataDir: directory,
    mode: 'normal',
    logger: memoryLogger(),
    globalRegion: DEFAULT_GLOBAL_REGION,
    outbound: { privateAddresses: true, ports: 'any', ca: [receiverRoot] },
    secondOpinion: false,
    webhookClientCertificate: true,
  })
  await createFirstAuthorities(composition.ports, composition.installation.account)
  trusted = await describeWebhookAuthority(composition.ports, admin())
})
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})
afterAll(async () => {
  await composition.close()
  await rm(directory, { recursive: true })
})

/** A receiver that answers only who shows a certificate under `ca`. */
async function receiver(ca: string): Promise<{ url: string; callers: X509Certificate[] }> {
  const callers: X509Certificate[] = []
  const server = createServer(
    { key: serverPem, cert: serverPem, requestCert: true, rejectUnauthorized: true, ca },
    (request, response) => {
      const shown = (request.socket as TLSSocket).getPeerX509Certificate()
      if (shown !== undefined) callers.push(shown)
      response.writeHead(204).end()
    },
  )
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, callers }
}

describe('a receiver that asks for a client certificate', () => {
  test('gets one by the authority that REST tells, with the identity that REST tells', async () => {
    const { url, callers } = await receiver(trusted.certificatePem)
    const { ports } = composition
    const { webhook } = await createWebhook(ports, admin(), { url, shape: 'cloudevents', events: undefined })
    expect((await testWebhook(ports, admin(), webhook.id)).state).toBe('DELIVERED')
    expect(callers).toHaveLength(1)
    expect(callers[0]?.subjectAltName).toBe(`URI:${trusted.identity}`)
    // clientAuth and nothing else (RFC 5280 §4.2.1.12)
    expect(callers[0]?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  })

  test('of the operator’s, too; the certificate is made once', async () => {
    const { url, callers } = await receiver(trusted.certificatePem)
    const { clientCertificate } = composition
    const webhook = createOperatorWebhook({
      url,
      secret: new Uint8Array(32),
      version: '0',
      ca: [receiverRoot],
      clientCertificate,
    })
    const message = (id: string) => ({ id, at: Date.now(), body: new Uint8Array() })
    await Promise.all(['a', 'b', 'c'].map((id) => webhook.send(message(id))))
    expect(new Set(callers.map(({ serialNumber }) => serialNumber)).size).toBe(1)
    expect(callers).toHaveLength(3)
  })

  test('that trusts somebody else refuses it', async () => {
    await using other = await testPorts({ now: Date.now() })
    const { certificatePem } = await describeWebhookAuthority(other.ports, other.admin)
    const { url, callers } = await receiver(certificatePem)
    const { webhook } = await createWebhook(composition.ports, admin(), {
      url,
      shape: 'cloudevents',
      events: undefined,
    })
    expect((await testWebhook(composition.ports, admin(), webhook.id)).state).toBe('FAILED')
    expect(callers).toEqual([])
  })

  test('is not taken in by a certificate that an account asked for with the same identity', async () => {
    const { url, callers } = await receiver(trusted.certificatePem)
    const issued = await issueCertificate(composition.ports, admin(), {
      key: { algorithm: 'EC_prime256v1' },
      names: { uri: [trusted.identity] },
      profile: 'tls-client',
      export: { format: 'pem' },
    })
    const pem = Buffer.from(issued.exported?.bytes ?? []).toString()
    const sender = createWebhookSender({
      privateAddresses: true,
      ports: 'any',
      ca: [receiverRoot],
      clientCertificate: async () => pem,
    })
    expect(await sender.send({ url, headers: {}, body: new Uint8Array() })).toHaveProperty('failure')
    expect(callers).toEqual([])
  })

  test('gets none where it is switched off, and hears of it when none can be made', async () => {
    const { url, callers } = await receiver(trusted.certificatePem)
    const options = { privateAddresses: true, ports: 'any', ca: [receiverRoot] } as const
    const message = { url, headers: {}, body: new Uint8Array() }
    expect(await createWebhookSender(options).send(message)).toHaveProperty('failure')
    const broken = () => Promise.reject(new Error('KMS at 10.0.0.9 is down'))
    expect(await createWebhookSender({ ...options, clientCertificate: broken }).send(message)).toMatchObject({
      failure: 'the client certificate can’t be opened now',
    })
    expect(callers).toEqual([])
  })
})

describe('the certificate', () => {
  test('is used again until two thirds of its life are over, then replaced under the same root', async () => {
    await using given = await testPorts()
    const { ports, clock } = given
    const [first, again] = [await webhookClientCertificate(ports), await webhookClientCertificate(ports)]
    expect(new X509Certificate(again.pem).serialNumber).toBe(new X509Certificate(first.pem).serialNumber)
    clock.set(ownRenewalAt(first))
    const next = await webhookClientCertificate(ports)
    expect(new X509Certificate(next.pem).serialNumber).not.toBe(new X509Certificate(first.pem).serialNumber)
    expect(next.authorityPem).toBe(first.authorityPem)
  })

  test('is made by nobody’s authority: no account finds its hierarchy', async () => {
    await using given = await testPorts()
    await webhookClientCertificate(given.ports)
    const { items } = await given.ports.store.reads.authorities.list(given.admin, {}, given.clock.now(), {
      limit: 100,
      after: undefined,
    })
    expect(items.map(({ name }) => name)).toEqual(['root', 'issuing'])
  })
})
