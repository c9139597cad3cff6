/** A revocation in a shard with half of its certificates revoked, from the call until its CRL is published and read back. */
import { join } from 'node:path'
import { benchArguments } from './support/arguments.ts'
import { crlProcess, rounds } from './support/crl-scene.ts'
import { aBench } from './support/installation.ts'
import { machineFacts } from './support/machine.ts'
import { printRevocations } from './support/print-revocations.ts'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const dataDir = join(bench.folder, 'data')
await crlProcess(dataDir, 'make')
const figures = await rounds(dataDir, 'shard', given)
if (!figures.every(({ verifiedByOpenssl }) => verifiedByOpenssl)) throw new Error('openssl doesn’t verify it')
printRevocations('crl-shard', 100, figures, machine, given.smoke)
