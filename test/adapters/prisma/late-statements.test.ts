import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openReadable, openWritable } from '../../../src/adapters/prisma/connection.ts'
import { preparingLate } from '../../../src/adapters/prisma/late-statements.ts'
import { generationRead } from '../../../src/adapters/prisma/reads/generation.ts'
import { preparedReads } from '../../../src/adapters/prisma/reads/prepared.ts'
import { prepareStatements } from '../../../src/adapters/prisma/writer/statements.ts'
import { aStore } from './rows.ts'

let db: Database.Database
beforeEach(() => {
  db = new Database(':memory:')
})
afterEach(() => void db.close())

it('compiles a statement when it is first used, and answers in the shape that was asked for', () => {
  const late = preparingLate(db)
  // Neither table nor grammar is looked at yet.
  const [rows, plucked, raw, nonsense] = [
    'SELECT a, b FROM T ORDER BY a',
    'SELECT b FROM T',
    'SELECT a, b FROM T',
    '?',
  ].map((sql) => late.prepare(sql))
  plucked?.pluck()
  raw?.raw()
  late.exec('CREATE TABLE T (a INTEGER, b TEXT)')
  const add = late.prepare('INSERT INTO T VALUES (?, ?)')
  expect(add.run(1, 'one').changes).toBe(1)
  expect(late.transaction(() => add.run(2, 'two').changes)()).toBe(1)
  expect(rows?.all()).toEqual([
    { a: 1, b: 'one' },
    { a: 2, b: 'two' },
  ])
  expect(plucked?.get()).toBe('one')
  expect([...(raw?.iterate() ?? [])]).toEqual([
    [1, 'one'],
    [2, 'two'],
  ])
  // Also when it has been used before.
  expect(rows?.pluck().all()).toEqual([1, 2])
  expect(rows?.raw().get()).toEqual([1, 'one'])
  expect(() => nonsense?.get()).toThrow('syntax error')
})

it('all statements of the product fit the schema, which is what compiling them at once says', async () => {
  await using store = await aStore()
  const [readable, writable] = [openReadable(store.file), openWritable(store.file, false)]
  preparedReads(readable, generationRead(readable), () => undefined)
  expect(Object.keys(prepareStatements(writable, 'server-1').apply).length).toBeGreaterThan(100)
  readable.close()
  writable.close()
})
