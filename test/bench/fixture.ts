/** `startChancery()` to the first certificate, and each further one, in fresh processes as test suites are. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { benchArguments } from './support/arguments.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'

const ROUNDS = 5
const MOST_FURTHER_MILLISECONDS = 5
type Round = { loaded: number; first: number; further: number; slowest: number }

const { smoke } = benchArguments()
const machine = machineFacts()
const rounds: Round[] = []
for (let round = 0; round < (smoke ? 1 : ROUNDS); round++) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'support/fixture-process.ts'),
  ])
  rounds.push(JSON.parse(stdout) as Round)
}
const further = rounded(median(rounds.map((round) => round.further)), 2)
printResult(
  {
    name: 'fixture',
    value: rounded(median(rounds.map(({ first }) => first))),
    unit: 'ms',
    target: 300,
    further,
    furtherReached: further < MOST_FURTHER_MILLISECONDS,
    rounds,
    machine,
  },
  'less',
  smoke,
)
