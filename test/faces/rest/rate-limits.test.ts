import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChanceryApiError } from '../../../src/contract/index.ts'
import { createFrontDoor } from '../../../src/faces/http/front-door/door.ts'
import { entranceOf } from '../../../src/faces/http/front-door/entrance.ts'
import type { RateLimitRule } from '../../../src/faces/http/front-door/rate-limit.ts'
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
