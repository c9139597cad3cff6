/** Certificates a second over plain HTTP: P-256 authority, P-256 CSRs as JSON, everything on, everything durable. */
import { join } from 'node:path'
import { benchArguments } from './support/arguments.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { checkInvariants, marksOf, settled } from './support/invariants.ts'
import { measureIssuance } from './support/issuance.ts'
import { machineFacts } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { measureStages } from './support/stages.ts'
import { startServerProcess } from './support/server-process.ts'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const lines = csrBodies()
const bodies = await bench.bodies('csrs', lines)
const server = await startServerProcess({ dataDir: join(bench.folder, 'data'), ...given })
const marks = marksOf(server.database)
const { rate, answers, unread, ...rest } = await measureIssuance(server, bodies, given)
await settled(server.database)
await server.stop()
const checked = await checkInvariants(server.database, marks, answers, unread)
const stageMicroseconds = await measureStages(server.database, lines, join(bench.folder, 'stages.db'))
printResult(
  {
    name: 'issue-http',
    value: rate,
    unit: 'certificates/s',
    target: 4500,
    floor: 3500,
    ...rest,
    stageMicroseconds,
    checked,
    machine,
  },
  'more',
  given.smoke,
)
