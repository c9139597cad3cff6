import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore, type OpenStore } from '../../../../src/adapters/prisma/store.ts'
import { ChanceryApiError, type Client } from '../../../../src/contract/client.ts'
import { errorsOf, IDEMPOTENCY_ERRORS } from '../../../../src/contract/route.ts'
import { OPERATION_IDS, routeOf, type OperationId } from '../../../../src/contract/routes.ts'
import { createToken } from '../../../../src/core/operations/access/tokens.ts'
import { systemPrincipal } from '../../../../src/core/operations/installation/initialize.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { createRestApp } from '../../../../src/faces/rest/app.ts'
import { auditTrail } from '../../../core/operations/database.ts'
import { failing, type When } from '../../../core/operations/failing-store.ts'
import { testPorts, type TestPorts } from '../../../support/test-ports.ts'
import { clientOf, listening, type Listening } from '../../installation.ts'
import { REQUESTS, type KeyedId, type World } from './requests.ts'

const KEYED = Object.keys(REQUESTS) as KeyedId[]

/** Every POST without a key, by why it needs none. */
const WITHOUT: Readonly<Record<string, readonly OperationId[]>> = {
  'sets a state, in which it is the second time': [
    'acknowledgeRestore',
    'restoreAuthority',
    'revokeCertificate',
    'revokeNamed',
    'revokeByProof',
    'revokeManagedCertificate',
    'liftHold',
    'markKeyCompromised',
    'associateManagedCertificate',
    'associateShare',
    'disassociateShare',
    'leaveShare',
    'acceptInvitation',
    'rejectInvitation',
    'setDefaultPermissionVersion',
    'reverseRotation',
  ],
  'takes in what is known by its own content: the second time it is known': [
    'importAuthority',
    'importCertificates',
    'importRevocations',
  ],
  'shows what is there; nothing is made': ['simulateAccess', 'exportCertificate', 'exportManagedCertificate'],
  'does what is due until now; the second time less is': [
    'makeAuditCheckpoint',
    'archiveAuditTrail',
    'archiveCertificates',
    'validateManagedCertificate',
  ],
  'sends something again, which is what it is for': ['resendValidationEmail', 'testWebhook', 'redeliver'],
  // It is in the key file, or in a KMS, before the database knows; one more than was meant is no harm.
  'makes a version of a key where no transaction reaches': ['rotateKms'],
  // A lost session is no thing that anybody finds or clears away: it ends by itself, within the hour.
  'is a credential of an hour, whose secret could not be shown again': ['assumeRole'],
}

let given: TestPorts
let otherStore: OpenStore
let api: Listening
let otherApi: Listening
let world: World
let other: Client
/** Breaks the n-th commit from now on; none when undefined. */
let fault: { readonly n: number; readonly when: When } | undefined
let commits = 0
/** What comes to pass between the next look for a key and what follows from it. */
let meanwhile: (() => Promise<void>) | undefined

beforeAll(async () => {
  given = await testPorts({ mode: 'simulation' })
  const { ports, database, clock, installation } = given
  const system = systemPrincipal(ports, installation.account)
  const token = await createToken(ports, system, { name: 'a', role: 'administrator', installation: true })
  otherStore = await openStore({ file: database, serverId: 'other', clock, throwaway: true })
  const { reads } = ports.store
  const get: typeof reads.idempotency.get = async (scope) => {
    const found = await reads.idempotency.get(scope)
    const passing = meanwhile
    meanwhile = undefined
    await passing?.()
    return found
  }
  const breakable: Ports['store'] = {
    ...ports.store,
    reads: { ...reads, idempotency: { get } },
    transact: (build) => {
      commits++
      const at = fault?.n === commits ? 1 : 0
      return failing(ports.store, at, fault?.when ?? 'before').store.transact(build)
    },
  }
  api = await listening(createRestApp({ ...ports, store: breakable }, { ready: () => true }))
  const otherPorts = { ...ports, store: otherStore, settings: { ...ports.settings, serverId: 'other' } }
  otherApi = await listening(createRestApp(otherPorts, { ready: () => true }))
  world = { given, admin: clientOf(api, token.secret) }
  other = clientOf(otherApi, token.secret)
})
afterAll(async () => {
  await api.close()
  await otherApi.close()
  await otherStore.close()
  await given[Symbol.asyncDispose]()
})

/** Another name for each call: nothing that a test makes stands in the way of the next. */
let names = 0
const fresh = (id: string): string => `${id.toLowerCase().slice(0, 20)}${++names}`

type Outcome = { readonly value: unknown } | { readonly code: string; readonly detail: string }
async function send(client: Client, id: KeyedId, request: object, key: string): Promise<Outcome> {
  const call = client[id] as (request: object) => Promise<unknown>
  try {
    return { value: await call({ ...request, idempotencyKey: key }) }
  } catch (error) {
    if (!(error instanceof ChanceryApiError)) throw error
    return { code: error.code, detail: error.problem.detail }
  }
}

/** What the audit trail has got by some work, but for what was begun and given up. */
async function trailOf(work: () => Promise<void>): Promise<string[]> {
  const before = auditTrail(given.database).length
  await work()
  return auditTrail(given.database)
    .slice(before)
    .map(({ eventName }) => eventName)
    .filter((name) => name !== 'AbandonCertificate')
}

const secretOf = (outcome: Outcome): string | undefined =>
  'value' in outcome ? (outcome.value as { readonly secret?: string }).secret : undefined

/** What a repetition is answered with: the same thing; or, where it had a secret, that this was shown. */
function expectReplayed(again: Outcome, first: Outcome): void {
  const secret = secretOf(first)
  if (secret === undefined) expect(again).toEqual(first)
  else {
    expect(again).toMatchObject({ code: 'idempotency_done' })
    expect(JSON.stringify(again)).not.toContain(secret)
  }
}

describe('the contract', () => {
  const posts = OPERATION_IDS.filter((id) => routeOf(id).method === 'POST')
  test('every POST takes an Idempotency-Key, or stands here with why it needs none', () => {
    const keyed = posts.filter((id) => routeOf(id).idempotent)
    expect([...keyed].sort()).toEqual([...KEYED].sort())
    const without = posts.filter((id) => !routeOf(id).idempotent)
    expect([...without].sort()).toEqual(Object.values(WITHOUT).flat().sort())
  })
  test('routes with a key say how it may be refused', () => {
    for (const id of KEYED)
      expect(errorsOf(routeOf(id))).toEqual(expect.arrayContaining([...IDEMPOTENCY_ERRORS]))
  })
})

describe.each(KEYED)('an Idempotency-Key of %s', (id) => {
  test('makes it once; a repetition has the same answer, but for a secret; another request is refused', async () => {
    const name = fresh(id)
    const request = await REQUESTS[id](world, name)
    const another = await REQUESTS[id](world, `${name}-other`)
    let first: Outcome | undefined
    expect(await trailOf(async () => void (first = await send(world.admin, id, request, name)))).not.toEqual(
      [],
    )
    expect(first).toHaveProperty('value')
    const nothing = await trailOf(async () => {
      for (const client of [world.admin, other])
        expectReplayed(await send(client, id, request, name), first as Outcome)
      expect(await send(world.admin, id, another, name)).toMatchObject({ code: 'idempotency_mismatch' })
    })
    expect(nothing).toEqual([])
  })

  test('makes it once whichever commit fails, before or after it is durable', async () => {
    const clean = fresh(id)
    const request = await REQUESTS[id](world, clean)
    commits = 0
    const expected = await trailOf(async () => void (await send(world.admin, id, request, clean)))
    const all = commits
    for (let n = 1; n <= all; n++)
      for (const when of ['before', 'after'] as const) {
        const name = fresh(id)
        const again = await REQUESTS[id](world, name)
        let last: Outcome | undefined
        const trail = await trailOf(async () => {
          commits = 0
          fault = { n, when }
          await send(world.admin, id, again, name)
          fault = undefined
          last = await send(world.admin, id, again, name)
          expectReplayed(await send(world.admin, id, again, name), last)
        })
        if (!('value' in (last as Outcome))) expect(last).toMatchObject({ code: 'idempotency_done' })
        expect([n, when, ...trail]).toEqual([n, when, ...expected])
      }
  })

  test('makes it once when another server is first, between the look for the key and the commit', async () => {
    const request = await REQUESTS[id](world, fresh(id))
    const key = fresh(id)
    let first: Outcome | undefined
    const trail = await trailOf(async () => {
      meanwhile = async () => {
        first = await send(other, id, request, key)
      }
      const late = await send(world.admin, id, request, key)
      expect(first).toHaveProperty('value')
      expectReplayed(late, first as Outcome)
    })
    expect(new Set(trail).size).toBe(trail.length)
  })

  test('makes it once when two servers get it at once', async () => {
    const request = await REQUESTS[id](world, fresh(id))
    const key = fresh(id)
    const outcomes: Outcome[] = []
    const trail = await trailOf(async () => {
      const settle = async (client: Client): Promise<void> => {
        for (;;) {
          const outcome = await send(client, id, request, key)
          if ('code' in outcome && outcome.code === 'idempotency_in_progress') continue
          outcomes.push(outcome)
          return
        }
      }
      await Promise.all([settle(world.admin), settle(other)])
    })
    const first = outcomes.find((outcome) => 'value' in outcome) as Outcome
    for (const outcome of outcomes) if (outcome !== first) expectReplayed(outcome, first)
    expect(new Set(trail).size).toBe(trail.length)
  })
})
