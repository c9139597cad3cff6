/** The simulated DNS on its port: answers a second over UDP, each held against what was put into the zone. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../scripts/free-port.ts'
import { createClient } from '../../src/contract/client.ts'
import { benchArguments } from './support/arguments.ts'
import { addressOf, nameOf, ZONE } from './support/dns-questions.ts'
import { aBench } from './support/installation.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { startServerProcess } from './support/server-process.ts'

const NAMES = 1000
/** In a row: each is a commit that shares its flush with those beside it. */
const AT_ONCE = 50
type Window = { rate: number; answers: number; lost: number; wrong: string[]; p50: number; p99: number }

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const port = await freePort()
const server = await startServerProcess({
  ...given,
  dataDir: join(bench.folder, 'data'),
  simulation: true,
  environment: { CHANCERY_DNS_PORT: String(port) },
})
const names = given.smoke ? 50 : NAMES
const client = createClient({ url: server.url, token: server.token })
await client.createZone({ body: { apex: ZONE } })
const params = { apex: ZONE }
for (let from = 0; from < names; from += AT_ONCE)
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, names - from) }, async (_, i) => {
      const name = nameOf(from + i)
      await client.putRecords({ params, body: { name, type: 'A', values: [addressOf(from + i)] } })
      await client.putRecords({
        params,
        body: { name: `alias${from + i}.${ZONE}`, type: 'CNAME', values: [name] },
      })
    }),
  )

async function aWindow(seconds: number): Promise<Window> {
  const program = join(import.meta.dirname, 'support/dns-load-process.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    ...[port, seconds * 1000, names].map(String),
  ])
  const window = JSON.parse(stdout) as Window
  if (window.wrong.length > 0) throw new Error(`wrong answers: ${window.wrong.join(', ')}`)
  if (window.lost > 0) throw new Error(`${window.lost} questions were not answered`)
  return window
}

// Until V8 has compiled it.
await aWindow(given.smoke ? 1 : 4)
const windows: Window[] = []
for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++)
  windows.push(await aWindow(given.smoke ? 1 : given.seconds))
const memoryMiB = Math.round(server.memory() / 2 ** 20)
await server.stop()
printResult(
  {
    name: 'dns',
    value: Math.round(median(windows.map((each) => each.rate))),
    unit: 'answers/s',
    target: 5000,
    answers: windows.reduce((sum, each) => sum + each.answers, 0),
    p50: rounded(median(windows.map((each) => each.p50)), 2),
    p99: rounded(median(windows.map((each) => each.p99)), 2),
    windows: windows.map((each) => Math.round(each.rate)),
    memoryMiB,
    machine,
  },
  'more',
  given.smoke,
)
