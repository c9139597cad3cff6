import Database from 'better-sqlite3'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crlReads } from '../../../src/adapters/prisma/reads/crls.ts'
import { completeScope, type CrlScope, type ShardId } from '../../../src/core/domain/crl-scopes.ts'
import type { CrlSegment } from '../../../src/core/domain/crl-segments.ts'
import { StoreConflict } from '../../../src/core/domain/errors.ts'
import type { PublishedCrl } from '../../../src/core/domain/published-crls.ts'
import { anAuthority, aStore, AUTHORITY, NOW, type TestStore } from './rows.ts'

const SCOPE = completeScope(AUTHORITY)
const conflict = (subject: string) => new StoreConflict('stale', subject)
const around = { head: Uint8Array.of(1), tail: Uint8Array.of(9) }
const crl = (number: bigint, more: Partial<PublishedCrl> = {}): PublishedCrl => ({
  scope: SCOPE,
  kind: 'complete',
  number,
  base: undefined,
  thisUpdate: NOW,
  nextUpdate: NOW + 1,
  length: 2,
  entries: 0,
  through: 0,
  withdrawnThrough: 0,
  ...more,
})
const segment = (first: number, last: number): Omit<CrlSegment, 'id'> => ({
  first,
  last,
  count: 1,
  length: 3,
  endsFirst: NOW,
})
const given = async (): Promise<TestStore> => {
  const store = await aStore()
  await store.transact((writes) => [writes.authorities.add(anAuthority())])
  return store
}
const octetsOf = async (store: TestStore, one: PublishedCrl): Promise<number[]> => {
  const all: number[] = []
  for await (const piece of store.reads.crls.octets(one)) all.push(...piece)
  return all
}

describe('numbers of CRLs', () => {
  it('never takes a number twice and never goes back', async () => {
    await using store = await given()
    const claim = (number: bigint) => store.transact((writes) => [writes.crls.claimNumber(SCOPE, number)])
    await claim(5n)
    await expect(claim(5n)).rejects.toEqual(conflict('crls.claimNumber'))
    await expect(claim(4n)).rejects.toEqual(conflict('crls.claimNumber'))
    expect(await store.reads.crls.lastNumber(SCOPE)).toBe(5n)
    await claim(1_900_000_000_000n)
    expect(await store.reads.crls.lastNumber(SCOPE)).toBe(1_900_000_000_000n)
  })

  it('counts for each shard by itself, and beyond what a restore demands', async () => {
    await using store = await given()
    const open = { name: 'one', authority: AUTHORITY, url: 'http://a.test/one.crl', createdAt: NOW }
    await store.transact((writes) => [writes.shards.open(open, undefined)])
    const shard: CrlScope = { authority: AUTHORITY, shard: 1 as ShardId }
    await store.transact((writes) => [writes.crls.claimNumber(shard, 7n)])
    expect(await store.reads.crls.lastNumber(SCOPE)).toBe(0n)
    await store.transact((writes) => [writes.crls.surpassInShards(100n)])
    expect(await store.reads.crls.lastNumber(shard)).toBe(100n)
    await store.transact((writes) => [writes.crls.surpassInShards(50n)])
    expect(await store.reads.crls.lastNumber(shard)).toBe(100n)
  })
})

describe('publishing', () => {
  const publish = (store: TestStore, one: PublishedCrl, basedOn?: bigint, dropped: CrlSegment[] = []) =>
    store.transact((writes) => [writes.crls.publish(one, around, basedOn, dropped)])

  it('goes on top of the CRL that it was made from, and never back', async () => {
    await using store = await given()
    await publish(store, crl(6n, { through: 3 }))
    for (const [one, basedOn] of [
      [crl(7n, { through: 3 }), undefined],
      [crl(7n, { through: 3 }), 5n],
      [crl(6n, { through: 3 }), 6n],
      [crl(5n, { through: 3 }), 6n],
      [crl(7n, { through: 2 }), 6n],
    ] as const)
      await expect(publish(store, one, basedOn)).rejects.toEqual(conflict('crls.publish'))
    await publish(store, crl(7n, { through: 3 }), 6n)
    expect((await store.reads.crls.latest(SCOPE, 'complete'))?.number).toBe(7n)
    const delta = crl(7n, { kind: 'delta', base: 6n, through: 3 })
    await store.transact((writes) => [writes.crls.publishDelta(delta, around)])
    expect(await store.reads.crls.numbered(SCOPE, 'delta', 7n)).toEqual(delta)
    await expect(
      store.transact((writes) => [writes.crls.publishDelta({ ...delta, number: 6n }, around)]),
    ).rejects.toEqual(conflict('crls.publish'))
  })

  it('shows segments with their CRL, not before, and keeps them for those that had them', async () => {
    await using store = await given()
    const keep = (number: bigint, first: number, octet: number) =>
      store.transact((writes) => [
        writes.crls.addSegment(SCOPE, number, segment(first, first), new Uint8Array(3).fill(octet)),
      ])
    await keep(1n, 1, 11)
    expect(await store.reads.crls.unpublished(SCOPE, 1n)).toHaveLength(1)
    const first = crl(1n, { length: 5 })
    await publish(store, first)
    const [old] = await store.reads.crls.segments(first)
    await keep(2n, 1, 22)
    expect(await octetsOf(store, first)).toEqual([1, 11, 11, 11, 9])
    await publish(store, crl(2n, { length: 5 }), 1n, [old as CrlSegment])
    expect(await octetsOf(store, first)).toEqual([1, 11, 11, 11, 9])
    expect(await octetsOf(store, crl(2n, { length: 5 }))).toEqual([1, 22, 22, 22, 9])
    await store.transact((writes) => [writes.crls.withdraw(crl(2n))])
    expect(await store.reads.crls.segments(first)).toEqual([old])
    await keep(3n, 2, 33)
    await store.transact((writes) => [writes.crls.discard(SCOPE, 3n)])
    expect(await store.reads.crls.unpublished(SCOPE, 3n)).toEqual([])
  })
})

describe('CRLs of before there were segments', () => {
  it('are published on, octet for octet', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'chancery-store-'))
    const file = join(directory, 'chancery.db')
    const earlier = readdirSync('prisma/migrations').filter(
      (name) => /^2/.test(name) && name < '20261127181000',
    )
    const db = new Database(file)
    for (const name of earlier) db.exec(readFileSync(`prisma/migrations/${name}/migration.sql`, 'utf8'))
    const add = db.prepare(
      'INSERT INTO Crl (authorityId, number, thisUpdate, nextUpdate, der, through) VALUES (?, ?, ?, ?, ?, ?)',
    )
    for (const number of [41, 42]) add.run(AUTHORITY, number, NOW, NOW + 1, Buffer.alloc(300_000, number), 17)
    db.exec(readFileSync('prisma/migrations/20261127181000_crls/migration.sql', 'utf8'))
    const later = readdirSync('prisma/migrations').filter(
      (name) => name > '20261127181000_crls' && /^2/.test(name),
    )
    for (const name of later) db.exec(readFileSync(`prisma/migrations/${name}/migration.sql`, 'utf8'))
    const { crls } = crlReads(db)
    const last = await crls.latest(SCOPE, 'complete')
    expect(last).toMatchObject({ number: 42n, length: 300_000, through: 17 })
    let octets = 0
    for await (const piece of crls.octets(last as PublishedCrl)) {
      expect(piece.length).toBeLessThanOrEqual(128 * 1024)
      expect(piece.every((octet) => octet === 42)).toBe(true)
      octets += piece.length
    }
    expect(octets).toBe(300_000)
    expect(await crls.segments(last as PublishedCrl)).toEqual([])
    db.close()
    rmSync(directory, { recursive: true })
  })
})
