import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ChanceryApiError, type Client } from '../../src/contract/client.ts'
import { auditTrail } from '../core/operations/database.ts'
import { databaseIn, spawnServer, temporaryDirectory, type ServerProcess } from './support/servers.ts'

let dataDir: string
let first: ServerProcess
let second: ServerProcess
beforeAll(async () => {
  dataDir = temporaryDirectory()
  first = await spawnServer(dataDir)
  second = await spawnServer(dataDir)
})
afterAll(async () => {
  await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')])
  await rm(dataDir, { recursive: true })
})

/** Names of what the audit trail says was made, as often as it says so. */
const made = (event: string, member: string): unknown[] =>
  auditTrail(databaseIn(dataDir))
    .filter(({ eventName }) => eventName === event)
    .map(({ requestParameters }) => (requestParameters as Record<string, unknown>)[member])

/** The secret; else the code of the refusal, or `broken` without an answer. */
const token = (client: Client, name: string): Promise<string> =>
  client.createToken({ body: { name, role: 'issuer' }, idempotencyKey: name }).then(
    ({ secret }) => secret,
    (error: unknown) => (error instanceof ChanceryApiError ? error.code : 'broken'),
  )
const user = (client: Client, name: string): Promise<string> =>
  client.createUser({ body: { name }, idempotencyKey: name }).then(
    ({ id }) => id,
    (error: unknown) => (error instanceof ChanceryApiError ? error.code : 'broken'),
  )

test('one key on two servers at once is one token and one user; one of the answers has the secret', async () => {
  for (let n = 0; n < 8; n++) {
    const name = `both${n}`
    const secrets = await Promise.all([first, second].map(({ admin }) => token(admin, name)))
    expect(secrets.filter((answer) => answer.startsWith('chy_'))).toHaveLength(1)
    expect(secrets).toContain('idempotency_done')
    const ids = await Promise.all([first, second].map(({ admin }) => user(admin, name)))
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).toMatch(/^AIDA/)
  }
  const names = Array.from({ length: 8 }, (_, n) => `both${n}`)
  expect(made('CreateToken', 'name').filter((name) => String(name).startsWith('both'))).toEqual(names)
  expect(made('CreateUser', 'userName')).toEqual(names)
})

test('kill -9 while things are made: the same keys afterwards make each of them once', async () => {
  const names = Array.from({ length: 60 }, (_, n) => `killed${n}`)
  const { admin } = first
  let answered = 0
  const counting = (work: Promise<string>) => work.finally(() => answered++)
  const calls = names.flatMap((name) => [counting(token(admin, name)), counting(user(admin, name))])
  await expect.poll(() => answered, { interval: 5 }).toBeGreaterThan(10)
  await first.end('SIGKILL')
  const before = await Promise.all(calls)
  expect(before).toContain('broken')
  first = await spawnServer(dataDir)
  const secrets = await Promise.all(names.map((name) => token(first.admin, name)))
  const ids = await Promise.all(names.map((name) => user(second.admin, name)))
  for (const [n, answer] of secrets.entries()) {
    const earlier = before[2 * n] as string
    // Whoever was answered has the secret; who wasn't gets it now, or is told which token it was.
    if (earlier.startsWith('chy_')) expect(answer).toBe('idempotency_done')
    else expect(answer).toMatch(/^chy_|^idempotency_done$/)
    if (before[2 * n + 1] !== 'broken') expect(ids[n]).toBe(before[2 * n + 1])
  }
  const ours = (all: unknown[]): string[] =>
    all
      .map(String)
      .filter((name) => name.startsWith('killed'))
      .sort()
  expect(ours(made('CreateToken', 'name'))).toEqual([...names].sort())
  expect(ours(made('CreateUser', 'userName'))).toEqual([...names].sort())
})
