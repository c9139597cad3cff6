import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../../adapters/system/logger.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import { CliFailure } from '../../faces/cli/failure.ts'
import type { Ceremony, CeremonyOptions } from '../../faces/cli/world.ts'
import { keepServerLease } from '../../faces/jobs/jobs.ts'
import { compose, filesIn, type ComposeOptions } from '../compose.ts'
import type { Loaded } from '../config.ts'
import { carryOut, rehearse } from './ceremony.ts'
import { PlanError, readPlan, type LoadedPlan } from './plan.ts'
import { emptyDirectory, signTranscript, transcriptOf, writeOutputs } from './transcript.ts'

/** Digits of the hash at least: nobody shall carry a plan out by accident. */
const LEAST_DIGITS = 16

/**
 * Rehearses a plan, and carries it out when its hash is given: what is done is what was read.
 * @throws CliFailure 2 for a wrong plan, hash or directory; ChanceryError as the authorities' creation
 */
export async function holdCeremony({ config }: Loaded, options: CeremonyOptions): Promise<Ceremony> {
  const loaded = planFrom(options.plan)
  checkHash(loaded, options.execute)
  if (options.execute !== undefined)
    await emptyDirectory(options.directory).catch((error: unknown) => {
      throw new CliFailure(2, `--out: ${error instanceof Error ? error.message : String(error)}`, [], error)
    })
  // A rehearsal leaves no trace: where there is no installation yet, one for the moment answers for it.
  const fresh = options.execute === undefined && !existsSync(filesIn(config.dataDir).database)
  const dataDir = fresh ? await mkdtemp(join(tmpdir(), 'chancery-ceremony-')) : config.dataDir
  try {
    return await held(config, loaded, { ...options, dataDir })
  } finally {
    if (fresh) await rm(dataDir, { recursive: true, force: true })
  }
}

async function held(
  config: Loaded['config'],
  loaded: LoadedPlan,
  options: CeremonyOptions & { readonly dataDir: string },
): Promise<Ceremony> {
  const logger = createLogger({ level: 'error', destination: process.stderr })
  const composing: ComposeOptions = {
    dataDir: options.dataDir,
    mode: config.mode,
    logger,
    publicUrl: config.publicUrl,
    kms: config.kms,
    globalRegion: config.globalRegion,
    regions: config.regions,
  }
  const real = await compose(composing)
  try {
    const rehearsal = await rehearse(real, loaded, composing)
    const { title } = loaded.plan
    if (options.execute === undefined)
      return { title, planSha256: loaded.sha256, steps: rehearsal.steps, files: [] }
    // What it signs is its own: a server that runs beside it must not take it for dead.
    await keepServerLease(real.ports)
    const startedAt = systemClock.now()
    const steps = await carryOut(real, loaded.plan, options.told)
    const signed = await signTranscript(real, await transcriptOf(real, loaded, steps, startedAt))
    const files = await writeOutputs(options.directory, signed, steps)
    return { title, planSha256: loaded.sha256, steps, files }
  } finally {
    const { serverId } = real.ports.settings
    await real.ports.store.transact((writes) => [writes.leases.release(`server/${serverId}`, serverId)])
    await real.close()
    await logger.flush()
  }
}

function planFrom(path: string): LoadedPlan {
  try {
    return readPlan(path)
  } catch (error) {
    if (error instanceof PlanError) throw new CliFailure(2, error.message, error.problems, error)
    throw error
  }
}

function checkHash({ sha256 }: LoadedPlan, execute: string | undefined): void {
  if (execute === undefined) return
  const given = execute.toLowerCase()
  if (given.length >= LEAST_DIGITS && sha256.startsWith(given)) return
  throw new CliFailure(
    2,
    `--execute: the plan’s SHA-256 is ${sha256}; give at least its first ${LEAST_DIGITS} digits, as everybody present read them`,
  )
}
