import { createHash, randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { openWritable } from './connection.ts'

type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }

const DIRECTORY = join(import.meta.dirname, '../../../prisma/migrations')

/** Prisma's own table, so that Prisma's tools and ours agree about what was applied. */
const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`

function migrationsIn(directory: string): readonly Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}

export type MigrationReport = { readonly applied: readonly string[]; readonly backup: string | undefined }

/**
 * Brings the database to this version's schema. Each migration is one transaction; an existing database is copied to
 * `<file>.before-<migration>` first. Two servers starting at once don't collide: the second finds nothing to do.
 * @throws Error when the database is newer than this program, or a migration that was applied has changed since
 */
export function migrate(file: string, now: number, directory = DIRECTORY): MigrationReport {
  const existed = existsSync(file)
  // SQLite would make it readable by others; its WAL takes the mode of the database.
  if (!existed) closeSync(openSync(file, 'a', 0o600))
  const db = openWritable(file)
  try {
    const known = migrationsIn(directory)
    const first = pending(db, known)
    if (first.length === 0) return { applied: [], backup: undefined }
    let backup: string | undefined
    if (existed && first.length < known.length) {
      backup = `${file}.before-${(first[0] as Migration).name}`
      if (!existsSync(backup)) db.prepare('VACUUM INTO ?').run(backup)
    }
    // Tables are redefined by copying (RedefineTables), which foreign keys would object to; checked before COMMIT.
    db.pragma('foreign_keys = OFF')
    const applied = db
      .transaction(() => {
        const todo = pending(db, known)
        for (const migration of todo) apply(db, migration, now)
        if ((db.pragma('foreign_key_check') as unknown[]).length > 0)
          throw new Error('a migration left broken references; nothing was changed')
        return todo.map((migration) => migration.name)
      })
      .immediate()
    return { applied, backup }
  } finally {
    db.close()
  }
}

function pending(db: Database, known: readonly Migration[]): readonly Migration[] {
  db.exec(TABLE)
  const rows = db
    .prepare('SELECT migration_name AS name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL')
    .all() as { name: string; checksum: string }[]
  for (const row of rows) {
    const mine = known.find((migration) => migration.name === row.name)
    if (mine === undefined)
      throw new Error(
        `the database was made by a newer version (migration ${row.name}); this version can't open it`,
      )
    if (mine.checksum !== row.checksum)
      throw new Error(`migration ${row.name} was applied in another form than this version has`)
  }
  const done = new Set(rows.map((row) => row.name))
  return known.filter((migration) => !done.has(migration.name))
}

function apply(db: Database, migration: Migration, now: number): void {
  db.exec(migration.sql)
  db.prepare(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES (?, ?, ?, ?, ?, 1)`,
  ).run(randomUUID(), migration.checksum, migration.name, now, now)
}
