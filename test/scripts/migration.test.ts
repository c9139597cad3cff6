import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newMigration, unmigrated } from '../../scripts/migration.ts'

const SCHEMA = `generator client {
  provider        = "prisma-client"
  output          = "./generated"
  previewFeatures = ["partialIndexes"]
}

datasource db {
  provider = "sqlite"
}

model Thing {
  id    String  @id
  state String
  due   BigInt?

  @@index([due], where: raw("state = 'waiting'"), map: "thing_waiting")
}
`
const NOW = Date.UTC(2026, 10, 22, 1, 2, 3, 456)

let prisma = ''
const put = (file: string, text: string): void => {
  writeFileSync(join(prisma, file), text)
}

beforeEach(() => {
  prisma = mkdtempSync(join(tmpdir(), 'chancery-migration-'))
  put('schema.prisma', SCHEMA)
})

afterEach(() => {
  rmSync(prisma, { recursive: true, force: true })
})

describe('migrations without the native engine', () => {
  test('the first one makes the whole schema, partial indexes too, and then nothing is missing', async () => {
    expect(await unmigrated(prisma)).toContain('CREATE TABLE "Thing"')
    const file = await newMigration(prisma, 'init', NOW)
    expect(file).toBe(join(prisma, 'migrations/20261122010203_init/migration.sql'))
    expect(readFileSync(file ?? '', 'utf8')).toContain(`ON "Thing"("due") WHERE state = 'waiting'`)
    expect(readFileSync(join(prisma, 'migrations/migration_lock.toml'), 'utf8')).toContain(
      'provider = "sqlite"',
    )
    expect(await unmigrated(prisma)).toBeUndefined()
    expect(await newMigration(prisma, 'again', NOW + 1000)).toBeUndefined()
  })

  test('the next one has the difference only, and keeps to the order of names', async () => {
    await newMigration(prisma, 'init', NOW)
    put('schema.prisma', SCHEMA.replace('due   BigInt?', 'due   BigInt?\n  note  String?'))
    const file = await newMigration(prisma, 'notes', NOW + 60_000)
    expect(readFileSync(file ?? '', 'utf8').trim()).toBe(
      '-- AlterTable\nALTER TABLE "Thing" ADD COLUMN "note" TEXT;',
    )
    expect(await unmigrated(prisma)).toBeUndefined()
  })

  test.each([
    ['a column', 'due   BigInt?', 'due   BigInt'],
    ['a type', 'due   BigInt?', 'due   String?'],
    ['the predicate of a partial index', `state = 'waiting'`, `state = 'done'`],
    ['an index less', /\n {2}@@index.*/, ''],
    ['a table more', 'model Thing', 'model Other {\n  id String @id\n}\n\nmodel Thing'],
  ])('check sees %s', async (_what, from, to) => {
    await newMigration(prisma, 'init', NOW)
    put('schema.prisma', SCHEMA.replace(from, to))
    expect(await unmigrated(prisma)).toBeDefined()
  })

  test('check sees a migration changed by hand, and one that can’t be applied', async () => {
    const file = (await newMigration(prisma, 'init', NOW)) ?? ''
    const sql = readFileSync(file, 'utf8')
    writeFileSync(file, `${sql}\nALTER TABLE "Thing" ADD COLUMN "extra" TEXT;`)
    expect(await unmigrated(prisma)).toContain('Thing')
    writeFileSync(file, `${sql}\nCREATE TABLE;`)
    await expect(unmigrated(prisma)).rejects.toThrow('migration 20261122010203_init can’t be applied')
  })

  test.each(['', 'Add Things', '../x', 'a__b', 'x-y'])('%j is no name', async (name) => {
    await expect(newMigration(prisma, name, NOW)).rejects.toThrow('lower case words')
  })

  test('this checkout’s migrations make its schema', async () => {
    const own = join(import.meta.dirname, '../../prisma')
    cpSync(own, prisma, { recursive: true })
    expect(await unmigrated(prisma)).toBeUndefined()
  })
})
