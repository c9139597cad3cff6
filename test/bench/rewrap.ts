/** Rotation of the key-encryption key over 100,000 wrapped keys, and what it does to issuing at a fixed load beside it. */
import { join } from 'node:path'
import type { KmsJson } from '../../src/contract/index.ts'
import { benchArguments } from './support/arguments.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { checkInvariants, marksOf, settled } from './support/invariants.ts'
import { warmUp } from './support/issuance.ts'
import { CONNECTIONS, loadWindow, median, type Window } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { aToken, startServerProcess } from './support/server-process.ts'
import { addWrappedKeys, openEveryKey } from './support/wrapped-keys.ts'

const KEYS = 100_000
/** Of what the server did when it was asked for as much as it can. */
const SHARE_OF_SATURATION = 1 / 3

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const dataDir = join(bench.folder, 'data')
const keys = given.smoke ? 2000 : KEYS
const token = aToken()
await (await startServerProcess({ dataDir, token })).stop()
await addWrappedKeys(dataDir, keys)
const server = await startServerProcess({ dataDir, token, ...given })
const bodies = await bench.bodies('rewrap', csrBodies())
const marks = marksOf(server.database)
let { answers, unread } = await warmUp(server, bodies, given.smoke)
const saturated = await loadWindow(server, bodies, given.smoke ? 1 : given.seconds, answers)
count(saturated)
const offered = saturated.rate * SHARE_OF_SATURATION
const think = (CONNECTIONS / offered) * 1000

function count(window: Window): void {
  answers += window.answers
  unread += CONNECTIONS
}
async function aWindow(): Promise<Window> {
  const window = await loadWindow(server, bodies, given.smoke ? 1 : given.seconds, answers, think)
  count(window)
  return window
}
async function local(): Promise<KmsJson> {
  const { status, text } = await server.request('/v1/kms')
  const kms = (JSON.parse(text) as { items: KmsJson[] }).items[0]
  if (status !== 200 || kms === undefined) throw new Error(text)
  return kms
}
const several = async (): Promise<Window[]> => {
  const windows: Window[] = []
  for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++) windows.push(await aWindow())
  return windows
}

const before = await several()
const startedAt = Date.now()
const begun = await server.request('/v1/kms/rotations', {})
if (begun.status !== 201) throw new Error(begun.text)
const beside: Window[] = []
let state: KmsJson
do {
  beside.push(await aWindow())
  state = await local()
} while (state.rotation?.finishedAt === undefined)
const seconds = (Date.parse(state.rotation.finishedAt) - startedAt) / 1000
// The last window went on without it; a machine that has grown slower or faster meanwhile shows in those after it.
if (beside.length > 1) beside.pop()
const after = await several()
await settled(server.database)
await server.stop()
const checked = await checkInvariants(server.database, marks, answers, unread)
const versions = await openEveryKey(dataDir)
if (versions.size !== 1 || (versions.get(2) ?? 0) < keys)
  throw new Error(`keys by version: ${JSON.stringify([...versions])}`)
const p99 = {
  before: median(before.map((each) => each.p99)),
  beside: median(beside.map((each) => each.p99)),
  after: median(after.map((each) => each.p99)),
}
const without = median([...before, ...after].map((each) => each.p99))
printResult(
  {
    name: 'rewrap',
    value: rounded(seconds),
    unit: 's',
    target: 120,
    keys: state.rotation.total,
    keysPerSecond: Math.round(state.rotation.total / seconds),
    p99,
    p99Ratio: rounded(p99.beside / without, 2),
    p99Reached: p99.beside < 2 * without,
    offered: Math.round(offered),
    saturated: Math.round(saturated.rate),
    windows: { before, beside, after },
    opened: versions.get(2),
    checked,
    machine,
  },
  'less',
  given.smoke,
)
