import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../../src/contract/client.ts'
import { problem, type Problem } from '../../../src/contract/schemas/common.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

type Sent = { method?: string; headers?: Record<string, string>; body?: string | Uint8Array<ArrayBuffer> }
const JSON_BODY = { 'content-type': 'application/json' }

async function send(path: string, { method = 'POST', headers = {}, body }: Sent): Promise<Response> {
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${installation.adminToken}`, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  expect(response.status, `${method} ${path}`).toBeLessThan(500)
  return response
}

/** Sends what must be refused, and gives the problem. */
async function refusal(path: string, sent: Sent): Promise<Problem & { headers: Headers }> {
  const response = await send(path, sent)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const answered = problem.parse(await response.json())
  expect(answered.status).toBe(response.status)
  expect(answered.requestId).toBe(response.headers.get('x-request-id'))
  return { ...answered, headers: response.headers }
}

const fieldsOf = (answered: Problem): string[] => (answered.violations ?? []).map(({ field }) => field)
const post = (body: unknown, headers: Record<string, string> = {}): Sent => ({
  headers: { ...JSON_BODY, ...headers },
  body: JSON.stringify(body),
})

describe('bodies', () => {
  test.each([
    ['none', {}],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a JSON type that is not ours', { 'content-type': 'application/ld+json' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['a compressed body', { ...JSON_BODY, 'content-encoding': 'gzip' }],
    ['a list of types', { 'content-type': 'application/json, text/plain' }],
  ])('415 with Accept-Post for the content type: %s', async (_, headers) => {
    const body = new Uint8Array(Buffer.from('{}'))
    const answered = await refusal('/v1/accounts', { headers, body })
    expect(answered.code).toBe('media_type_unsupported')
    expect(answered.headers.get('accept-post')).toBe('application/json')
  })

  test('415 names Accept-Patch for PATCH', async () => {
    const answered = await refusal('/v1/authorities/issuing', {
      method: 'PATCH',
      headers: { 'content-type': 'text/csv' },
      body: 'x',
    })
    expect(answered.headers.get('accept-patch')).toBe('application/json')
  })

  test('413 for a declared length beyond the limit, and for chunks beyond it', async () => {
    const large = 'x'.repeat(70_000)
    expect((await refusal('/v1/accounts', post({ name: large }))).code).toBe('body_too_large')
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(8192))
        controller.close()
      },
    })
    const response = await fetch(`${api.url}/v1/accounts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${installation.adminToken}`, ...JSON_BODY },
      body: chunks,
      duplex: 'half',
    })
    expect(response.status).toBe(413)
  })

  test.each([
    ['truncated', '{"name":"x"', 'body'],
    ['empty', '', 'body'],
    ['a list', '[]', 'body'],
    ['null', 'null', 'body'],
    ['a number', '7', 'body'],
    ['a member twice', '{"name":"a","name":"b"}', 'name'],
    ['half a surrogate pair', '{"name":"\\ud83d"}', 'name'],
    ['__proto__', '{"name":"a","__proto__":{"admin":true}}', '__proto__'],
    ['constructor', '{"name":"a","constructor":{"prototype":{}}}', 'constructor'],
    ['an unknown member', '{"name":"a","nmae":"b"}', 'nmae'],
    ['a number for a text', '{"name":7}', 'name'],
    ['an infinite number', '{"name":1e999}', 'name'],
    ['a control character', '{"name":"a\\u0000b"}', 'name'],
    ['blanks only', '{"name":"   "}', 'name'],
    ['an account that is none', '{"name":"a","id":"12"}', 'id'],
  ])('400 naming the field: %s', async (_, body, field) => {
    const answered = await refusal('/v1/accounts', { headers: JSON_BODY, body })
    expect(answered.code).toBe('request_invalid')
    expect(fieldsOf(answered)).toEqual([field])
  })

  test('400 names every violation at once, as paths into the request', async () => {
    const answered = await refusal(
      '/v1/certificates',
      post({
        names: { dns: ['a.example', 7, ''], ipp: [] },
        profile: 'two words',
        validity: { days: 1, seconds: 1 },
        key: {},
      }),
    )
    expect(fieldsOf(answered).sort()).toEqual([
      'key.algorithm',
      'names.dns[1]',
      'names.dns[2]',
      'names.ipp',
      'profile',
      'validity',
    ])
  })

  test('a GET with a body is refused', async () => {
    const raw = `GET /v1/installation HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${installation.adminToken}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`
    expect(await exchange(raw)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('any JSON is a problem or a success, never a fault', async () => {
    const paths = [
      '/v1/certificates',
      '/v1/authorities',
      '/v1/tokens',
      '/v1/accounts',
      '/v1/certificates/x.y/revoke',
      '/v1/profiles',
    ]
    const member = fc.constantFrom(
      'csr',
      'key',
      'names',
      'subject',
      'profile',
      'validity',
      'template',
      'passthrough',
      'base',
      'export',
      'kind',
      'name',
      'role',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.dictionary(member, fc.jsonValue({ maxDepth: 3 })),
        async (path, body) => {
          await send(path, post(body))
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('headers', () => {
  test.each([
    ['no token', {}, 'Bearer realm="chancery"'],
    ['another scheme', { authorization: 'Basic YTpi' }, 'Bearer realm="chancery", error="invalid_token"'],
    [
      'an unknown token',
      { authorization: 'Bearer chy_nonsense' },
      'Bearer realm="chancery", error="invalid_token"',
    ],
    [
      'a long token',
      { authorization: `Bearer ${'x'.repeat(2000)}` },
      'Bearer realm="chancery", error="invalid_token"',
    ],
  ])('401 with a challenge: %s', async (_, headers, challenge) => {
    const response = await fetch(`${api.url}/v1/installation`, { headers: headers as Record<string, string> })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(challenge)
  })

  test.each(['', 'nowhere', 'EU-CENTRAL-1', 'eu-central-1 ', '../../etc', 'x'.repeat(500)])(
    'a region that is none: %o',
    async (region) => {
      // fetch trims values; ' ' at the end is no other region.
      const response = await send('/v1/installation', {
        method: 'GET',
        headers: { 'chancery-region': region },
      })
      expect(response.status).toBe(region.trim() === 'eu-central-1' ? 200 : 400)
    },
  )

  test.each(['', 'a b', 'é', 'x'.repeat(256)])('an Idempotency-Key that is none: %o', async (key) => {
    const answered = await refusal(
      '/v1/certificates',
      post(
        { key: { algorithm: 'EC_prime256v1' }, names: { dns: ['a.example'] } },
        { 'idempotency-key': key },
      ),
    )
    expect(fieldsOf(answered)).toEqual(['Idempotency-Key'])
  })

  test('406 before anything is done', async () => {
    const answered = await refusal('/v1/accounts', post({ name: 'never made' }, { accept: 'text/html' }))
    expect(answered.code).toBe('not_acceptable')
    const client = createClient({ url: api.url, token: installation.adminToken })
    const { items } = await client.listAccounts()
    expect(items.map(({ name }) => name)).not.toContain('never made')
  })

  test('a sane X-Request-Id is taken over, any other replaced', async () => {
    const idFor = async (given: string) =>
      (await send('/v1/installation', { method: 'GET', headers: { 'x-request-id': given } })).headers.get(
        'x-request-id',
      )
    expect(await idFor('trace-4f1d2c3b')).toBe('trace-4f1d2c3b')
    for (const odd of ['short', 'with blanks in it', '<script>alert(1)</script>', 'x'.repeat(500)])
      expect(await idFor(odd)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })
})

describe('queries and paths', () => {
  test.each([
    ['/v1/accounts?limit=0', 'limit'],
    ['/v1/accounts?limit=1001', 'limit'],
    ['/v1/accounts?limit=1e2', 'limit'],
    ['/v1/accounts?limit=', 'limit'],
    ['/v1/accounts?limit=5&limit=6', 'limit'],
    ['/v1/accounts?lmit=5', 'lmit'],
    ['/v1/accounts?__proto__=5', '__proto__'],
    ['/v1/accounts?cursor=%ff', 'cursor'],
    ['/v1/installation?x=1', 'x'],
    ['/v1/certificates?serial=zz', 'serial'],
    ['/v1/certificates?expiresBefore=tomorrow', 'expiresBefore'],
    ['/v1/certificates?expiresBefore=2026-02-30T00:00:00Z', 'expiresBefore'],
    ['/v1/certificates?status=good', 'status'],
  ])('400 for %s', async (path, field) => {
    const answered = await refusal(path, { method: 'GET' })
    expect(answered.code).toBe('request_invalid')
    expect(fieldsOf(answered)).toEqual([field])
  })

  test.each([
    '/v1/certificates?cursor=nonsense',
    '/v1/tokens?cursor=AAAA',
    '/v1/authorities?cursor=%F0%9F%92%A9',
  ])('a cursor that is none is no fault: %s', async (path) => {
    expect((await send(path, { method: 'GET' })).status).toBeLessThan(500)
  })

  test.each([
    '/',
    '/v1',
    '/v1/',
    '/v2/accounts',
    '/v1/accounts/',
    '/V1/accounts',
    '/v1/accounts/x',
    '//v1/accounts',
    '/v1/../etc/passwd',
  ])('404 for %s', async (path) => {
    const response = await exchange(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    expect(response).toMatch(/^HTTP\/1\.1 404 /)
    expect(response).toContain('"code":"not_found"')
  })

  test.each([
    '%00',
    '%ff',
    '%',
    'x'.repeat(400),
    '..%2f..',
    '%F0%9F%92%A9',
    "';--",
    '__proto__',
    'constructor',
  ])('an id that is none: %s', async (id) => {
    for (const path of [`/v1/certificates/${id}`, `/v1/authorities/${id}`, `/v1/certificates/${id}/chain`])
      expect([400, 404]).toContain((await send(path, { method: 'GET' })).status)
  })

  test('405 with Allow, HEAD where there is GET, OPTIONS with Allow', async () => {
    const answered = await refusal('/v1/authorities/issuing', { method: 'PUT' })
    expect(answered).toMatchObject({ code: 'method_not_allowed' })
    expect(answered.headers.get('allow')).toBe('GET, HEAD, PATCH, DELETE')
    const options = await fetch(`${api.url}/v1/authorities`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD'])
    const head = await send('/v1/installation', { method: 'HEAD' })
    const get = await send('/v1/installation', { method: 'GET' })
    expect(head.headers.get('content-length')).toBe(String((await get.arrayBuffer()).byteLength))
    expect((await head.arrayBuffer()).byteLength).toBe(0)
  })
})

/** One connection's octets, for what fetch won't send. */
function exchange(raw: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(api.port, '127.0.0.1', () => socket.write(raw))
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('what is not HTTP', () => {
  test.each([
    ['nonsense', 'nonsense\r\n\r\n', 400],
    [
      'two lengths',
      'POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      400,
    ],
    [
      'length and chunks',
      'POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['no Host', 'GET /v1/installation HTTP/1.1\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_, raw, status) => {
    expect(await exchange(raw)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })
})

test('a caller that goes away in the middle of its body is logged as such, not as a fault', async () => {
  const raw = `POST /v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${installation.adminToken}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"na`
  await new Promise<void>((resolve) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write(raw, () => socket.destroy()))
    socket.on('close', () => resolve())
  })
  await expect.poll(() => installation.log.some(({ fields }) => fields['status'] === 499)).toBe(true)
})

test('nothing above was a fault, and no token is in the log', () => {
  expect(installation.log.filter(({ level }) => level === 'error')).toEqual([])
  expect(JSON.stringify(installation.log)).not.toContain('chy_')
})
