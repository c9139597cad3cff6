/** A revocation under a published CRL of a million entries, from the call until the next CRL is published and read back. */
import { benchArguments } from './support/arguments.ts'
import { aSceneIn, rounds } from './support/crl-scene.ts'
import { aBench } from './support/installation.ts'
import { median } from './support/load.ts'
import { machineFacts } from './support/machine.ts'
import { printResult } from './support/result.ts'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const figures = await rounds(await aSceneIn(bench.folder, given), 'complete', given)
const times = figures.flatMap(({ revocationMilliseconds }) => revocationMilliseconds)
printResult(
  {
    name: 'crl-add',
    value: Math.round(median(times)),
    unit: 'ms',
    target: 1000,
    slowest: Math.round(Math.max(...times)),
    entries: figures[0]?.entries,
    longestBlockMilliseconds: Math.max(...figures.map((each) => each.revocationBlockMilliseconds)),
    rounds: figures,
    machine,
  },
  'less',
  given.smoke,
)
