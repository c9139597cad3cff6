import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pathPattern } from '../../src/core/domain/path-patterns.ts'
import type { AuditedCall } from '../../src/core/ports/call-audit.ts'
import type { ChanceryError } from '../../src/core/domain/errors.ts'
import type { Measurement } from '../../src/faces/http/app.ts'
import { addressSet, type AddressSet } from '../../src/faces/http/front-door/addresses.ts'
import { createFrontDoor, type FrontDoorOptions } from '../../src/faces/http/front-door/door.ts'
import { entranceOf } from '../../src/faces/http/front-door/entrance.ts'
import { failureGuard } from '../../src/faces/http/front-door/failures.ts'
import type { RateLimitRule } from '../../src/faces/http/front-door/rate-limit.ts'
import { RateLimits } from '../../src/faces/http/front-door/rate-limits.ts'
import { apiListener } from '../../src/main/api-listener.ts'
import { createServer } from '../../src/faces/http/server.ts'
import { drained } from '../../src/main/drain.ts'
import { anInstallation, clientOf, listening, type Installation } from '../faces/installation.ts'
import { serving, waysIn, type Credential, type Said, type Way, type World } from './support/ways-in.ts'

/** A day: no test crosses into the next window but at midnight. */
const day = { seconds: 86_400 } as const
const everybody = addressSet(['127.0.0.0/8']) as AddressSet
const rule = { addresses: everybody, path: pathPattern('/**') } as const

let installation: Installation
let world: World
const open: { close(): Promise<void> }[] = []

beforeAll(async () => {
  installation = await anInstallation()
  const plain = await listening(apiListener(installation.ports, { ready: () => true }).inner)
  open.push(plain)
  world = await serving(clientOf(plain, installation.adminToken))
})
afterAll(async () => {
  await Promise.all(open.map((each) => each.close()))
  await installation.close()
})

type Behind = Omit<FrontDoorOptions, 'limits'> & { readonly limits?: readonly RateLimitRule[] }

/** The API behind a door, with everything that is told of a call. */
async function behind({ limits: rules = [], ...door }: Behind) {
  const limits = new RateLimits(rules)
  const measured: Measurement[] = []
  const reads: AuditedCall[] = []
  const refused: (AuditedCall & { readonly error: string })[] = []
  const reasons: string[] = []
  const { inner, refuse } = apiListener(installation.ports, {
    ready: () => true,
    onAnswered: (measurement) => measured.push(measurement),
    limit: (request, response, principal, operation) =>
      limits.takeCall(response, principal, operation, entranceOf(request).address),
    guard: failureGuard(limits),
    audit: {
      read: async (_, call) => void reads.push(call),
      refused: async (_, call, error) => void refused.push({ ...call, error: (error as ChanceryError).code }),
    },
  })
  const face = { refuse, onRefused: (reason: string) => void reasons.push(reason) }
  const server = await listening(createFrontDoor({ ...door, limits }, face, inner))
  open.push(server)
  return { server, port: server.port, measured, reads, refused, reasons }
}

const logged = (requestId: unknown) => () =>
  installation.log.filter(({ message, fields }) => message === 'request' && fields['requestId'] === requestId)

/** What every refusal has, whoever says it. */
function expectSafe({ status, headers, text }: Said): void {
  expect(status, text).toBeGreaterThanOrEqual(400)
  expect(status, text).toBeLessThan(500 + (status === 503 ? 4 : 0))
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  for (const secret of world.secrets) expect(text).not.toContain(secret)
}

type Spoken = readonly [status: number, code: string]
/** How a refusal is said by each way in, in the order of `waysIn`: REST (token, signed), acm-pca, ram, sts, sts presigned, s3. */
type Row = Readonly<Record<Way['protocol'], Spoken | undefined>>

const UNKNOWN: Row = {
  rest: [401, 'unauthenticated'],
  json: [400, 'UnrecognizedClientException'],
  restJson: [400, 'UnrecognizedClientException'],
  query: [403, 'InvalidClientTokenId'],
  s3: [403, 'InvalidAccessKeyId'],
}
const NONE: Row = {
  ...UNKNOWN,
  json: [400, 'MissingAuthenticationTokenException'],
  restJson: [400, 'MissingAuthenticationTokenException'],
  query: [403, 'MissingAuthenticationToken'],
  // What isn't signed for S3 isn't S3's.
  s3: undefined,
}
const WRONG: Row = {
  ...UNKNOWN,
  json: [400, 'InvalidSignatureException'],
  restJson: [400, 'InvalidSignatureException'],
  query: [403, 'SignatureDoesNotMatch'],
  s3: [403, 'SignatureDoesNotMatch'],
}
const THROTTLED: Row = {
  rest: [429, 'throttled'],
  json: [400, 'ThrottlingException'],
  restJson: [429, 'ThrottlingException'],
  query: [400, 'Throttling'],
  s3: [503, 'SlowDown'],
}
const FORBIDDEN: Row = {
  rest: [403, 'forbidden'],
  json: [400, 'AccessDeniedException'],
  restJson: [403, 'AccessDeniedException'],
  query: [403, 'AccessDenied'],
  s3: [403, 'AccessDenied'],
}
const TOO_LARGE: Row = {
  rest: [413, 'body_too_large'],
  json: [413, 'RequestEntityTooLargeException'],
  restJson: [413, 'RequestEntityTooLargeException'],
  query: [413, 'RequestEntityTooLargeException'],
  s3: [400, 'EntityTooLarge'],
}
const INVALID: Row = {
  rest: [400, 'request_invalid'],
  json: [400, 'ValidationException'],
  restJson: [400, 'InvalidParameterException'],
  query: [400, 'ValidationError'],
  s3: [400, 'InvalidRequest'],
}

describe.each(waysIn)('$name', (way) => {
  const said = async (port: number, credential: Credential = 'right', wish = {}) => {
    const answer = await way.call(world, port, { credential, ...wish })
    return { ...answer, spoken: [answer.status, way.codeIn(answer)] }
  }
  const audited = { name: way.operation, ...(way.source && { source: way.source }) }

  test('is let in: counted, measured, logged and on record by its name', async () => {
    const { port, measured, reads, refused } = await behind({
      limits: [{ kind: 'operation', operation: way.limit, requests: 5, ...day }],
    })
    const answer = await said(port)
    expect(answer.status, answer.text).toBeLessThan(300)
    expect(answer.headers['ratelimit-policy']).toBe(`"operation:${way.limit}";q=5;w=86400`)
    expect(answer.headers['x-request-id']).toBe(answer.requestId)
    expect(measured).toMatchObject([{ route: way.route, method: way.method, status: answer.status }])
    expect(logged(answer.requestId)()).toMatchObject([
      { fields: { route: way.route, principal: way.principal(world), status: answer.status } },
    ])
    expect(reads).toMatchObject([audited])
    expect(refused).toEqual([])
  })

  const unauthenticated = [
    ['no credential', 'none', NONE[way.protocol]],
    ['a credential of nobody', 'unknown', UNKNOWN[way.protocol]],
    ['a wrong secret', 'wrong', WRONG[way.protocol]],
  ] as const
  test.each(unauthenticated.filter(([, , expected]) => expected !== undefined))(
    'with %s is refused, and that is measured, logged and on record by its name',
    async (_, credential, expected) => {
      const { port, measured, reads, refused } = await behind({})
      const answer = await said(port, credential)
      expect(answer.spoken).toEqual(expected)
      expectSafe(answer)
      expect(answer.headers['x-request-id']).toBe(answer.requestId)
      expect(measured).toMatchObject([{ route: way.route, status: answer.status }])
      const [line] = logged(answer.requestId)()
      expect(line?.fields).toMatchObject({ route: way.route, code: 'unauthenticated' })
      expect(line?.fields['principal']).toBeUndefined()
      expect(refused).toMatchObject([{ ...audited, error: 'unauthenticated' }])
      expect(reads).toEqual([])
    },
  )

  test.each([
    ['a principal', { kind: 'principal', requests: 1, ...day }],
    ['an account', { kind: 'account', requests: 1, ...day }],
    ['the operation', { kind: 'operation', operation: way.limit, requests: 1, ...day }],
    ['an address, of the operation', { kind: 'address', operation: way.limit, requests: 1, ...day }],
  ] as const)('over a limit of %s is told to come later', async (_, limit) => {
    const { port, measured, refused } = await behind({ limits: [limit] })
    await said(port)
    const second = await said(port)
    expect(second.spoken).toEqual(THROTTLED[way.protocol])
    expectSafe(second)
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0)
    expect(measured.at(-1)).toMatchObject({ route: way.route, status: second.status })
    expect(logged(second.requestId)()).toMatchObject([
      { fields: { code: 'throttled', principal: way.principal(world) } },
    ])
    expect(refused).toMatchObject([{ ...audited, error: 'throttled' }])
  })

  test('over a limit of its address is refused before it is known who calls, and isn’t logged', async () => {
    const { port, measured, reasons } = await behind({ limits: [{ kind: 'address', requests: 1, ...day }] })
    await said(port)
    const second = await said(port)
    expect(second.spoken).toEqual(THROTTLED[way.protocol])
    expectSafe(second)
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0)
    expect(reasons).toEqual(['rate'])
    expect(measured).toHaveLength(1)
    expect(logged(second.requestId)()).toEqual([])
  })

  test('from an address that failed too often is refused with a right credential, too', async () => {
    const { port } = await behind({ limits: [{ kind: 'failure', requests: 1, ...day }] })
    await said(port, 'unknown')
    const second = await said(port)
    expect(second.spoken).toEqual(THROTTLED[way.protocol])
    expectSafe(second)
  })

  test.each([
    [
      'an address that a rule keeps out',
      { rules: [{ ...rule, verdict: 'deny', mostOctets: undefined }] },
      FORBIDDEN,
      'rule',
    ],
    ['a name by which nobody may call', { hosts: ['ca.example.com'] }, INVALID, 'host'],
    [
      'a proxy that names no address',
      { proxies: { addresses: everybody, header: 'x-forwarded-for' } },
      INVALID,
      'malformed',
    ],
  ] as const)('by %s is refused in front of everything', async (_, door, row, reason) => {
    const { port, measured, reasons, refused } = await behind(door)
    const answer = await said(port, 'right', { headers: { 'X-Forwarded-For': 'nobody' } })
    expect(answer.spoken).toEqual(row[way.protocol])
    expectSafe(answer)
    expect({ reasons, measured, refused }).toEqual({ reasons: [reason], measured: [], refused: [] })
  })

  if (way.method === 'POST') {
    test('with a larger body than a rule lets in is refused, declared or in pieces', async () => {
      const { port, reasons } = await behind({ rules: [{ ...rule, verdict: 'allow', mostOctets: 200 }] })
      expect((await said(port)).status).toBeLessThan(300)
      for (const chunked of [false, true]) {
        const answer = await said(port, 'right', { octets: 300, chunked })
        expect(answer.spoken).toEqual(TOO_LARGE[way.protocol])
        expectSafe(answer)
      }
      expect(reasons).toEqual(['size'])
    })

    test('with a larger body than any is refused, declared or in pieces', async () => {
      const { port, measured } = await behind({})
      for (const chunked of [false, true]) {
        const answer = await said(port, 'right', { octets: way.bodyLimit + 1, chunked })
        expect(answer.spoken).toEqual(TOO_LARGE[way.protocol])
        expectSafe(answer)
        expect(measured.at(-1)).toMatchObject({ status: 413 })
      }
      expect((await said(port, 'right', { octets: way.bodyLimit })).status).toBeLessThan(300)
    })
  }

  if (way.needsRight)
    test('by another listener than a policy confines it to is forbidden', async () => {
      const { port, refused } = await behind({ listener: 'inside' })
      const elsewhere = await said(port, 'confined')
      expect(elsewhere.spoken).toEqual(FORBIDDEN[way.protocol])
      expectSafe(elsewhere)
      expect(refused).toMatchObject([{ ...audited, error: 'forbidden' }])
      expect((await said((await behind({ listener: 'ops' })).port, 'confined')).status).toBeLessThan(300)
    })

  test('asked for as a whole URL is the same call (RFC 9112 §3.2.2)', async () => {
    const { port, measured } = await behind({})
    const answer = await said(port, 'right', { absolute: true })
    expect(answer.status, answer.text).toBeLessThan(300)
    expect(measured).toMatchObject([{ route: way.route }])
  })

  test('under way is answered while the server drains, and its connection ended', async () => {
    const { inner } = apiListener(installation.ports, { ready: () => true })
    let draining: Promise<void> | undefined
    const server = createServer((request, response) => {
      draining = drained(server)
      inner(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect((await said(port, 'right', { keepAlive: true })).status).toBeLessThan(300)
    await draining
  })
})
