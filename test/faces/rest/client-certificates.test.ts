import { Agent, request, type RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { createNodeFetch } from '../../../src/contract/node-fetch.ts'
import { systemActor } from '../../../src/core/domain/access.ts'
import type { Arn } from '../../../src/core/domain/arns.ts'
import { DEFAULT_GLOBAL_REGION } from '../../../src/core/domain/ids.ts'
import { issueCertificate } from '../../../src/core/operations/certificates/issue-certificate.ts'
import { listenerCertificate } from '../../../src/core/operations/installation/listener-certificate.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { createServer } from '../../../src/faces/http/server.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { clientCertificatesJob } from '../../../src/main/client-certificates.ts'
import { DEFAULT_CREDENTIALS } from '../../../src/main/credential-settings.ts'
import { aRequest, keyPair } from '../../core/operations/requests.ts'
import { addRole } from '../../support/identities.ts'
import { anInstallation, type Installation } from '../installation.ts'

const SPIFFE = 'spiffe://example.com/web'
type Held = { readonly id: string; readonly cert: string; readonly key: string }

let given: Installation
let server: ReturnType<typeof createServer>
let port: number
let ca: string
let admin: Client
let fetching: ReturnType<typeof createNodeFetch>
let role: Arn
/** What the listener itself is known by: of a hierarchy of the installation's own. */
let listenerPem: string
const key = keyPair('EC_prime256v1').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

beforeAll(async () => {
  given = await anInstallation()
  const made = await listenerCertificate(given.ports, { dns: ['localhost'], ip: ['127.0.0.1'] })
  ca = made.authorityPem
  listenerPem = made.pem
  server = createServer(createRestApp(given.ports, { ready: () => true }), { key: made.pem, cert: made.pem })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  fetching = createNodeFetch({ ca })
  admin = createClient({ url: `https://127.0.0.1:${port}`, token: given.adminToken, fetch: fetching })
  role = await addRole(given.ports, given.account, 'web')
})
afterAll(async () => {
  fetching.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await given.close()
})

async function issued(spiffe: string): Promise<Held> {
  const actor = systemActor('test', { account: given.account, region: DEFAULT_GLOBAL_REGION })
  const csr = pemEncode('CERTIFICATE REQUEST', aRequest({ names: [] }))
  const names = { uri: [spiffe] }
  const { certificate } = await issueCertificate(given.ports, actor, { csr, names, profile: 'tls-client' })
  const { authority, serial, der } = certificate
  return { id: `${authority}.${serial}`, cert: pemEncode('CERTIFICATE', der), key }
}

type Answer = { readonly status: number; readonly json: Record<string, unknown> }
function get(path: string, options: RequestOptions, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // No agent of the process's own: each has its connection, unless it says otherwise.
    const all = { host: '127.0.0.1', port, path, ca, headers, agent: false as const, ...options }
    const outgoing = request(all, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, json: JSON.parse(text || '{}') as Answer['json'] }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
const lookAgain = () =>
  clientCertificatesJob(given.ports, DEFAULT_CREDENTIALS, [server]).run(new AbortController().signal)
const bearer = () => ({ authorization: `Bearer ${given.adminToken}` })

describe('client certificates', () => {
  it('aren’t asked for while nobody maps any', async () => {
    await lookAgain()
    const { cert } = await issued(SPIFFE)
    expect((await get('/v1/authorities', { cert, key })).status).toBe(401)
    expect((await get('/v1/authorities', { cert, key }, bearer())).status).toBe(200)
  })

  it('let a service act in the role that it is mapped to, until it is revoked, on a kept connection', async () => {
    const mapping = await admin.createCertificateMapping({
      body: { authority: 'issuing', kind: 'spiffe', value: SPIFFE, role },
    })
    expect(mapping).toMatchObject({ kind: 'spiffe', value: SPIFFE, role })
    await lookAgain()
    const web = await issued(SPIFFE)
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
    const sockets = new Set<unknown>()
    agent.on('free', (socket) => sockets.add(socket))
    const held = { cert: web.cert, key, agent }
    expect((await get('/v1/authorities', held)).status).toBe(200)
    expect((await get('/v1/authorities', held)).status).toBe(200)
    await admin.revokeCertificate({ params: { id: web.id }, body: { reason: 'superseded' } })
    const { status, json } = await get('/v1/authorities', held)
    expect(status).toBe(401)
    expect(json['detail']).toContain('client certificate is not accepted')
    expect(sockets.size).toBe(1)
    agent.destroy()
  })

  it('are looked at again when a TLS session is resumed', async () => {
    const web = await issued(SPIFFE)
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10, ca })
    const held = { cert: web.cert, key, agent }
    expect((await get('/v1/authorities', held)).status).toBe(200)
    expect((await get('/v1/authorities', held)).status).toBe(200)
    await admin.revokeCertificate({ params: { id: web.id }, body: { reason: 'superseded' } })
    expect((await get('/v1/authorities', held)).status).toBe(401)
    agent.destroy()
  })

  it('of somebody else, or none, change nothing for who has a token', async () => {
    expect((await get('/v1/authorities', {}, bearer())).status).toBe(200)
    const other = { cert: listenerPem, key: listenerPem }
    expect((await get('/v1/authorities', other, bearer())).status).toBe(200)
  })

  it('attack: the listener’s own hierarchy is never trusted', async () => {
    expect((await get('/v1/authorities', { cert: listenerPem, key: listenerPem })).status).toBe(401)
  })

  it('attack: a certificate and a token at once', async () => {
    const web = await issued(SPIFFE)
    const { status, json } = await get('/v1/authorities', { cert: web.cert, key }, bearer())
    expect(status).toBe(401)
    expect(json['detail']).toContain('one credential at a time')
  })

  it('attack: somebody else’s certificate without its key', async () => {
    const web = await issued(SPIFFE)
    const strange = keyPair('EC_secp384r1').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    await expect(get('/v1/authorities', { cert: web.cert, key: strange })).rejects.toThrow()
  })

  it('attack: a header that a proxy would send is no certificate', async () => {
    const web = await issued(SPIFFE)
    const headers = {
      'x-forwarded-client-cert': web.cert.replaceAll('\n', ''),
      'x-ssl-client-verify': 'SUCCESS',
    }
    expect((await get('/v1/authorities', {}, headers)).status).toBe(401)
  })
})
