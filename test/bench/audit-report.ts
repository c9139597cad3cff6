/** An audit report of a million certificates: how long it takes alone, and what it does to issuing at a fixed load. */
import { createClient } from '../../src/contract/client.ts'
import { createNodeFetch } from '../../src/contract/node-fetch.ts'
import type { ReportJson } from '../../src/contract/index.ts'
import { benchArguments } from './support/arguments.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { warmUp } from './support/issuance.ts'
import { CONNECTIONS, loadWindow, median, type Window } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { checkedReport } from './support/report-check.ts'
import { printResult } from './support/result.ts'
import { aMillionCertificates, SEEDED } from './support/seed.ts'
import { startServerProcess } from './support/server-process.ts'

const TARGET_SECONDS = 20
const MOST_GROWTH_MIB = 200
/** Of what the server did when it was asked for as much as it can. */
const SHARE_OF_SATURATION = 1 / 3

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const million = await aMillionCertificates()
const server = await startServerProcess({ ...million, ...given })
const client = createClient({ url: server.url, token: server.token, fetch: createNodeFetch() })
const authority = await busiest()

async function busiest(): Promise<string> {
  const { items } = await client.listAuthorities()
  const issuing = items.find(({ kind }) => kind === 'subordinate')
  if (issuing === undefined) throw new Error('the million has no issuing authority')
  return issuing.id
}

type Made = { readonly report: ReportJson; readonly seconds: number; readonly memoryMiB: number }
/** From the request until it can be downloaded, the job's second of sleep included. */
async function made(format: 'CSV' | 'JSON'): Promise<Made> {
  const from = performance.now()
  const { id } = await client.createAuditReport({ params: { authority }, body: { format } })
  let memory = server.memory()
  for (;;) {
    const report = await client.describeAuditReport({ params: { authority, report: id } })
    memory = Math.max(memory, server.memory())
    const seconds = (performance.now() - from) / 1000
    if (report.status === 'SUCCESS') return { report, seconds, memoryMiB: Math.round(memory / 2 ** 20) }
    if (report.status === 'FAILED') throw new Error(report.failure)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
/** What it says is what the certificates say, by openssl; it is deleted afterwards. */
async function checked({ report }: Made): Promise<{ rows: number; sampled: number }> {
  const params = { authority, report: report.id }
  const result = await checkedReport(
    server.database,
    report,
    await client.download('readAuditReport', { params }),
  )
  if (result.rows < SEEDED) throw new Error(`only ${result.rows} rows`)
  await client.deleteAuditReport({ params })
  return result
}

const idleMiB = Math.round(server.memory() / 2 ** 20)
const alone: { csv: Made; json: Made }[] = []
let sample = { rows: 0, sampled: 0 }
for (let round = 0; round < (given.smoke ? 1 : given.windows); round++) {
  const csv = await made('CSV')
  sample = await checked(csv)
  const json = await made('JSON')
  await checked(json)
  alone.push({ csv, json })
}

const bodies = await bench.bodies('audit-report', csrBodies())
let { answers } = await warmUp(server, bodies, given.smoke)
const saturated = await loadWindow(server, bodies, given.smoke ? 1 : given.seconds, answers)
answers += saturated.answers
const offered = saturated.rate * SHARE_OF_SATURATION
async function aWindow(): Promise<Window> {
  const seconds = given.smoke ? 1 : given.seconds
  const window = await loadWindow(server, bodies, seconds, answers, (CONNECTIONS / offered) * 1000)
  answers += window.answers
  return window
}
const several = async (): Promise<Window[]> => {
  const windows: Window[] = []
  for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++) windows.push(await aWindow())
  return windows
}
const before = await several()
const underLoad: Made[] = []
const beside: Window[] = []
for (let round = 0; round < (given.smoke ? 1 : given.windows); round++) {
  let busy = true
  const making = made('CSV').finally(() => (busy = false))
  while (busy) {
    const window = await aWindow()
    // One that went on without a report says nothing about it.
    if (busy || beside.length === 0) beside.push(window)
  }
  underLoad.push(await making)
  await checked(await making)
}
const after = await several()
await server.stop()
const without = median([...before, ...after].map((each) => each.p99))
const p99 = median(beside.map((each) => each.p99))
const mostMiB = Math.max(...alone.flatMap(({ csv, json }) => [csv.memoryMiB, json.memoryMiB]))
printResult(
  {
    name: 'audit-report',
    value: rounded(median(alone.map(({ csv }) => csv.seconds))),
    unit: 's (CSV)',
    target: TARGET_SECONDS,
    certificates: sample.rows,
    checkedByOpenssl: sample.sampled,
    json: rounded(median(alone.map(({ json }) => json.seconds))),
    besideIssuing: rounded(median(underLoad.map(({ seconds }) => seconds))),
    octets: alone.map(({ csv, json }) => [csv.report.size, json.report.size])[0],
    memoryMiB: { idle: idleMiB, most: mostMiB },
    memoryReached: mostMiB - idleMiB < MOST_GROWTH_MIB,
    p99: { without: rounded(without), beside: rounded(p99) },
    p99Ratio: rounded(p99 / without, 2),
    offered: Math.round(offered),
    saturated: Math.round(saturated.rate),
    machine,
  },
  'less',
  given.smoke,
)
