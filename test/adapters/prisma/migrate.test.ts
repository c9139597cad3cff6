import Database from 'better-sqlite3'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWritable } from '../../../src/adapters/prisma/connection.ts'
import { migrate } from '../../../src/adapters/prisma/migrate.ts'

let directory: string
let file: string
let migrations: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-migrate-'))
  file = join(directory, 'chancery.db')
  migrations = join(directory, 'migrations')
  cpSync('prisma/migrations', migrations, { recursive: true })
})
afterEach(() => rmSync(directory, { recursive: true }))

function addMigration(name: string, sql: string): void {
  mkdirSync(join(migrations, name))
  writeFileSync(join(migrations, name, 'migration.sql'), sql)
}

const names = (): string[] => readdirSync(migrations).filter((name) => !name.includes('.'))

describe('migrate', () => {
  it('makes a new database, once', () => {
    expect(migrate(file, 0, migrations)).toEqual({ applied: names(), backup: undefined })
    expect(migrate(file, 0, migrations)).toEqual({ applied: [], backup: undefined })
  })

  it('lets nobody else read it, nor what SQLite puts beside it', () => {
    migrate(file, 0, migrations)
    const db = openWritable(file)
    db.exec('CREATE TABLE "T" ("id" INTEGER)')
    for (const name of ['chancery.db', 'chancery.db-wal', 'chancery.db-shm'])
      expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600)
    db.close()
  })

  it('copies an existing database before it changes it', () => {
    migrate(file, 0, migrations)
    addMigration('29990101000000_more', 'CREATE TABLE "More" ("id" INTEGER PRIMARY KEY);')
    const { applied, backup } = migrate(file, 0, migrations)
    expect(applied).toEqual(['29990101000000_more'])
    const old = new Database(backup, { readonly: true })
    expect(old.prepare("SELECT 1 FROM sqlite_master WHERE name = 'More'").get()).toBeUndefined()
    old.close()
  })

  it('leaves everything as it was when a migration fails half-way', () => {
    migrate(file, 0, migrations)
    addMigration(
      '29990101000000_bad',
      'CREATE TABLE "Half" ("id" INTEGER PRIMARY KEY); INSERT INTO "Nowhere" VALUES (1);',
    )
    expect(() => migrate(file, 0, migrations)).toThrow(/Nowhere/)
    const db = new Database(file, { readonly: true })
    expect(db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'Half'").get()).toBeUndefined()
    db.close()
    rmSync(join(migrations, '29990101000000_bad'), { recursive: true })
    expect(migrate(file, 0, migrations).applied).toEqual([])
  })

  it('refuses a database of a newer version, and one whose history was rewritten', () => {
    addMigration('29990101000000_newer', 'CREATE TABLE "Newer" ("id" INTEGER PRIMARY KEY);')
    migrate(file, 0, migrations)
    expect(() => migrate(file, 0, 'prisma/migrations')).toThrow(/newer version/)
    writeFileSync(join(migrations, '29990101000000_newer', 'migration.sql'), '-- other')
    expect(() => migrate(file, 0, migrations)).toThrow(/another form/)
    expect(existsSync(file)).toBe(true)
  })
})
