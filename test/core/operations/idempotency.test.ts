import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGroup } from '../../../src/core/operations/access/groups.ts'
import { createPolicy, createPolicyVersion } from '../../../src/core/operations/access/policies.ts'
import { createToken } from '../../../src/core/operations/access/tokens.ts'
import { createUser, deleteUser } from '../../../src/core/operations/access/users.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { sha256 } from '../../../src/core/x509/digest.ts'
import { allowing } from './access/identities.ts'
import { auditTrail, rowsOf } from './database.ts'
import { failing } from './failing-store.ts'
import { secondServer, testPorts, type TestPorts } from './ports.ts'
import { expectRefusal, refusal } from './refusals.ts'

let given: TestPorts
let second: Awaited<ReturnType<typeof secondServer>>
beforeAll(async () => {
  given = await testPorts()
  second = await secondServer(given)
})
afterAll(async () => {
  await second.store.close()
  await given[Symbol.asyncDispose]()
})

const keyed = (key: string, body = 'body') => ({ idempotency: { key, bodyHash: sha256(body) } })
const made = (name: string): number =>
  auditTrail(given.database).filter(({ eventName }) => eventName === name).length

/** Ports of the first server, on which somebody is first: after it has looked for the key, before it writes. */
function overtaken(by: () => Promise<unknown>): Ports {
  const { ports } = given
  const { idempotency } = ports.store.reads
  let done = false
  const get: typeof idempotency.get = async (scope) => {
    const found = await idempotency.get(scope)
    if (!done) {
      done = true
      await by()
    }
    return found
  }
  return { ...ports, store: { ...ports.store, reads: { ...ports.store.reads, idempotency: { get } } } }
}

describe('another server that is first with the same key', () => {
  test('has made the user whose name stands in the way: it is the answer', async () => {
    const request = { name: 'overtaken', ...keyed('overtaken') }
    const first = () => createUser(second.ports, given.admin, request)
    const { user } = await createUser(overtaken(first), given.admin, request)
    expect(user.id).toBe((await first()).user.id)
  })

  test('has shown the secret: it is told, and there is one token', async () => {
    const before = made('CreateToken')
    const request = { name: 't', role: 'issuer', ...keyed('overtaken') } as const
    const first = () => createToken(second.ports, given.admin, request)
    const error = await expectRefusal(createToken(overtaken(first), given.admin, request), 'idempotency_done')
    const [token] = rowsOf<{ id: string }>(given.database, 'SELECT id FROM Token ORDER BY rowid DESC LIMIT 1')
    expect(error.details).toEqual({ id: token?.id })
    expect(made('CreateToken')).toBe(before + 1)
  })

  test('has made the version of the same number: it is the answer, and not a conflict', async () => {
    const document = allowing('acm:*')
    await createPolicy(given.ports, given.admin, { name: 'overtaken', document })
    const version = (ports: Ports) =>
      createPolicyVersion(ports, given.admin, 'overtaken', { document, ...keyed('overtaken') })
    const answered = await version(overtaken(() => version(second.ports)))
    expect(answered.version.number).toBe(2)
    expect(made('CreatePolicyVersion')).toBe(1)
  })

  test('has asked for something else: the key is refused', async () => {
    const user = (ports: Ports, name: string) =>
      createUser(ports, given.admin, { name, ...keyed('other', name) })
    await expectRefusal(
      user(
        overtaken(() => user(second.ports, 'b')),
        'a',
      ),
      'idempotency_mismatch',
    )
  })
})

describe('what was made and removed since', () => {
  test('is not made again by a late repetition, nor is another of its name taken for it', async () => {
    const { ports, admin } = given
    const request = { name: 'removed', ...keyed('removed') }
    await createUser(ports, admin, request)
    await deleteUser(ports, admin, 'removed')
    const error = await expectRefusal(createUser(ports, admin, request), 'idempotency_done')
    expect(error.message).toContain('was removed since')
    await createUser(ports, admin, { name: 'removed' })
    await expectRefusal(createUser(ports, admin, request), 'idempotency_done')
  })
})

test('fifty at once on two servers are one token, and one answer with its secret', async () => {
  const before = made('CreateToken')
  const calls = Array.from({ length: 50 }, (_, n) =>
    createToken(n % 2 === 0 ? given.ports : second.ports, given.admin, {
      name: 'fifty',
      role: 'issuer',
      ...keyed('fifty'),
    }).then(
      ({ secret }) => secret,
      (error: { readonly code: string }) => error.code,
    ),
  )
  const answers = await Promise.all(calls)
  expect(answers.filter((answer) => answer.startsWith('chy_'))).toHaveLength(1)
  expect(new Set(answers.filter((answer) => !answer.startsWith('chy_')))).toEqual(
    new Set(['idempotency_done']),
  )
  expect(made('CreateToken')).toBe(before + 1)
})

const step = fc.record({
  makes: fc.constantFrom('group', 'token'),
  key: fc.constantFrom('a', 'b', 'c'),
  name: fc.constantFrom('one', 'two'),
  server: fc.boolean(),
  commit: fc.constantFrom('works', 'works', 'before', 'after'),
} as const)

test('whatever is repeated where, and whichever commit fails: a key makes one thing, of its first request', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), async (steps) => {
      const prefix = `run${++run}-`
      const before = { group: made('CreateGroup'), token: made('CreateToken') }
      const bound = new Map<string, { readonly name: string; id: string | undefined }>()
      const taken = new Set<string>()
      const count = { group: 0, token: 0 }
      for (const { makes, key, name, server, commit } of steps) {
        const { ports } = server ? given : second
        const store = commit === 'works' ? ports.store : failing(ports.store, 1, commit).store
        const request = { name: prefix + name, ...keyed(prefix + key, name) }
        const work = async (): Promise<string> =>
          makes === 'group'
            ? (await createGroup({ ...ports, store }, given.admin, request)).group.id
            : (await createToken({ ...ports, store }, given.admin, { ...request, role: 'issuer' })).token.id
        const first = bound.get(makes + key)
        if (first !== undefined && first.name !== name) {
          await expectRefusal(work(), 'idempotency_mismatch')
        } else if (first !== undefined && makes === 'token') {
          await expectRefusal(work(), 'idempotency_done')
        } else if (first !== undefined) {
          const id = await work()
          expect(id).toBe((first.id ??= id))
        } else if (commit !== 'before' && makes === 'group' && taken.has(name)) {
          await expectRefusal(work(), 'already_exists')
        } else {
          const made = { name, id: undefined as string | undefined }
          if (commit === 'works') made.id = await work()
          else expect((await refusal(work())).code).toBe('unavailable')
          if (commit === 'before') continue
          bound.set(makes + key, made)
          if (makes === 'group') taken.add(name)
          count[makes]++
        }
      }
      expect(made('CreateGroup') - before.group).toBe(count.group)
      expect(made('CreateToken') - before.token).toBe(count.token)
    }),
    { numRuns: 60 },
  )
})
