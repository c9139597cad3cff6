/** 200,000 managed certificates, 20,000 of them due at once: how fast they are found and renewed, beside issuing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { managedReads } from '../../src/adapters/prisma/reads/managed.ts'
import { benchArguments } from './support/arguments.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { checkInvariants, marksOf, settled } from './support/invariants.ts'
import { warmUp } from './support/issuance.ts'
import { CONNECTIONS, loadWindow, median, type Window } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { addManaged, makeDue } from './support/managed-seed.ts'
import { printResult } from './support/result.ts'
import { aToken, startServerProcess } from './support/server-process.ts'
import { addWrappedKeys } from './support/wrapped-keys.ts'

const SHARE_OF_SATURATION = 1 / 3

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const dataDir = join(bench.folder, 'data')
const token = aToken()
const due = given.smoke ? 200 : 20_000
const all = given.smoke ? 1000 : 200_000
const rsa = given.smoke ? 10 : 500
await (await startServerProcess({ dataDir, token })).stop()
await addWrappedKeys(dataDir, 1)
const database = join(dataDir, 'chancery.db')
const keyId = 'bench-0000000'
addManaged(database, {
  count: all - 2 * due - rsa,
  kind: 'private',
  keyAlgorithm: 'EC_secp384r1',
  renewalKey: 'new',
  keyId,
})
addManaged(database, {
  count: 2 * due,
  kind: 'private',
  keyAlgorithm: 'EC_prime256v1',
  renewalKey: 'new',
  keyId,
})
addManaged(database, { count: rsa, kind: 'private', keyAlgorithm: 'RSA_2048', renewalKey: 'new', keyId })

const server = await startServerProcess({ dataDir, token, ...given })
const bodies = await bench.bodies('renew', csrBodies())
const marks = marksOf(database)
let { answers, unread } = await warmUp(server, bodies, given.smoke)
const saturated = await loadWindow(server, bodies, given.smoke ? 1 : given.seconds, answers)
answers += saturated.answers
unread += CONNECTIONS
const offered = saturated.rate * SHARE_OF_SATURATION
const think = (CONNECTIONS / offered) * 1000

async function aWindow(): Promise<Window> {
  const window = await loadWindow(server, bodies, given.smoke ? 1 : given.seconds, answers, think)
  answers += window.answers
  unread += CONNECTIONS
  return window
}

const reading = new Database(database, { readonly: true })
const renewed = reading
  .prepare('SELECT count(*) FROM ManagedCertificate WHERE keyAlgorithm = ? AND currentVersion = 2')
  .pluck()
const countOf = (algorithm: string): number => renewed.get(algorithm) as number

/** Until as many are renewed; the rate from the first one on. */
async function renewedUntil(algorithm: string, count: number): Promise<number> {
  const from = countOf(algorithm)
  let first: number | undefined
  for (;;) {
    const done = countOf(algorithm)
    if (done > from) first ??= performance.now()
    if (done >= count) return (done - from) / ((performance.now() - (first ?? 0)) / 1000)
    await sleep(50)
  }
}

// Alone.
makeDue(database, 'EC_prime256v1', 'new', due)
const searching = performance.now()
const found = await managedReads(reading).managed.due(Date.now(), due)
const findMilliseconds = performance.now() - searching
const alone = await renewedUntil('EC_prime256v1', due)
makeDue(database, 'RSA_2048', 'new', rsa)
const rsaRate = await renewedUntil('RSA_2048', rsa)
// Beside callers.
const before: Window[] = []
for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++) before.push(await aWindow())
makeDue(database, 'EC_prime256v1', 'new', due)
const besideRate = renewedUntil('EC_prime256v1', 2 * due)
const beside: Window[] = []
while (countOf('EC_prime256v1') < 2 * due) beside.push(await aWindow())
// The last window went on without renewals.
if (beside.length > 1) beside.pop()
const besideSpeed = await besideRate
const memoryMiB = Math.round(server.memory() / 1024 / 1024)
const after: Window[] = []
for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++) after.push(await aWindow())
reading.close()
await settled(database)
await server.stop()
const checked = await checkInvariants(database, marks, answers + 2 * due + rsa, unread)
const without = median([...before, ...after].map((each) => each.p99))
const p99Beside = median(beside.map((each) => each.p99))
printResult(
  {
    name: 'renew',
    value: Math.round(alone),
    unit: 'renewals/s',
    target: 500,
    managed: all,
    due,
    found: found.length,
    findMilliseconds: rounded(findMilliseconds),
    findReached: findMilliseconds < 1000,
    beside: Math.round(besideSpeed),
    rsa2048: rounded(rsaRate),
    p99: { without: rounded(without), beside: rounded(p99Beside) },
    p99Ratio: rounded(p99Beside / without, 2),
    p99Reached: p99Beside < 2 * without,
    offered: Math.round(offered),
    memoryMiB,
    windows: { before, beside, after },
    checked,
    machine,
  },
  'more',
  given.smoke,
)
