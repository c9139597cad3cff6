import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { addressSet, type AddressSet } from '../../../../src/faces/http/front-door/addresses.ts'
import { createFrontDoor, type FrontDoorOptions } from '../../../../src/faces/http/front-door/door.ts'
import { entranceOf } from '../../../../src/faces/http/front-door/entrance.ts'
import type { AccessRule } from '../../../../src/faces/http/front-door/rules.ts'
import { readBody } from '../../../../src/faces/http/body.ts'
import { answerJson } from '../../../../src/faces/http/answer.ts'
import { answerProblem } from '../../../../src/faces/http/problem.ts'
import { pathPattern } from '../../../../src/core/domain/path-patterns.ts'
import { memoryLogger } from '../../../support/memory-logger.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

const setOf = (...entries: string[]): AddressSet => addressSet(entries) as AddressSet
const LOCAL = { addresses: setOf('127.0.0.1'), header: 'x-forwarded-for' } as const
const rule = (
  verdict: AccessRule['verdict'],
  who: string,
  path: string,
  mostOctets?: number,
): AccessRule => ({
  verdict,
  addresses: setOf(...who.split(',')),
  path: pathPattern(path),
  mostOctets,
})

type Answer = { status: number; headers: IncomingHttpHeaders; json: Record<string, unknown> }
type Wish = {
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string
  chunked?: boolean
}

/** Behind a door: what the door found out, and how many octets of a body were read. */
async function behind(options: FrontDoorOptions) {
  const refusals: string[] = []
  const logger = memoryLogger()
  const door = createFrontDoor(
    options,
    {
      refuse: (request, response, thrown) => answerProblem(request, response, thrown, logger),
      onRefused: (reason) => refusals.push(reason),
    },
    (request, response) => {
      readBody(request, 10_000).then(
        (body) => answerJson(response, 200, { ...entranceOf(request), octets: body.length }),
        (error: unknown) => answerProblem(request, response, error, logger),
      )
    },
  )
  const server = createServer(door)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const call = ({
    path = '/v1/tokens',
    method = 'GET',
    headers = {},
    body,
    chunked,
  }: Wish = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        { port, host: '127.0.0.1', path, method, headers, agent: false },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, json })
          })
        },
      )
      outgoing.once('error', reject)
      if (chunked === true) outgoing.write(body)
      outgoing.end(chunked === true ? '' : body)
    })
  return { call, refusals }
}

describe('who calls', () => {
  const spoofed = {
    'x-forwarded-for': '198.51.100.7',
    'x-forwarded-proto': 'https',
    forwarded: 'for=198.51.100.7',
  }

  test('is the peer, whatever he writes, unless he is a trusted proxy', async () => {
    const nobody = await behind({ listener: 'inside' })
    expect((await nobody.call({ headers: spoofed })).json).toMatchObject({
      address: '127.0.0.1',
      secure: false,
      listener: 'inside',
    })
    const others = await behind({ proxies: { ...LOCAL, addresses: setOf('10.0.0.0/8') } })
    expect((await others.call({ headers: spoofed })).json).toMatchObject({
      address: '127.0.0.1',
      secure: false,
    })
  })

  test('is whom a trusted proxy names', async () => {
    const { call, refusals } = await behind({ proxies: LOCAL })
    expect((await call({ headers: spoofed })).json).toMatchObject({
      address: '198.51.100.7',
      secure: true,
      listener: 'api',
    })
    const wrong = await call({ headers: { 'x-forwarded-for': 'nobody' } })
    expect(wrong).toMatchObject({ status: 400, json: { violations: [{ field: 'x-forwarded-for' }] } })
    expect(refusals).toEqual(['malformed'])
  })

  test('a door for which nothing is configured is no door', () => {
    const inner = () => undefined
    expect(createFrontDoor({}, { refuse: () => undefined }, inner)).toBe(inner)
  })
})

describe('rules', () => {
  test('the first that is about address and path decides; nobody else is kept out', async () => {
    const rules = [
      rule('allow', '198.51.100.0/24', '/v1/**'),
      rule('deny', 'any', '/v1/tokens/**'),
      rule('deny', '127.0.0.1', '/v1/keys'),
    ]
    const { call, refusals } = await behind({ rules, proxies: LOCAL })
    const statusFor = async (address: string, path: string) =>
      (await call({ path, headers: { 'x-forwarded-for': address } })).status
    expect(await statusFor('198.51.100.9', '/v1/tokens/7')).toBe(200)
    expect(await statusFor('203.0.113.9', '/v1/tokens/7')).toBe(403)
    expect(await statusFor('203.0.113.9', '/v1/keys')).toBe(200)
    expect(await statusFor('127.0.0.1', '/v1/keys')).toBe(403)
    expect(refusals).toEqual(['rule', 'rule'])
  })

  test.each([
    '/v1/tokens?x=1',
    '/v1/%74okens',
    '/v1/tokens#x',
    'http://elsewhere.example/v1/tokens',
    'HTTPS://elsewhere.example/v1/tokens?x',
  ])('see through another spelling: %s', async (path) => {
    const { call } = await behind({ rules: [rule('deny', 'any', '/v1/tokens')] })
    expect((await call({ path })).status).toBe(403)
  })

  test('an escape that is not UTF-8 is refused before a rule could be missed', async () => {
    const { call } = await behind({ rules: [rule('deny', 'any', '/v1/tokens')] })
    expect((await call({ path: '/v1/%ff' })).status).toBe(400)
  })

  test('bound a body, declared or in chunks', async () => {
    const { call, refusals } = await behind({ rules: [rule('allow', 'any', '/v1/tokens', 100)] })
    const post = (octets: number, chunked: boolean, path = '/v1/tokens') =>
      call({ method: 'POST', body: 'x'.repeat(octets), chunked, path })
    expect(await post(100, false)).toMatchObject({ status: 200, json: { octets: 100 } })
    expect(await post(101, false)).toMatchObject({ status: 413, json: { code: 'body_too_large' } })
    expect(refusals).toEqual(['size'])
    expect((await post(100, true)).status).toBe(200)
    expect(await post(101, true)).toMatchObject({ status: 413, json: { code: 'body_too_large' } })
    expect((await post(101, true, '/v1/other')).status).toBe(200)
  })
})

describe('the host', () => {
  test('is one of those configured; with any port, in any case; probes of health are let in', async () => {
    const { call, refusals } = await behind({ hosts: ['ca.example.com', '[2001:db8::1]'] })
    const as = async (host: string, path = '/v1/tokens') => (await call({ path, headers: { host } })).status
    expect(await as('ca.example.com')).toBe(200)
    expect(await as('CA.example.com:8443')).toBe(200)
    expect(await as('[2001:db8::1]:8443')).toBe(200)
    expect(await as('evil.example')).toBe(400)
    expect(await as('ca.example.com.evil.example')).toBe(400)
    expect(await as('10.0.0.7', '/health/live')).toBe(200)
    // RFC 9112 §3.2.2: the target's host goes before the header's
    expect(await as('ca.example.com', 'http://evil.example/v1/tokens')).toBe(400)
    expect(refusals).toEqual(['host', 'host', 'host'])
  })
})

describe('Strict-Transport-Security', () => {
  test('is said where it is configured, over TLS only (RFC 6797 §7.2)', async () => {
    const { call } = await behind({ hstsSeconds: 3600, proxies: LOCAL })
    const via = async (proto: string) =>
      (await call({ headers: { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': proto } })).headers
    expect((await via('https'))['strict-transport-security']).toBe('max-age=3600')
    expect((await via('http'))['strict-transport-security']).toBeUndefined()
  })
})

describe('CORS', () => {
  const origin = 'https://console.example.com'
  const preflight = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }

  test('answers the preflight of a configured origin, without credentials', async () => {
    const { call } = await behind({ cors: { origins: [origin] } })
    const { status, headers } = await call(preflight)
    expect(status).toBe(204)
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': expect.stringContaining('DELETE') as string,
      'access-control-allow-headers': expect.stringContaining('authorization') as string,
      vary: 'Origin',
    })
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
  })

  test('lets a page of that origin read answers; others are answered, for nobody’s page', async () => {
    const { call } = await behind({ cors: { origins: [origin] } })
    const mine = await call({ headers: { origin } })
    expect(mine.headers['access-control-allow-origin']).toBe(origin)
    expect(mine.headers['access-control-expose-headers']).toContain('etag')
    for (const other of [
      'https://evil.example',
      'null',
      'http://console.example.com',
      `${origin}.evil.example`,
      '*',
    ]) {
      const answer = await call({ headers: { origin: other } })
      expect(answer.headers['access-control-allow-origin'], other).toBeUndefined()
      expect(answer.headers.vary).toBe('Origin')
      const { status, headers } = await call({
        ...preflight,
        headers: { ...preflight.headers, origin: other },
      })
      expect([status, headers['access-control-allow-methods']], other).toEqual([204, undefined])
    }
  })

  test('by default says nothing; * lets any page in', async () => {
    const { call } = await behind({ cors: { origins: ['*'] } })
    expect(
      (await call({ headers: { origin: 'https://any.example' } })).headers['access-control-allow-origin'],
    ).toBe('*')
    const closed = await behind({ listener: 'inside' })
    expect((await closed.call({ headers: { origin } })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
  })

  test('a plain OPTIONS is the API’s', async () => {
    const { call } = await behind({ cors: { origins: [origin] } })
    expect((await call({ method: 'OPTIONS', headers: { origin } })).json).toMatchObject({ listener: 'api' })
  })
})
