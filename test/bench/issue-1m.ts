/** Certificates a second with a million in the database, against an empty one; windows of the two alternate. */
import { join } from 'node:path'
import { benchArguments } from './support/arguments.ts'
import { compareIssuance } from './support/compare.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { aMillionCertificates } from './support/seed.ts'
import { startServerProcess } from './support/server-process.ts'

const MOST_MEMORY_MIB = 300
const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const bodies = await bench.bodies('csrs', csrBodies())
const million = await aMillionCertificates()
const empty = await startServerProcess({ dataDir: join(bench.folder, 'empty'), ...given })
const full = await startServerProcess({ ...million, ...given })
const { of, against, ratio } = await compareIssuance(full, empty, bodies, given)
printResult(
  {
    name: 'issue-1m',
    value: of.rate,
    unit: 'certificates/s',
    againstEmpty: rounded(ratio, 2),
    ratioReached: ratio >= 0.85,
    memoryReached: of.memoryMiB < MOST_MEMORY_MIB,
    million: of,
    empty: against,
    machine,
  },
  'more',
  given.smoke,
)
