/** Certificates a second over TLS against plain HTTP: windows of the two alternate, on two servers of one run. */
import { join } from 'node:path'
import { benchArguments } from './support/arguments.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { compareIssuance } from './support/compare.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { startServerProcess } from './support/server-process.ts'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const bodies = await bench.bodies('csrs', csrBodies())
const http = await startServerProcess({ dataDir: join(bench.folder, 'http'), ...given })
const https = await startServerProcess({ dataDir: join(bench.folder, 'https'), ...given, tls: 'on' })
const { of, against, ratio } = await compareIssuance(https, http, bodies, given)
printResult(
  {
    name: 'issue-https',
    value: of.rate,
    unit: 'certificates/s',
    againstHttp: rounded(ratio, 2),
    ratioReached: ratio >= 0.75,
    https: of,
    http: against,
    machine,
  },
  'more',
  given.smoke,
)
