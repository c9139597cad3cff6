import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openReadable, openWritable } from '../../../src/adapters/prisma/connection.ts'
import { preparingLate, unpeeked } from '../../../src/adapters/prisma/late-statements.ts'
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

/** Takes long to compile and no time to run. */
const LONG = `CASE WHEN 0 THEN 1 IN (${'1, '.repeat(5000)}1) END`

it.each([
  [
    'a join by a parameter',
    `SELECT b.x, ${LONG} FROM T a LEFT JOIN T b ON b.id = a.x AND b.x = a.id WHERE a.id = ?`,
  ],
  ['a limit', `SELECT x, ${LONG} FROM T WHERE id > ? ORDER BY id LIMIT ?`],
  [
    'named ones',
    `SELECT b.x, ${LONG} FROM T a LEFT JOIN T b ON b.id = a.x AND b.x = a.id WHERE a.id = @id LIMIT @most`,
  ],
])('compiles a statement once, whatever its parameters are bound to: %s', (_, sql) => {
  db.exec('CREATE TABLE T (id INTEGER PRIMARY KEY, x INTEGER)')
  db.exec('INSERT INTO T VALUES (1, 2), (2, 1)')
  const values = sql.includes('@') ? { id: 1, most: 5 } : sql.includes('LIMIT') ? [1, 5] : [1]
  const once = preparingLate(db).prepare(sql)
  const eachTime = db.prepare(sql)
  expect(once.get(values)).toEqual(eachTime.get(values))
  // Ten times less, the quickest of twenty each, though it is a hundred times in truth.
  expect(quickest(() => once.get(values))).toBeLessThan(quickest(() => eachTime.get(values)) / 10)
})

/** Milliseconds. */
const quickest = (work: () => unknown): number =>
  Math.min(
    ...Array.from({ length: 20 }, () => {
      const startedAt = performance.now()
      work()
      return performance.now() - startedAt
    }),
  )

it('keeps SQLite from planning by values, and touches nothing but parameters', () => {
  expect(unpeeked(`SELECT 'a?', "b?" FROM T WHERE a = ? AND b IN (?2, @now) LIMIT ?`)).toBe(
    `SELECT 'a?', "b?" FROM T WHERE a = +? AND b IN (+?2, +@now) LIMIT +?`,
  )
  // What a plus sign could do to a value, it doesn't in SQLite.
  const values = ['12', ' 1', '', 12, 1.5, null, Buffer.from([0, 1])]
  const kept = preparingLate(db)
    .prepare(`SELECT ${values.map(() => '?').join(', ')}`)
    .raw()
  expect(kept.get(...values)).toEqual(values)
})

it('all statements of the product fit the schema, which is what compiling them at once says', async () => {
  await using store = await aStore()
  const [readable, writable] = [openReadable(store.file), openWritable(store.file, false)]
  preparedReads(readable, generationRead(readable), () => undefined)
  expect(Object.keys(prepareStatements(writable, 'server-1').apply).length).toBeGreaterThan(100)
  readable.close()
  writable.close()
})
