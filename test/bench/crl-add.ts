/** A revocation under a published CRL of a million entries, from the call until the next CRL is published and read back. */
import { benchArguments } from './support/arguments.ts'
import { aSceneIn, rounds } from './support/crl-scene.ts'
import { aBench } from './support/installation.ts'
import { machineFacts } from './support/machine.ts'
import { printRevocations } from './support/print-revocations.ts'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const figures = await rounds(await aSceneIn(bench.folder, given), 'complete', given)
printRevocations('crl-add', 1000, figures, machine, given.smoke)
