import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { benchArguments } from './arguments.ts'
import { aBench } from './installation.ts'
import { checkInvariants, marksOf, settled } from './invariants.ts'
import { measureIssuance } from './issuance.ts'
import { echoRate, REFERENCE_ECHOES } from './echo.ts'
import { machineFacts, rounded } from './machine.ts'
import { printResult } from './result.ts'
import { startServerProcess, type ServerProcess } from './server-process.ts'
import { measureStages } from './stages.ts'

export type IssuanceBench = {
  readonly name: string
  /** Certificates a second, as the issue has them. */
  readonly target?: number
  readonly floor?: number
  /** Bodies of POST /v1/certificates, cycled over; `server` is there for what must be made first. */
  readonly bodies: (server: ServerProcess) => Promise<readonly string[]> | readonly string[]
  /** Whether to measure the stages of an issuance one by one; for P-256 and CSRs only. */
  readonly stages?: boolean
}

/** One server on a fresh data directory, over plain HTTP; prints the result. */
export async function runIssuance({
  name,
  target,
  floor,
  bodies,
  stages = false,
}: IssuanceBench): Promise<void> {
  const given = benchArguments()
  await using bench = await aBench()
  const machine = machineFacts()
  if (given.profile !== undefined) await mkdir(given.profile, { recursive: true })
  const server = await startServerProcess({ dataDir: join(bench.folder, 'data'), ...given })
  const lines = await bodies(server)
  const file = await bench.bodies(name, lines)
  const marks = marksOf(server.database)
  const { rate, answers, unread, ...rest } = await measureIssuance(server, file, given)
  await settled(server.database)
  await server.stop()
  const echoes = await echoRate(file, given.smoke ? 1 : 4)
  const checked = await checkInvariants(server.database, marks, answers, unread)
  const stageMicroseconds = stages
    ? await measureStages(server.database, lines, join(bench.folder, 'stages.db'))
    : undefined
  const bounds = { ...(target === undefined ? {} : { target }), ...(floor === undefined ? {} : { floor }) }
  const result = {
    name,
    value: rate,
    unit: 'certificates/s',
    ...bounds,
    ...rest,
    // Against what the target's machine does: 4,500 of its 27,000 echoes are 0.167.
    echoesPerSecond: Math.round(echoes),
    shareOfEcho: rounded(rate / echoes, 3),
    ...(target === undefined ? {} : { targetShareOfEcho: rounded(target / REFERENCE_ECHOES, 3) }),
    stageMicroseconds,
    checked,
    machine,
  }
  printResult(result, 'more', given.smoke)
}
