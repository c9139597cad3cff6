import { get as httpGet } from 'node:http'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATION_IDS, routeOf } from '../../../src/contract/routes.ts'
import { DAY, SECOND } from '../../../src/core/domain/time.ts'
import { installationSecret } from '../../../src/core/operations/installation/installation-secret.ts'
import { httpValidation } from '../../../src/core/operations/validation/http-validation.ts'
import { makeDueReports } from '../../../src/core/operations/reports/make-due-reports.ts'
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
  // Later than its first second, in which a CRL has no date to be compared by.
  const clock = { now: () => now() + 2 * SECOND }
  repository = await listening(
    createRepositoryApp({ ...installation.ports, calendar, clock }, { ready: () => ready }),
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

/** By another host name, which fetch() wouldn't put. */
const statusAt = (host: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    httpGet(repository.url + path, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })

describe('CRLs', () => {
  test('are DER with validators and a lifetime', async () => {
    const response = await get(`/crl/${authority}.crl`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/pkix-crl')
    expect(response.headers.get('cache-control')).toMatch(/^public, max-age=300, stale-if-error=604[0-9]{3}$/)
    const expires = Date.parse(response.headers.get('expires') ?? '')
    expect(Math.abs(expires - Date.now() - 302 * SECOND)).toBeLessThan(20 * SECOND)
    const der = await octets(response)
    const stored = await readCrl(installation.ports, authority)
    expect(der.equals(Buffer.from(stored?.der ?? []))).toBe(true)
    expect(response.headers.get('etag')).toBe(`"${stored?.number}"`)
    expect(Date.parse(response.headers.get('last-modified') ?? '')).toBe(stored?.thisUpdate)
  })

  test('are where a client of Amazon S3 looks for them: by path and by host name', async () => {
    const direct = await octets(await get(`/crl/${authority}.crl`))
    const byPath = await get(`/pki-example/crl/${authority}.crl`)
    expect(byPath.status).toBe(200)
    expect((await octets(byPath)).equals(direct)).toBe(true)
    // fetch() would put a host name of its own choice.
    const byHost = await new Promise<Buffer>((resolve, reject) => {
      const host = 'pki-example.s3.eu-central-1.amazonaws.com'
      httpGet(`${repository.url}/crl/${authority}.crl`, { headers: { host } }, (response) => {
        response.toArray().then((pieces) => resolve(Buffer.concat(pieces)), reject)
      }).on('error', reject)
    })
    expect(byHost.equals(direct)).toBe(true)
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

describe('files by their names', () => {
  test('CA certificates as DER, PEM and PKCS #7, with what caches go by and forget', async () => {
    const types = {
      cer: 'application/pkix-cert',
      pem: 'application/pem-certificate-chain',
      p7c: 'application/pkcs7-mime',
    }
    for (const [form, type] of Object.entries(types)) {
      const { status, headers } = await get(`/ca/${authority}.${form}`)
      expect([status, headers.get('content-type')]).toEqual([200, type])
      expect(headers.get('cache-control')).toBe('public, max-age=86400')
      expect([headers.get('surrogate-key'), headers.get('cache-tag')]).toEqual([
        `ca-${authority}`,
        `ca-${authority}`,
      ])
      const etag = headers.get('etag') ?? ''
      expect((await get(`/ca/${authority}.${form}`, { headers: { 'if-none-match': etag } })).status).toBe(304)
    }
    const roots = await get('/roots.pem')
    expect([roots.status, roots.headers.get('surrogate-key')]).toEqual([200, 'roots'])
    expect(roots.headers.get('cache-control')).toBe('public, max-age=3600')
  })

  test('what has a number never changes, and says so (RFC 8246)', async () => {
    const own = await installation.ports.store.reads.authorities.public(authority as never)
    const numbered = [`/ca/${authority}/${own?.certificate?.serial ?? ''}.cer`, `/crl/${authority}/1.crl`]
    for (const path of numbered) {
      const response = await get(path)
      expect([response.status, response.headers.get('cache-control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ])
    }
    const [current, first] = [await get(`/crl/${authority}.crl`), await get(`/crl/${authority}/1.crl`)]
    expect(current.headers.get('surrogate-key')).toBe(`crl-${authority}`)
    expect(first.headers.get('surrogate-key') ?? '').toBe('')
    expect((await get(`/crl/${authority}/99.crl`)).status).toBe(404)
  })

  test('wherever they lie: a URL that stands in a certificate outlives every change of paths', async () => {
    const [whole, cer] = [
      await octets(await get(`/crl/${authority}.crl`)),
      await octets(await get(`/ca/${authority}.cer`)),
    ]
    for (const before of ['', '/pki/lists', '/ca', '/a/b/c/d'])
      expect((await octets(await get(`${before}/${authority}.crl?x=y`))).equals(whole)).toBe(true)
    expect((await octets(await get(`/crl/${authority}.cer`))).equals(cer)).toBe(true)
    for (const strange of [
      `/crl//${authority}.crl`,
      `/crl/%00/${authority}.crl`,
      `/crl/a%2f${authority}.crl`,
    ])
      expect((await get(strange)).status).toBe(404)
  })

  test('what isn’t there is kept by nobody', async () => {
    const none = await get('/crl/01900000-0000-7000-8000-000000000001.crl')
    expect([none.status, none.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })

  test('OPTIONS says what there is', async () => {
    const response = await get(`/ca/${authority}.cer`, { method: 'OPTIONS' })
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD'])
  })
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

  test('another extension is not found', async () => {
    for (const path of [
      `/crl/${authority}.der`,
      `/ca/${authority}`,
      `/crl/${authority}`,
      `/crl/${authority.toUpperCase()}.crl`,
    ])
      expect((await get(path)).status).toBe(404)
  })

  test('an audit report in a bucket is nobody’s, by path and by host name; its CRLs are everybody’s', async () => {
    const admin = clientOf(api, installation.adminToken)
    const body = { format: 'JSON', bucket: 'pki-reports' } as const
    const params = { authority }
    const { id } = await admin.createAuditReport({ params, body })
    await makeDueReports(installation.ports)
    const { status, key } = await admin.describeAuditReport({ params: { authority, report: id } })
    expect([status, key]).toEqual(['SUCCESS', `audit-report/${authority}/${id}.json`])
    const asked = ['', '/', `/${key}`, `/crl/../${key}`, `/crl/..%2f${key}`, '/crl/']
    for (const path of asked) expect((await get(`/pki-reports${path}`)).status).toBe(404)
    expect(await statusAt('pki-reports.s3.us-east-1.amazonaws.com', `/${key}`)).toBe(404)
    expect(await statusAt('pki-reports.s3.us-east-1.amazonaws.com', `/crl/${authority}.crl`)).toBe(200)
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
