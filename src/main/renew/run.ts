import type { RenewalServer } from '../../faces/cli/renewal.ts'
import type { Disk } from './disk.ts'
import type { Owners } from './owners.ts'

/** What a run works with. */
export type Run = {
  readonly server: RenewalServer
  readonly state: string
  readonly owners: Owners
  /** By the path of their file. */
  readonly passphrases: ReadonlyMap<string, string>
  readonly disk: Disk
  readonly environment: Readonly<NodeJS.ProcessEnv>
  readonly dryRun: boolean
  readonly force: boolean
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From 0 to below 1. */
  readonly random: () => number
}
