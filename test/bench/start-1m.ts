/** From the spawn of the process to ready, and memory when idle: with nothing and with a million certificates. */
import { join } from 'node:path'
import { benchArguments } from './support/arguments.ts'
import { aBench } from './support/installation.ts'
import { median } from './support/load.ts'
import { machineFacts } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { aMillionCertificates } from './support/seed.ts'
import { startServerProcess, type ServerOptions } from './support/server-process.ts'

const ROUNDS = 5
/** After that long nothing of the start is left to be done. */
const IDLE_MILLISECONDS = 3000
const MOST_IDLE_MIB = 150

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()

async function started(options: ServerOptions): Promise<{ milliseconds: number; idleMiB: number }> {
  const server = await startServerProcess({ ...options, tls: 'on', nodeFlags: given.nodeFlags })
  await new Promise((resolve) => setTimeout(resolve, IDLE_MILLISECONDS))
  const idleMiB = Math.round(server.memory() / 2 ** 20)
  await server.stop()
  return { milliseconds: server.startMilliseconds, idleMiB }
}

const empty = { dataDir: join(bench.folder, 'data') }
const first = await started(empty)
const million = given.smoke ? empty : await aMillionCertificates()
const rounds: { empty: Awaited<ReturnType<typeof started>>; million: Awaited<ReturnType<typeof started>> }[] =
  []
for (let round = 0; round < (given.smoke ? 1 : ROUNDS); round++)
  rounds.push({ empty: await started(empty), million: await started(million) })
const of = (which: 'empty' | 'million') => ({
  milliseconds: median(rounds.map((round) => round[which].milliseconds)),
  idleMiB: Math.max(...rounds.map((round) => round[which].idleMiB)),
})
printResult(
  {
    name: 'start-1m',
    value: of('million').milliseconds,
    unit: 'ms',
    target: 1500,
    million: of('million'),
    empty: of('empty'),
    firstStart: first,
    idleReached: of('million').idleMiB < MOST_IDLE_MIB,
    rounds,
    machine,
  },
  'less',
  given.smoke,
)
