import { access, constants, mkdir } from 'node:fs/promises'
import { CliFailure } from '../../faces/cli/failure.ts'
import type { RenewalOptions, RenewalOutcome } from '../../faces/cli/renewal.ts'
import { RenewalConfigError } from './config-error.ts'
import type { Entry, RenewalConfig } from './config-schema.ts'
import { readRenewalConfig } from './config.ts'
import { disk, type Disk } from './disk.ts'
import { renewEntry } from './entry.ts'
import { journalsIn, recover } from './journal.ts'
import { lock, LockedError } from './lock.ts'
import { ownersOf, type Owners } from './owners.ts'
import { passphrasesOf } from './passphrases.ts'
import type { Run } from './run.ts'

export type Surroundings = Pick<Run, 'environment' | 'now' | 'random'> & { readonly disk?: Disk }

/**
 * Renews what is due on this host and deploys what isn't on its disk yet, certificate by certificate: one that fails
 * holds up no other. Begins by putting back what an interrupted run left half-done.
 * @throws CliFailure with exit code 2 for a wrong configuration, 1 when another run is at work
 */
export async function renewDue(
  options: RenewalOptions,
  surroundings: Surroundings,
): Promise<readonly RenewalOutcome[]> {
  const { config, owners, passphrases } = settings(options.config)
  const server = await options.connect(config.server)
  const { dryRun, force } = options
  const run: Run = { disk, ...surroundings, server, state: config.state, owners, passphrases, dryRun, force }
  if (dryRun) {
    const journals = await journalsIn(config.state)
    if (journals.length > 0) options.note('An interrupted run would first be put right.')
    return outcomes(run, config.certificates, options)
  }
  const release = await locked(config.state)
  try {
    const undone = await recover(run.disk, config.state)
    if (undone > 0) options.note(`An interrupted run was put back: ${undone} of its deployments.`)
    return await outcomes(run, config.certificates, options)
  } finally {
    await release()
  }
}

function settings(path: string): { config: RenewalConfig; owners: Owners; passphrases: Run['passphrases'] } {
  try {
    const config = readRenewalConfig(path)
    return { config, owners: ownersOf(path, config), passphrases: passphrasesOf(path, config) }
  } catch (error) {
    if (error instanceof RenewalConfigError) throw new CliFailure(2, error.message, error.problems, error)
    throw error
  }
}

async function outcomes(
  run: Run,
  entries: readonly Entry[],
  { told, explain }: RenewalOptions,
): Promise<readonly RenewalOutcome[]> {
  const done: RenewalOutcome[] = []
  for (const entry of entries) {
    const outcome = await renewEntry(run, entry).catch((error: unknown): RenewalOutcome => {
      const { certificate } = entry
      return { certificate, action: 'failed', reason: explain(error), renewed: false, files: [] }
    })
    told(outcome)
    done.push(outcome)
  }
  return done
}

async function locked(state: string): Promise<() => Promise<void>> {
  try {
    await mkdir(state, { recursive: true, mode: 0o700 })
    await access(state, constants.W_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliFailure(2, `state: ${state} can’t be used: ${reason}`, [], error)
  }
  try {
    return await lock(state)
  } catch (error) {
    if (error instanceof LockedError) throw new CliFailure(1, error.message, [], error)
    throw error
  }
}
