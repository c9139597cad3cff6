/** A revocation in a shard with half of its certificates revoked, from the call until its CRL is published and read back. */
import { join } from 'node:path'
import { benchArguments } from './support/arguments.ts'
import { crlProcess, rounds } from './support/crl-scene.ts'
import { aBench } from './support/installation.ts'
import { median } from './support/load.ts'
import { machineFacts } from './support/machine.ts'
import { printResult } from './support/result.ts'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const dataDir = join(bench.folder, 'data')
await crlProcess(dataDir, 'make')
const figures = await rounds(dataDir, 'shard', given)
if (!figures.every(({ verifiedByOpenssl }) => verifiedByOpenssl)) throw new Error('openssl doesn’t verify it')
const times = figures.flatMap(({ revocationMilliseconds }) => revocationMilliseconds)
printResult(
  {
    name: 'crl-shard',
    value: Math.round(median(times)),
    unit: 'ms',
    target: 100,
    slowest: Math.round(Math.max(...times)),
    entries: figures[0]?.entries,
    longestBlockMilliseconds: Math.max(...figures.map((each) => each.revocationBlockMilliseconds)),
    rounds: figures,
    machine,
  },
  'less',
  given.smoke,
)
