import Database from 'better-sqlite3'

/** Pages of 4 KiB after which a commit checkpoints the WAL: hot pages are written once instead of many times. */
const WAL_PAGES = 4000

/**
 * The writable connection: WAL, and FULL synchronous so that a commit is on the disk before it is answered.
 * `busy_timeout` is how long BEGIN IMMEDIATE waits for another process.
 * @param durable false only for databases that are thrown away with their process: a power cut may then damage them
 */
export function openWritable(file: string, durable = true): Database.Database {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`)
  db.pragma('busy_timeout = 5000')
  db.pragma(`wal_autocheckpoint = ${WAL_PAGES}`)
  // The leaves of indexes by random values don't fit in any size; and after a commit that split a page SQLite walks all of
  // the cache (pcache1Truncate), which took 7 % of the writer's time at 16 MB.
  db.pragma('cache_size = -8000')
  db.pragma('foreign_keys = ON')
  // What is deleted, a destroyed key above all, is overwritten where its page is written anyway.
  db.pragma('secure_delete = FAST')
  return db
}

/** A read-only connection; sees what is committed. */
export function openReadable(file: string): Database.Database {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  db.pragma('busy_timeout = 5000')
  db.pragma('cache_size = -8000')
  return db
}
