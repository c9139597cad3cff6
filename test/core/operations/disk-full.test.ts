import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { batchesOn } from '../../../src/adapters/prisma/writer/batches.ts'
import { settle } from '../../../src/adapters/prisma/group-commit.ts'
import { createWrites } from '../../../src/adapters/prisma/writes.ts'
import { wireOf } from '../../../src/adapters/prisma/wire-values.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import type { Store } from '../../../src/core/ports/store.ts'
import { aLeaf, idOf, testPorts } from './ports.ts'
import { recordedSerials } from './database.ts'

test('a full disk refuses, loses nothing that was answered, and ends', async () => {
  await using given = await testPorts()
  // The product's own writer, on a connection that may not grow the file.
  const db = new Database(given.database)
  const batches = batchesOn(db, 'test')
  const writes = createWrites(() => given.clock.now())
  const store: Store = {
    ...given.ports.store,
    transact: (build) =>
      new Promise((resolve, reject) => {
        const [outcome] = batches.run({ members: [build(writes).map(wireOf)] })
        settle({ resolve, reject }, outcome)
      }),
  }
  const ports: Ports = { ...given.ports, store }
  const pages = db.pragma('page_count', { simple: true }) as number
  db.pragma(`max_page_count = ${pages + 12}`)
  const answered: string[] = []
  let full = 0
  for (let i = 0; i < 200 && full < 3; i++)
    await aLeaf(ports, given.admin).then(
      ({ certificate }) => answered.push(idOf(certificate)),
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'unavailable' })
        full++
      },
    )
  expect(full).toBe(3)
  expect(answered.length).toBeGreaterThan(0)
  for (const id of answered)
    expect(recordedSerials(given.database).get(id.split('.')[1] as string), id).toBe(1)
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  db.pragma('max_page_count = 1000000')
  expect((await aLeaf(ports, given.admin)).certificate.state).toBe('issued')
  db.close()
})
