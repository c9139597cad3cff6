import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATION_IDS, routeOf } from '../../../src/contract/routes.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { installationSecret } from '../../../src/core/operations/installation/installation-secret.ts'
import { httpValidation } from '../../../src/core/operations/validation/http-validation.ts'
import { createRepositoryApp } from '../../../src/faces/pki/app.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let repository: Listening
let authority: string
let ready = true
let now: () => number = Date.now

beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  const calendar = { now: () => now() }
  repository = await listening(
    createRepositoryApp({ ...installation.ports, calendar }, { ready: () => ready }),
  )
  const client = clientOf(api, installation.issuerToken)
  const body = { key: { algorithm: 'EC_prime256v1' as const }, names: { dns: ['a.example'] } }
  const { id, authority: issuer } = await client.issueCertificate({ body })
  await client.revokeCertificate({ params: { id }, body: {} })
  authority = issuer
})
afterAll(async () => {
  await repository.close()
  await api.close()
  await installation.close()
})

const get = (path: string, init: RequestInit = {}) => fetch(repository.url + path, init)
const octets = async (response: Response) => Buffer.from(await response.arrayBuffer())

describe('CRLs', () => {
  test('are DER with validators and a lifetime', async () => {
    const response = await get(`/crl/${authority}.crl`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/pkix-crl')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    const der = await octets(response)
    const stored = await readCrl(installation.ports, authority)
    expect(der.equals(Buffer.from(stored?.der ?? []))).toBe(true)
    expect(response.headers.get('etag')).toBe(`"${stored?.number}"`)
    expect(Date.parse(response.headers.get('last-modified') ?? '')).toBe(stored?.thisUpdate)
  })

  test('are never cached beyond their nextUpdate', async () => {
    const { nextUpdate = 0 } = (await readCrl(installation.ports, authority)) ?? {}
    now = () => nextUpdate - 7_500
    expect((await get(`/crl/${authority}.crl`)).headers.get('cache-control')).toBe('public, max-age=7')
    now = () => nextUpdate + DAY
    expect((await get(`/crl/${authority}.crl`)).headers.get('cache-control')).toBe('public, max-age=0')
    now = Date.now
  })

  test('answer 304 to who has them, and HEAD', async () => {
    const { headers } = await get(`/crl/${authority}.crl`)
    const etag = headers.get('etag') ?? ''
    const modified = headers.get('last-modified') ?? ''
    const statusWith = async (given: Record<string, string>) =>
      (await get(`/crl/${authority}.crl`, { headers: given })).status
    expect(await statusWith({ 'if-none-match': etag })).toBe(304)
    expect(await statusWith({ 'if-none-match': '"0"' })).toBe(200)
    expect(await statusWith({ 'if-modified-since': modified })).toBe(304)
    expect(await statusWith({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(200)
    expect(await statusWith({ 'if-modified-since': 'nonsense' })).toBe(200)
    // RFC 9110 §13.1.3: If-Modified-Since is ignored beside If-None-Match.
    expect(await statusWith({ 'if-none-match': '"0"', 'if-modified-since': modified })).toBe(200)
    const head = await get(`/crl/${authority}.crl`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), (await octets(head)).length]).toEqual([
      200,
      headers.get('content-length'),
      0,
    ])
  })
})

test('CA certificates come as DER and PEM', async () => {
  const der = await get(`/ca/${authority}.cer`)
  expect(der.headers.get('content-type')).toBe('application/pkix-cert')
  const pem = await get(`/ca/${authority}.pem`)
  const text = await pem.text()
  expect(text).toMatch(/^-----BEGIN CERTIFICATE-----/)
  expect(new X509Certificate(await octets(der)).toString()).toBe(text)
  const again = await get(`/ca/${authority}.cer`, {
    headers: { 'if-none-match': der.headers.get('etag') ?? '' },
  })
  expect(again.status).toBe(304)
})

describe('everything else', () => {
  const uuid = '00000000-0000-4000-8000-000000000000'
  test.each([
    '/',
    '/crl',
    '/crl/',
    `/crl/${uuid}.crl`,
    `/ca/${uuid}.cer`,
    '/crl/..%2f..%2fetc%2fpasswd',
    '/ca/%00.cer',
    '/ca/.cer',
    '/ca/x',
    '/metrics',
    '/docs',
    '/problems/internal',
    '/health',
    '/favicon.ico',
    '/crl/constructor.crl',
    '/ca/__proto__.pem',
    ...OPERATION_IDS.map((id) => routeOf(id).path),
  ])('%s is two words', async (path) => {
    const response = await get(path, { headers: { authorization: `Bearer ${installation.adminToken}` } })
    expect([response.status, await response.text()]).toEqual([404, 'not found\n'])
  })

  test('the other kind’s extension is not found', async () => {
    for (const path of [
      `/crl/${authority}.cer`,
      `/ca/${authority}.crl`,
      `/crl/${authority}`,
      `/crl/${authority.toUpperCase()}.crl`,
    ])
      expect((await get(path)).status).toBe(404)
  })

  test('nothing can be posted', async () => {
    const response = await get(`/crl/${authority}.crl`, { method: 'POST', body: 'x' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

test('health is two words, and 503 while it can’t work', async () => {
  const words = async (path: string) => {
    const response = await get(path)
    return [response.status, await response.text()]
  }
  expect(await words('/health/live')).toEqual([200, 'service live\n'])
  expect(await words('/health/ready')).toEqual([200, 'service ready\n'])
  ready = false
  expect(await words('/health/ready')).toEqual([503, 'not ready\n'])
  expect(await words('/health/live')).toEqual([200, 'service live\n'])
  ready = true
})

describe('what proves control over a web server', () => {
  test('is text at its URL, for everybody, and under no other', async () => {
    const secret = await installationSecret(installation.ports)
    const { to, content } = httpValidation(repository.url, secret, installation.account, 'www.example.com')
    const response = await fetch(to)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toBe(`${content}\n`)
    for (const other of [
      to.replace('www.', 'web.'),
      `${to}x`,
      to.replace('/validation', '/validation/'),
      `${to}/`,
    ]) {
      const none = await fetch(other)
      expect([none.status, await none.text()]).toEqual([404, 'not found\n'])
    }
  })
})
