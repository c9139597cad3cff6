import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settle } from '../../../../src/adapters/prisma/group-commit.ts'
import { batchesOn } from '../../../../src/adapters/prisma/writer/batches.ts'
import { createWrites } from '../../../../src/adapters/prisma/writes.ts'
import { wireOf } from '../../../../src/adapters/prisma/wire-values.ts'
import { SEGMENT_ENTRIES } from '../../../../src/core/domain/crl-segments.ts'
import { DAY } from '../../../../src/core/domain/time.ts'
import { publishCrl } from '../../../../src/core/operations/revocation/publish-crl.ts'
import {
  publishDueCrls,
  publishFirstCrls,
} from '../../../../src/core/operations/revocation/publish-due-crls.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import type { Store } from '../../../../src/core/ports/store.ts'
import { auditTrail, rowsOf } from '../database.ts'
import { failing } from '../failing-store.ts'
import { advance, secondServer } from '../ports.ts'
import { expectRefusal } from '../refusals.ts'
import { crlScene, entriesOf, shardOf, type CrlScene } from './crl-scene.ts'

let scene: CrlScene
beforeEach(async () => {
  scene = await crlScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const changed = (sql: string, ...values: unknown[]): void => {
  const db = new Database(scene.database)
  db.prepare(sql).run(...values)
  db.close()
}
/** Ports whose store does `meddle` right after the commit that publishes. */
function meddling(meddle: () => void): Ports {
  const { store } = scene.ports
  let published = false
  const transact: Store['transact'] = async (build) => {
    await store.transact((writes) =>
      build({
        ...writes,
        crls: {
          ...writes.crls,
          publish: (...given) => {
            published = true
            return writes.crls.publish(...given)
          },
        },
      }),
    )
    if (published) meddle()
    published = false
  }
  return { ...scene.ports, store: { ...store, transact } }
}

describe('what can’t be read back as it was published', () => {
  test.each([
    [
      'an entry',
      `UPDATE CrlSegmentOctets SET octets = zeroblob(length(octets)) WHERE segmentId = (SELECT MAX(id) FROM CrlSegment)`,
    ],
    ['the head', `UPDATE PublishedCrl SET head = zeroblob(length(head)) WHERE number = 2`],
    [
      'the signature',
      `UPDATE PublishedCrl SET tail = CAST(substr(tail, 1, length(tail) - 1) || x'00' AS BLOB) WHERE number = 2`,
    ],
    ['a segment', 'DELETE FROM CrlSegmentOctets WHERE segmentId = (SELECT MAX(id) FROM CrlSegment)'],
    ['its times', 'UPDATE PublishedCrl SET thisUpdate = thisUpdate - 1000 WHERE number = 2'],
  ])('is withdrawn when %s is another: the CRL before stands, whole', async (_, sql) => {
    scene.revokedRows(SEGMENT_ENTRIES + 2)
    const first = await scene.publish()
    scene.revokedRows(1)
    const error = await expectRefusal(
      publishCrl(
        meddling(() => changed(sql)),
        scene.complete,
      ),
      'unavailable',
    )
    expect(error.message).toMatch(/withdrawn; the one before it stands/)
    const standing = await scene.current()
    expect(standing.published).toEqual(first)
    expect(entriesOf(standing).size).toBe(SEGMENT_ENTRIES + 2)
    expect(auditTrail(scene.database).at(-1)?.eventName).toBe('WithdrawCertificateRevocationList')
    expect(scene.log.some(({ level, message }) => level === 'error' && /withdrawn/.test(message))).toBe(true)
    const next = await scene.publish()
    expect(next).toMatchObject({ number: 3n, entries: SEGMENT_ENTRIES + 3 })
  })
})

describe('a damaged segment', () => {
  test.each([
    [
      'whose entries say something else',
      `octets = CAST(substr(octets, 1, 60) || x'99' || substr(octets, 62) AS BLOB)`,
    ],
    ['that isn’t entries any more, as if that were right', `octets = x'0102', sha256 = ?`],
  ])('%s is never signed, but made anew from the revocations', async (_, change) => {
    scene.revokedRows(SEGMENT_ENTRIES)
    const first = await scene.publish()
    const before = new Map(entriesOf(await scene.current()))
    const digest = createHash('sha256').update(Buffer.from('0102', 'hex')).digest()
    changed(`UPDATE CrlSegmentOctets SET ${change}`, ...(change.includes('?') ? [digest] : []))
    scene.revokedRows(1)
    const next = await scene.publish()
    expect(next.number).toBeGreaterThan(first.number)
    const after = entriesOf(await scene.current())
    expect(after.size).toBe(SEGMENT_ENTRIES + 1)
    for (const serial of before.keys()) expect(after.has(serial)).toBe(true)
    expect(scene.log.some(({ message }) => message.startsWith('a CRL is made anew'))).toBe(true)
  })
})

describe('when the database fails', () => {
  test.each([1, 2, 3])(
    'at the commit %i, before or after it, the CRL before or a whole one stands',
    async (n) => {
      for (const when of ['before', 'after'] as const) {
        scene.revokedRows(1)
        await scene.publish()
        scene.revokedRows(1)
        const { store } = failing(scene.ports.store, n, when)
        const work = publishCrl({ ...scene.ports, store }, scene.complete)
        // What was published although nobody heard so is found when it is tried again.
        if (n === 3 && when === 'after') expect((await work).entries).toBe((await scene.current()).entryCount)
        else await expectRefusal(work, 'unavailable')
        const standing = await scene.current()
        expect(entriesOf(standing).size).toBe(standing.published.entries)
        const next = await scene.publish()
        expect(next.number).toBeGreaterThan(standing.published.number)
        expect(next.entries).toBe((await scene.current()).entryCount)
      }
      expect(scene.segments().filter(({ published }) => published === 0)).toEqual([])
    },
  )

  test('for want of room on the disk, the CRL before stands, and the next try makes good for it', async () => {
    scene.revokedRows(SEGMENT_ENTRIES)
    const first = await scene.publish()
    // The product's own writer, on a connection that may not grow the file.
    const db = new Database(scene.database)
    const batches = batchesOn(db, 'test')
    const writes = createWrites(() => scene.clock.now())
    const store: Store = {
      ...scene.ports.store,
      transact: (build) =>
        new Promise((resolve, reject) => {
          const [outcome] = batches.run({ members: [build(writes).map(wireOf)] })
          settle({ resolve, reject }, outcome)
        }),
    }
    const ports: Ports = { ...scene.ports, store }
    scene.revokedRows(20 * SEGMENT_ENTRIES)
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 30}`)
    const error = await expectRefusal(publishCrl(ports, scene.complete), 'unavailable')
    expect(error.message).toMatch(/can’t take writes/)
    expect((await scene.current()).published).toEqual(first)
    db.pragma('max_page_count = 1000000')
    expect((await publishCrl(ports, scene.complete)).entries).toBe(21 * SEGMENT_ENTRIES)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
  })
})

test('a device that signs something else publishes nothing', async () => {
  const vault = { ...scene.ports.vault, sign: async () => new Uint8Array(70) }
  scene.revokedRows(5)
  await expectRefusal(publishCrl({ ...scene.ports, vault }, scene.complete), 'kms_unavailable')
  expect(await scene.ports.store.reads.crls.latest(scene.complete, 'complete')).toBeUndefined()
  expect(scene.segments()).toEqual([])
})

test('servers that publish one scope at once: no number twice, no step back, all have what was there before', async () => {
  const other = await secondServer(scene)
  const numbers: bigint[] = []
  for (let round = 0; round < 15; round++) {
    scene.revokedRows(1)
    const both = await Promise.all(
      [scene.ports, other.ports].map((ports) => publishCrl(ports, scene.complete)),
    )
    for (const crl of both) expect(crl.through).toBeGreaterThanOrEqual(round + 1)
    const { published } = await scene.current()
    expect(published.entries).toBe(round + 1)
    numbers.push(published.number)
  }
  expect(numbers).toEqual([...numbers].sort((one, two) => Number(one - two)))
  const events = auditTrail(scene.database)
    .filter(({ eventName }) => eventName === 'PublishCertificateRevocationList')
    .map((event) => (event['responseElements'] as { number: string }).number)
  expect(new Set(events).size).toBe(events.length)
  expect(scene.segments().filter(({ published }) => published === 0).length).toBeLessThanOrEqual(1)
  await other.store.close()
})

describe('the job', () => {
  test('publishes every shard that is due, whatever becomes of one of them', async () => {
    await using parts = await crlScene({ crl: { kind: 'PARTITIONED' } })
    const certificate = await parts.leaf()
    const scope = shardOf(certificate)
    expect(await publishFirstCrls(parts.ports)).toEqual({ published: 1, failed: 0 })
    expect(await publishFirstCrls(parts.ports)).toEqual({ published: 0, failed: 0 })
    await publishDueCrls(parts.ports)
    expect(await publishDueCrls(parts.ports)).toEqual({ published: 0, failed: 0 })
    parts.revokedRows(1, { ...(scope.shard !== undefined && { shard: scope.shard }) })
    expect(await publishDueCrls(parts.ports)).toEqual({ published: 1, failed: 0 })
    advance(parts, 4 * DAY)
    let asked = 0
    const vault: Ports['vault'] = {
      ...parts.ports.vault,
      sign: (...given) =>
        ++asked === 1 ? Promise.reject(new Error('away')) : parts.ports.vault.sign(...given),
    }
    expect(await publishDueCrls({ ...parts.ports, vault })).toEqual({ published: 1, failed: 1 })
    expect(await publishDueCrls(parts.ports)).toEqual({ published: 1, failed: 0 })
  })

  test('lets a shard rest when its certificates have ended, and stood in one CRL since', async () => {
    await using parts = await crlScene({ crl: { kind: 'PARTITIONED' } })
    const certificate = await parts.leaf(2)
    const scope = shardOf(certificate)
    await parts.revoke(certificate)
    const latest = () => parts.ports.store.reads.crls.latest(scope, 'complete')
    const db = new Database(parts.database)
    db.prepare('UPDATE CrlShard SET closedAt = ?').run(parts.calendar.now())
    db.close()
    advance(parts, 4 * DAY)
    await publishDueCrls(parts.ports)
    const after = await latest()
    expect(after?.thisUpdate).toBe(parts.calendar.now())
    expect(after?.entries).toBe(1)
    advance(parts, 30 * DAY)
    await publishDueCrls(parts.ports)
    expect(await latest()).toEqual(after)
  })
})

test('afterwards nothing is left that no CRL names', () => {
  expect(rowsOf(scene.database, 'SELECT 1 FROM CrlSegment WHERE published = 0')).toEqual([])
})
