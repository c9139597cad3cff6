import type { Database } from 'better-sqlite3'
import { preparingLate } from '../late-statements.ts'
import { Conflict } from './makers.ts'
import type { Batch, Outcome, WireWrite } from './protocol.ts'
import { prepareStatements } from './statements.ts'

export type Batches = {
  /** One transaction; each member in its own SAVEPOINT, so that a member's failure rolls back only itself. */
  run(batch: Batch): readonly Outcome[]
  /** Size of the write-ahead log, for the metric. */
  walPages(): number
}

/** Runs batches of writes on the one writable connection. */
export function batchesOn(db: Database, serverId: string): Batches {
  const { apply: writesByName, audit } = prepareStatements(preparingLate(db), serverId)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')
  const savepoint = db.prepare('SAVEPOINT member')
  const release = db.prepare('RELEASE member')
  const undo = db.prepare('ROLLBACK TO member')

  const runMember = (writes: readonly WireWrite[]): Outcome => {
    const head = audit.head()
    savepoint.run()
    try {
      for (const [name, ...values] of writes) {
        const apply = writesByName[name]
        if (apply === undefined) throw new Error(`no such write: ${name}`)
        apply(...values)
      }
      release.run()
      return null
    } catch (error) {
      // Disk full or an I/O error may have rolled back everything: then there is nothing to undo, and all fail.
      if (!db.inTransaction) throw error
      undo.run()
      release.run()
      audit.restore(head)
      return error instanceof Conflict
        ? { conflict: error.reason, subject: error.subject }
        : { failed: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    run: (batch) => {
      try {
        begin.run()
        audit.refresh()
        const outcomes = batch.members.map(runMember)
        commit.run()
        return outcomes
      } catch (error) {
        if (db.inTransaction) rollback.run()
        const failed = error instanceof Error ? error.message : String(error)
        return batch.members.map(() => ({ failed }))
      }
    },
    walPages: walCounter(db),
  }
}

/** Looked up now and then, since the pragma costs as much as a small write. */
function walCounter(db: Database): () => number {
  const state = db.prepare('PRAGMA wal_checkpoint(NOOP)').raw()
  let asked = 0
  let pages = 0
  return () => {
    if (asked++ % 64 === 0) pages = Math.max(0, (state.get() as number[] | undefined)?.[1] ?? 0)
    return pages
  }
}
