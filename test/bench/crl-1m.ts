/** A complete CRL of a million entries, from the rows of the revocations until it is published and read back. */
import { benchArguments } from './support/arguments.ts'
import { aSceneIn, rounds } from './support/crl-scene.ts'
import { aBench } from './support/installation.ts'
import { median } from './support/load.ts'
import { machineFacts } from './support/machine.ts'
import { printResult } from './support/result.ts'

const MOST_MIB = 400

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const figures = await rounds(await aSceneIn(bench.folder, given), 'complete', given)
if (!figures.every(({ verifiedByOpenssl }) => verifiedByOpenssl)) throw new Error('openssl doesn’t verify it')
const memoryMiB = Math.max(...figures.map((each) => each.memoryMiB))
printResult(
  {
    name: 'crl-1m',
    value: Math.round(median(figures.map(({ firstMilliseconds }) => firstMilliseconds))),
    unit: 'ms',
    target: 3000,
    entries: figures[0]?.entries,
    memoryMiB,
    memoryReached: memoryMiB <= MOST_MIB,
    longestBlockMilliseconds: Math.max(...figures.map((each) => each.longestBlockMilliseconds)),
    rounds: figures,
    machine,
  },
  'less',
  given.smoke,
)
