/**
 * The writer: a thread that owns the only writable connection. Each message is one durable transaction; each member
 * of it runs in its own SAVEPOINT, so a member's failure rolls back only itself.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openWritable } from '../connection.ts'
import type { Batch, Outcome, WireWrite, WriterReply, WriterStart } from './protocol.ts'
import { Conflict } from './makers.ts'
import { prepareStatements } from './statements.ts'

const start = workerData as WriterStart
const port = parentPort
if (port === null) throw new Error('the writer runs as a worker thread')
const reply = (message: WriterReply): void => port.postMessage(message)

const db = openWritable(start.file, start.durable)
const { apply: writesByName, audit } = prepareStatements(db, start.serverId)
const begin = db.prepare('BEGIN IMMEDIATE')
const commit = db.prepare('COMMIT')
const rollback = db.prepare('ROLLBACK')
const savepoint = db.prepare('SAVEPOINT member')
const release = db.prepare('RELEASE member')
const undo = db.prepare('ROLLBACK TO member')
const walState = db.prepare('PRAGMA wal_checkpoint(NOOP)').raw()

let batches = 0
let walPages = 0
/** Size of the WAL, for the metric; looked up now and then, since the pragma costs as much as a small write. */
function countWalPages(): number {
  if (batches++ % 64 === 0) walPages = Math.max(0, (walState.get() as number[] | undefined)?.[1] ?? 0)
  return walPages
}

function runMember(writes: readonly WireWrite[]): Outcome {
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

function runBatch(batch: Batch): readonly Outcome[] {
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
}

port.on('message', (message: Batch | 'close') => {
  if (message === 'close') {
    db.close()
    port.close()
    return
  }
  const outcomes = runBatch(message)
  reply({ kind: 'done', outcomes, walPages: countWalPages() })
})
reply({ kind: 'ready' })
