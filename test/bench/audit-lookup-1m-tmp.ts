/** Looking events up among ten million by each indexed field, cold pages of the process's own cache included. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openStore } from '../../src/adapters/prisma/store.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import type { AccountId, Region } from '../../src/core/domain/ids.ts'
import type { AuditFilter } from '../../src/core/ports/audit-store.ts'
import { benchArguments } from './support/arguments.ts'
import {
  aTrailOf,
  certificateArn,
  trailAccount,
  trailEvent,
  TRAIL_REGION,
  TRAIL_START,
} from './support/audit-seed.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'

const TARGET_MS = 20
const { smoke } = benchArguments()
const EVENTS = smoke ? 20_000 : 1_000_000
const ASKED = smoke ? 20 : 300

const machine = machineFacts()
const trail = await aTrailOf(EVENTS, true)
const store = await openStore({ file: trail.database, serverId: 'bench', clock: systemClock })
const region = TRAIL_REGION as Region
const placeOf = (n: number) => ({ account: trailAccount(n) as AccountId, region })
/** Some event, anywhere; by a fixed stride, so that two runs ask the same. */
const some = (turn: number): number => (turn * 7_368_787 + 13) % EVENTS

const questions: Readonly<Record<string, (turn: number) => AuditFilter>> = {
  account: (turn) => ({ place: placeOf(some(turn)) }),
  time: (turn) => {
    const since = TRAIL_START + some(turn) * 50
    return { place: placeOf(some(turn)), since, until: since + 3_600_000 }
  },
  principal: (turn) => ({ place: placeOf(some(turn)), principal: trailEvent(some(turn)).principal }),
  resource: (turn) => ({ place: placeOf(some(turn)), resource: certificateArn(some(turn)) }),
  'resource, all accounts': (turn) => ({ place: undefined, resource: certificateArn(some(turn)) }),
  name: (turn) => ({ place: placeOf(some(turn)), name: trailEvent(some(turn)).name }),
  'rare name': () => ({ place: undefined, name: 'ExportCertificate' }),
  'name that never was': (turn) => ({ place: placeOf(some(turn)), name: 'DeleteEverything' }),
  'principal, name and time': (turn) => ({
    place: placeOf(some(turn)),
    principal: trailEvent(some(turn)).principal,
    name: trailEvent(some(turn)).name,
    until: TRAIL_START + some(turn) * 50 + 1,
  }),
}

type Measured = { readonly median: number; readonly p99: number; readonly found: number }
async function measured(question: (turn: number) => AuditFilter): Promise<Measured> {
  const times: number[] = []
  let found = 0
  for (let turn = 0; turn < ASKED; turn++) {
    const filter = question(turn)
    const from = performance.now()
    const { items } = await store.reads.audit.find(filter, { limit: 50, after: undefined })
    times.push(performance.now() - from)
    found += items.length
  }
  times.sort((a, b) => a - b)
  return { median: rounded(median(times), 2), p99: rounded(times[Math.floor(ASKED * 0.99)] ?? 0, 2), found }
}

const results: Record<string, Measured> = {}
for (const [name, question] of Object.entries(questions)) results[name] = await measured(question)
await store.close()
for (const name of ['resource', 'resource, all accounts'])
  if (results[name]?.found !== ASKED) throw new Error(`${name}: found ${results[name]?.found} of ${ASKED}`)
if ((results['name that never was']?.found ?? 1) !== 0) throw new Error('something was found that never was')
const octets = (name: string): number => statSync(join(trail.folder, name)).size
printResult(
  {
    name: 'audit-lookup',
    value: Math.max(...Object.values(results).map((each) => each.p99)),
    unit: 'ms (worst field, p99)',
    target: TARGET_MS,
    events: EVENTS,
    fields: results,
    index: {
      mebibytes: Math.round(octets('audit-index.db') / 2 ** 20),
      ofDatabase: rounded(octets('audit-index.db') / octets('chancery.db'), 3),
      seconds: trail.indexSeconds === undefined ? 'built before' : rounded(trail.indexSeconds),
    },
    machine,
  },
  'less',
  smoke,
)
