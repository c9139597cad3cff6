import Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certificateIdOf } from '../../../src/core/domain/ids.ts'
import { StoreConflict } from '../../../src/core/domain/errors.ts'
import type { Certificate } from '../../../src/core/domain/certificates.ts'
import type { CompromisedKey, SpkiHash } from '../../../src/core/domain/compromised-keys.ts'
import type { AccountId, TokenId } from '../../../src/core/domain/ids.ts'
import {
  AUTHORITY,
  NOW,
  PLACE,
  aSerial,
  aDurableStore,
  anAuthority,
  anEvent,
  anIntent,
  publishOne,
} from './rows.ts'

const conflict = (reason: string, subject: string): unknown =>
  expect.objectContaining({ name: 'StoreConflict', reason, subject })

/** Recomputes the whole chain as an auditor would. */
function chainIsWhole(file: string): number {
  const db = new Database(file, { readonly: true })
  const rows = db.prepare('SELECT id, record, hash FROM AuditEvent ORDER BY id').all() as {
    id: number
    record: string
    hash: Buffer
  }[]
  db.close()
  let previous: Uint8Array = new Uint8Array(32)
  for (const [index, row] of rows.entries()) {
    expect(row.id).toBe(index + 1)
    const hash = createHash('sha256').update(previous).update(row.record).digest()
    expect(row.hash.equals(hash)).toBe(true)
    previous = hash
  }
  return rows.length
}

describe('compromised keys', () => {
  const spkiSha256 = new Uint8Array(createHash('sha256').update('a key').digest())
  const spki = Buffer.from(spkiSha256).toString('hex') as SpkiHash
  const mark = (more: Partial<CompromisedKey> = {}): CompromisedKey => ({
    spki,
    account: PLACE.account,
    everywhere: false,
    source: 'mark',
    note: undefined,
    markedBy: 'token/t',
    createdAt: NOW,
    settledAt: undefined,
    ...more,
  })
  const elsewhere = '222222222222' as AccountId

  it('refuse a record in the account, or in all', async () => {
    await using store = await aDurableStore()
    const record = (account = PLACE.account) =>
      store.transact((writes) => [writes.certificates.reserve(anIntent({ spkiSha256, account }))])
    await record()
    await store.transact((writes) => [writes.compromisedKeys.mark(mark())])
    await expect(record()).rejects.toEqual(conflict('refused', 'certificates.reserve'))
    await record(elsewhere)
    await store.transact((writes) => [
      writes.compromisedKeys.mark(mark({ account: elsewhere, everywhere: true })),
    ])
    await expect(record('333333333333' as AccountId)).rejects.toEqual(
      conflict('refused', 'certificates.reserve'),
    )
    await store.transact((writes) => [writes.certificates.reserve(anIntent())])
  })

  it('come back as they were, are new when marked again, and never hold in less than before', async () => {
    await using store = await aDurableStore()
    const { compromisedKeys } = store.reads
    const before = await store.reads.generation()
    const first = mark({ everywhere: true, note: 'why' })
    await store.transact((writes) => [writes.compromisedKeys.mark(first)])
    expect(await store.reads.generation()).toBeGreaterThan(before)
    expect(await compromisedKeys.get(spki, PLACE.account)).toEqual(first)
    expect(await compromisedKeys.get(spki, undefined)).toEqual(first)
    expect(await compromisedKeys.get(spki, elsewhere)).toBeUndefined()
    await store.transact((writes) => [writes.compromisedKeys.settle(first, NOW + 1)])
    expect(await compromisedKeys.unsettled(10)).toEqual([])
    await store.transact((writes) => [writes.compromisedKeys.mark(mark())])
    expect(await compromisedKeys.unsettled(10)).toEqual([first])
  })

  it('are listed newest first, in pages', async () => {
    await using store = await aDurableStore()
    const hashes = ['a', 'b', 'c'].map((letter) => letter.repeat(64) as SpkiHash)
    await store.transact((writes) => hashes.map((each) => writes.compromisedKeys.mark(mark({ spki: each }))))
    const { list } = store.reads.compromisedKeys
    const first = await list(PLACE.account, { limit: 2, after: undefined })
    const rest = await list(PLACE.account, { limit: 2, after: first.next })
    expect([...first.items, ...rest.items].map((key) => key.spki)).toEqual([...hashes].reverse())
    expect(rest.next).toBeUndefined()
    expect((await list(elsewhere, { limit: 2, after: undefined })).items).toEqual([])
  })

  it('find the certificates that have them: unrevoked, unexpired, those being signed too', async () => {
    await using store = await aDurableStore()
    const intents = [0, 1, 2].map(() => anIntent({ spkiSha256 }))
    for (const intent of intents.slice(0, 2)) await publishOne(store, intent)
    await store.transact((writes) => [
      writes.certificates.reserve(intents[2] as (typeof intents)[0]),
      writes.certificates.reserve(anIntent()),
      writes.certificates.reserve(anIntent({ spkiSha256, account: elsewhere })),
    ])
    const { withKey } = store.reads.certificates
    const serials = async (account?: AccountId, now = NOW, after = 0) =>
      (await withKey(spki, account, now, after, 10)).map(({ certificate }) => certificate.serial)
    expect(await serials(PLACE.account)).toEqual(intents.map(({ serial }) => serial))
    expect(await serials()).toHaveLength(4)
    expect(await serials(PLACE.account, NOW + 1001)).toEqual([])
    const [first] = await withKey(spki, PLACE.account, NOW, 0, 1)
    expect(await serials(PLACE.account, NOW, first?.row)).toHaveLength(2)
    await store.transact((writes) => [
      writes.certificates.revoke(first?.certificate as Certificate, 'keyCompromise', NOW),
    ])
    expect(await serials(PLACE.account)).toHaveLength(2)
  })
})

describe('transact', () => {
  it('makes all writes of a call durable or none', async () => {
    await using store = await aDurableStore()
    const intent = anIntent()
    await publishOne(store, intent)
    const other = anIntent()
    await expect(
      store.transact((writes) => [
        writes.certificates.reserve(other),
        writes.audit.append(anEvent()),
        writes.certificates.reserve(intent),
      ]),
    ).rejects.toEqual(conflict('exists', 'certificates.reserve'))
    const id = certificateIdOf(AUTHORITY, other.serial)
    expect(await store.reads.certificates.get(PLACE, id)).toBeUndefined()
    expect(chainIsWhole(store.file)).toBe(1)
  })

  it('lets each member of a shared commit stand or fall alone, and keeps the audit chain whole', async () => {
    await using store = await aDurableStore()
    const taken = anIntent()
    await store.transact((writes) => [writes.certificates.reserve(taken)])
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => {
        const serial = index % 3 === 0 ? taken.serial : aSerial()
        return store.transact((writes) => [
          writes.audit.append(anEvent(`{"member":${index}}`)),
          writes.certificates.reserve(anIntent({ serial })),
        ])
      }),
    )
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(20)
    expect(refused.every((result) => result.reason instanceof StoreConflict)).toBe(true)
    expect(chainIsWhole(store.file)).toBe(40)
  })

  it('shares commits among concurrent calls', async () => {
    const sizes: number[] = []
    await using store = await aDurableStore({ onCommit: (members) => sizes.push(members) })
    await Promise.all(
      Array.from({ length: 100 }, () => store.transact((writes) => [writes.audit.append(anEvent())])),
    )
    expect(chainIsWhole(store.file)).toBe(100)
    expect(sizes.length).toBeLessThan(10)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100)
  })

  it('appends one chain from two processes’ stores', async () => {
    await using one = await aDurableStore()
    await using two = await aDurableStore({ file: one.file, serverId: 'server-2' })
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? one : two).transact((writes) => [writes.audit.append(anEvent(`{"n":${index}}`))]),
      ),
    )
    expect(chainIsWhole(one.file)).toBe(50)
  })

  it('refuses everything as unavailable once the writer has died, instead of waiting', async () => {
    const store = await aDurableStore()
    await store.close()
    await expect(store.transact((writes) => [writes.audit.append(anEvent())])).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 1,
    })
  })

  it('reports a failing statement as unavailable and goes on', async () => {
    await using store = await aDurableStore()
    const bad = anIntent({ profile: null as unknown as string })
    await expect(store.transact((writes) => [writes.certificates.reserve(bad)])).rejects.toMatchObject({
      code: 'unavailable',
    })
    await publishOne(store, anIntent())
  })
})

describe('the writer’s connection', () => {
  it('syncs every commit: WAL with synchronous FULL', async () => {
    const { openWritable } = await import('../../../src/adapters/prisma/connection.ts')
    await using store = await aDurableStore()
    const db = openWritable(store.file)
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    db.close()
  })
})

describe('certificates', () => {
  it('publishes only what this server is signing', async () => {
    await using one = await aDurableStore()
    await using two = await aDurableStore({ file: one.file, serverId: 'server-2' })
    const intent = anIntent()
    await one.transact((writes) => [writes.certificates.reserve(intent)])
    const publish = (store: typeof one) =>
      store.transact((writes) => [
        writes.certificates.publish(AUTHORITY, intent.serial, Uint8Array.of(9), []),
      ])
    await expect(publish(two)).rejects.toEqual(conflict('stale', 'certificates.publish'))
    await publish(one)
    await expect(publish(one)).rejects.toEqual(conflict('stale', 'certificates.publish'))
  })

  it('abandons what a dead server was signing, not what a live one is', async () => {
    let now = NOW
    await using dead = await aDurableStore({ serverId: 'dead', now: () => now })
    await using alive = await aDurableStore({ file: dead.file, serverId: 'alive', now: () => now })
    const lease = (store: typeof dead, name: string) =>
      store.transact((writes) => [writes.leases.take(`server/${name}`, name, now, now + 15_000)])
    await lease(dead, 'dead')
    const intent = anIntent()
    await dead.transact((writes) => [writes.certificates.reserve(intent)])
    expect(await alive.reads.certificates.lapsed(now, 10)).toEqual([])
    const abandon = () =>
      alive.transact((writes) => [writes.certificates.abandon(AUTHORITY, intent.serial, now)])
    await expect(abandon()).rejects.toEqual(conflict('stale', 'certificates.abandon'))
    now += 15_000
    expect(await alive.reads.certificates.lapsed(now, 10)).toHaveLength(1)
    await abandon()
    expect(await alive.reads.certificates.lapsed(now, 10)).toEqual([])
    // Its serial counts as revoked from now on, and the dead server's signature is worth nothing.
    expect(
      await alive.reads.revocations.list({ authority: AUTHORITY, shard: undefined }, 0, 10),
    ).toMatchObject([{ serial: intent.serial }])
    await expect(
      dead.transact((writes) => [
        writes.certificates.publish(AUTHORITY, intent.serial, Uint8Array.of(1), []),
      ]),
    ).rejects.toEqual(conflict('stale', 'certificates.publish'))
  })

  it('revokes once', async () => {
    await using store = await aDurableStore()
    const intent = anIntent()
    await publishOne(store, intent)
    const id = certificateIdOf(AUTHORITY, intent.serial)
    const certificate = await store.reads.certificates.get(PLACE, id)
    if (certificate === undefined) throw new Error('was published')
    const revoke = () =>
      store.transact((writes) => [writes.certificates.revoke(certificate, 'keyCompromise', NOW)])
    await revoke()
    await expect(revoke()).rejects.toEqual(conflict('exists', 'certificates.revoke'))
    expect((await store.reads.certificates.get(PLACE, id))?.revocation).toEqual({
      reason: 'keyCompromise',
      revokedAt: NOW,
    })
  })
})

describe('idempotency', () => {
  it('remembers one resource a scope', async () => {
    await using store = await aDurableStore()
    const record = { scope: Uint8Array.of(1), request: Uint8Array.of(2), resource: 'first', createdAt: NOW }
    await store.transact((writes) => [writes.idempotency.add(record)])
    await expect(
      store.transact((writes) => [writes.idempotency.add({ ...record, resource: 'second' })]),
    ).rejects.toEqual(conflict('idempotency', 'idempotency.add'))
    const replace = () =>
      store.transact((writes) => [writes.idempotency.replace({ ...record, resource: 'third' }, 'first')])
    await replace()
    await expect(replace()).rejects.toEqual(conflict('idempotency', 'idempotency.replace'))
    expect((await store.reads.idempotency.get(record.scope))?.resource).toBe('third')
    await store.transact((writes) => [writes.idempotency.dropOlderThan(NOW + 1)])
    expect(await store.reads.idempotency.get(record.scope)).toBeUndefined()
  })
})

describe('generation', () => {
  it('grows with what is cached, and only with that', async () => {
    await using store = await aDurableStore()
    const before = await store.reads.generation()
    await publishOne(store, anIntent())
    expect(await store.reads.generation()).toBe(before)
    await store.transact((writes) => [writes.authorities.add(anAuthority())])
    const added = await store.reads.generation()
    expect(added).toBeGreaterThan(before)
    const token = {
      id: 'token-1' as TokenId,
      account: PLACE.account,
      name: 'ci',
      role: 'issuer' as const,
      installation: false,
      createdAt: NOW,
      expiresAt: undefined,
      revokedAt: undefined,
    }
    await store.transact((writes) => [writes.tokens.add(token, Uint8Array.of(7))])
    await store.transact((writes) => [writes.tokens.revoke(PLACE.account, token.id, NOW)])
    expect(await store.reads.generation()).toBe(added + 2)
    expect(await store.reads.tokens.byHash(Uint8Array.of(7))).toEqual({ ...token, revokedAt: NOW })
  })
})
