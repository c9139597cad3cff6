import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { ReportRows } from '../../core/ports/report-store.ts'
import type { Store } from '../../core/ports/store.ts'
import { auditIndexOf, lazyIndexReader } from './audit-index/index-reader.ts'
import { openReadable } from './connection.ts'
import { GroupCommit, type GroupCommitStats } from './group-commit.ts'
import { preparingLate } from './late-statements.ts'
import { migrate, type MigrationReport } from './migrate.ts'
import { clientReads } from './reads/client.ts'
import { auditHashes } from './reads/audit.ts'
import { generationRead } from './reads/generation.ts'
import { preparedReads } from './reads/prepared.ts'
import { reportRows } from './reads/report-rows.ts'
import { throwawayCommits } from './throwaway-commits.ts'
import { createWrites } from './writes.ts'
import { wireOf } from './wire-values.ts'

export type StoreOptions = {
  /** Path of the database file; made if it isn't there. On a local disk: WAL needs shared memory. */
  readonly file: string
  /** This process, for leases on what it is signing. */
  readonly serverId: string
  readonly clock: SystemClock
  readonly onCommit?: (stats: GroupCommitStats) => void
  /** The name of each event that the audit trail has taken up. */
  readonly onAudit?: (name: string) => void
  /**
   * For databases that end with their process, as the fixture library's do: writes run on the caller's thread and no
   * commit waits for the disk, so that opening costs no thread. False when absent.
   */
  readonly throwaway?: boolean
}
/** Somebody who is to hear of every event before a change counts. */
export type AuditGate = {
  /** @throws when it couldn't be told: then nothing is written */
  admit(): void
  /** Resolves when it has been told of all that is committed. */
  caughtUp(): Promise<void>
}
export type OpenStore = Store & {
  readonly migrations: MigrationReport
  /** Whether writes can be taken; once false, only a new process helps. */
  writable(): boolean
  /** From now on changes that are audited wait for somebody besides the database. */
  gateAudit(by: AuditGate): void
  /** What stands in audit reports, for whoever makes them without a thread. */
  reportRows(): ReportRows
  close(): Promise<void>
}

/** Brings the schema up to date and opens the database: one writer thread, one read-only connection, Prisma on demand. */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  refuseNetworkFileSystem(dirname(options.file))
  const migrations = migrate(options.file, options.clock.now())
  const commits = await commitsTo(options)
  const readable = preparingLate(openReadable(options.file))
  const index = lazyIndexReader(auditIndexOf(options.file), auditHashes(readable))
  const generation = generationRead(readable)
  const prepared = preparedReads(readable, generation, index.get)
  const client = clientReads(options.file)
  const writes = createWrites(() => options.clock.now())
  let gate: AuditGate | undefined
  return {
    migrations,
    reads: {
      ...prepared,
      accounts: client.accounts,
      tokens: { ...prepared.tokens, ...client.tokens },
      authorities: { ...prepared.authorities, ...client.authorities },
    },
    transact: async (build) => {
      const wire = build(writes).map(wireOf)
      const audited = wire.filter(([name]) => name === AUDIT)
      if (audited.length > 0) gate?.admit()
      try {
        await commits.run(wire)
      } finally {
        // Also when it failed: the disk may have it all the same.
        generation.forget()
      }
      for (const each of audited) options.onAudit?.(each[AUDIT_NAME] as string)
      if (audited.length > 0) await gate?.caughtUp()
    },
    refresh: generation.forget,
    gateAudit: (by) => (gate = by),
    writable: () => commits.writable(),
    reportRows: () => reportRows(readable),
    close: async () => {
      // The writer last: only the last connection moves the WAL into the database file, and a read-only one can't.
      // Whoever copies that one file after a clean stop has everything.
      await client.close()
      index.close()
      readable.close()
      await commits.close()
    },
  }
}

/** In `audit.append`, the place of the event's name. */
const AUDIT = 'audit.append'
const AUDIT_NAME = 3

type Commits = Pick<GroupCommit, 'run' | 'close' | 'writable'>

async function commitsTo({ file, serverId, onCommit = () => {}, throwaway }: StoreOptions): Promise<Commits> {
  if (throwaway === true) return throwawayCommits(file, serverId)
  const commits = new GroupCommit({ file, serverId }, onCommit)
  await commits.ready()
  return commits
}

/** Magic numbers of statfs(2) for file systems whose locks and shared memory SQLite's WAL can't rely on. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
])

/** @throws Error naming the directory and the cure */
function refuseNetworkFileSystem(directory: string): void {
  const kind = NETWORK_FILE_SYSTEMS.get(statfsSync(directory).type)
  if (kind === undefined) return
  throw new Error(
    `${directory} is on a network file system (${kind}); the database needs a local disk. Set CHANCERY_DATA_DIR to one.`,
  )
}
