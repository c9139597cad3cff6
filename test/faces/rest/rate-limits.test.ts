import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChanceryApiError } from '../../../src/contract/index.ts'
import { createFrontDoor } from '../../../src/faces/http/front-door/door.ts'
import { entranceOf } from '../../../src/faces/http/front-door/entrance.ts'
import type { RateLimitRule } from '../../../src/faces/http/front-door/rate-limit.ts'
import { failureGuard } from '../../../src/faces/http/front-door/failures.ts'
import { RateLimits } from '../../../src/faces/http/front-door/rate-limits.ts'
import { shareCounts } from '../../../src/faces/http/front-door/share-counts.ts'
import { answerProblem } from '../../../src/faces/http/problem.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
const open: Listening[] = []
beforeAll(async () => {
  installation = await anInstallation()
})
afterAll(async () => {
  await Promise.all(open.map((each) => each.close()))
  await installation.close()
})

/** A day: no test crosses into the next window but at midnight. */
const DAY = 86_400
async function limited(...rules: RateLimitRule[]) {
  const { ports } = installation
  const throttled: string[] = []
  const limits = new RateLimits(rules, (limit) => throttled.push(limit))
  const app = createRestApp(ports, {
    ready: () => true,
    limit: (request, response, principal, operation) =>
      limits.takeCall(response, principal, operation, entranceOf(request).address),
    guard: failureGuard(limits),
  })
  const refuse = (
    ...[request, response, thrown]: Parameters<Parameters<typeof createFrontDoor>[1]['refuse']>
  ) => answerProblem(request, response, thrown, ports.logger)
  const listener = await listening(createFrontDoor({ limits }, { refuse }, app))
  open.push(listener)
  const read = (token = installation.adminToken, path = '/v1/installation') =>
    fetch(`${listener.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  return { listener, limits, throttled, read }
}
const statuses = async (calls: Promise<Response>[]) => (await Promise.all(calls)).map(({ status }) => status)

describe('a caller over a limit', () => {
  test('is told so, and when to come again; a client finds it in the error', async () => {
    const { listener, read, throttled } = await limited({ kind: 'principal', requests: 2, seconds: DAY })
    const first = await read()
    expect(first.headers.get('ratelimit-policy')).toBe(`"principal";q=2;w=${DAY}`)
    expect(first.headers.get('ratelimit')).toMatch(/^"principal";r=1;t=\d+$/)
    await read()
    const third = await read()
    expect(third.status).toBe(429)
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await third.json()).toMatchObject({ code: 'throttled', type: '/problems/throttled' })
    await expect(clientOf(listener, installation.adminToken).describeInstallation()).rejects.toMatchObject({
      code: 'throttled',
      retryAfterSeconds: expect.any(Number) as number,
    } satisfies Partial<ChanceryApiError>)
    expect(throttled).toEqual(['principal', 'principal'])
    // Another principal isn't.
    expect((await read(installation.issuerToken)).status).toBe(200)
  })

  test('by account: all its principals together', async () => {
    const { read } = await limited({ kind: 'account', requests: 2, seconds: DAY })
    expect(await statuses([read(), read(installation.issuerToken)])).toEqual([200, 200])
    expect(await statuses([read(), read(installation.issuerToken)])).toEqual([429, 429])
  })

  test('by operation: everybody together, and only that operation', async () => {
    const { read } = await limited({
      kind: 'operation',
      operation: 'describeInstallation',
      requests: 1,
      seconds: DAY,
    })
    expect((await read()).status).toBe(200)
    expect((await read(installation.issuerToken)).status).toBe(429)
    expect((await read(installation.issuerToken, '/v1/authorities')).status).toBe(200)
  })

  test('by address: before authentication, whoever it says it is', async () => {
    const { read, throttled } = await limited({ kind: 'address', requests: 2, seconds: DAY })
    expect(await statuses([read('nobody'), read('nobody')])).toEqual([401, 401])
    expect((await read()).status).toBe(429)
    expect(throttled).toEqual(['address'])
  })

  test('who isn’t authenticated uses up nobody’s account', async () => {
    const { read } = await limited({ kind: 'account', requests: 1, seconds: DAY })
    expect(await statuses([read('nobody'), read('nobody')])).toEqual([401, 401])
    expect((await read()).status).toBe(200)
  })
})

describe('an address that couldn’t be authenticated too often', () => {
  test('is refused whatever it shows, and learns nothing from it; what needs no credential is answered', async () => {
    const { read, throttled, listener } = await limited({ kind: 'failure', requests: 2, seconds: DAY })
    expect(await statuses([read(), read(), read()])).toEqual([200, 200, 200])
    expect(await statuses([read('nobody'), read('nobody')])).toEqual([401, 401])
    for (const token of [installation.adminToken, 'nobody']) {
      const refused = await read(token)
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await refused.json()).toMatchObject({
        code: 'throttled',
        detail: `more than 2 failed authentications in ${DAY} s (failure)`,
      })
    }
    expect(throttled).toEqual(['failure', 'failure'])
    expect((await fetch(`${listener.url}/health/live`)).status).toBe(200)
  })

  test('by any kind of credential, and by none', async () => {
    const { listener, read } = await limited({ kind: 'failure', requests: 3, seconds: DAY })
    const url = `${listener.url}/v1/installation`
    const signed =
      'AWS4-HMAC-SHA256 Credential=AKIAX/20300101/us-east-1/chancery/aws4_request, SignedHeaders=host, Signature=0'
    for (const headers of [{}, { authorization: signed }, { authorization: 'Basic YTpi' }])
      expect((await fetch(url, { headers })).status).toBe(401)
    expect((await read()).status).toBe(429)
  })

  test('a request that is wrong otherwise is no failure', async () => {
    const { read } = await limited({ kind: 'failure', requests: 1, seconds: DAY })
    expect((await read(undefined, '/v1/authorities/nothing')).status).toBe(404)
    expect((await read(installation.issuerToken, '/v1/kms')).status).toBe(403)
    expect((await read()).status).toBe(200)
  })

  test('makes no server write', async () => {
    const { limits, read } = await limited({ kind: 'failure', requests: 5, seconds: DAY })
    await read('nobody')
    const store = {
      transact: () => expect.unreachable('nothing is written for a stranger'),
    } as unknown as Installation['ports']['store']
    await shareCounts({ ...installation.ports, store }, limits)
  })
})

describe('two servers on one database', () => {
  test('count together, in one batch, and write nothing for strangers', async () => {
    const rules: RateLimitRule[] = [
      { kind: 'principal', requests: 5, seconds: DAY },
      { kind: 'address', requests: 1000, seconds: DAY },
    ]
    const [one, other] = [await limited(...rules), await limited(...rules)]
    const { ports } = installation
    await statuses([one.read(), one.read(), one.read()])
    await statuses([other.read(), other.read()])
    let transactions = 0
    const counting = {
      ...ports,
      store: {
        ...ports.store,
        transact: (build: Parameters<typeof ports.store.transact>[0]) => (
          transactions++,
          ports.store.transact(build)
        ),
      },
    }
    for (const each of [one, other, one]) await shareCounts(counting, each.limits)
    // The third time there was nothing new to tell: it learns of the other's count with its next request.
    expect(transactions).toBe(2)
    expect((await other.read()).status).toBe(429)
    expect((await one.read()).status).toBe(200)
    await shareCounts(counting, one.limits)
    expect((await one.read()).status).toBe(429)
  })
})
