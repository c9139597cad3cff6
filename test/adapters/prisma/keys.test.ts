import { describe, expect, it } from 'vitest'
import type { KeyId } from '../../../src/core/domain/ids.ts'
import type { StoredKey } from '../../../src/core/domain/keys.ts'
import { aStore, NOW, PLACE } from './rows.ts'

let count = 0
const aKey = (more: Partial<StoredKey> = {}): StoredKey => ({
  ...PLACE,
  id: `key-${++count}` as KeyId,
  purpose: 'certificate',
  algorithm: 'EC_prime256v1',
  spki: Buffer.alloc(8),
  provider: 'local',
  kekId: 'k',
  kekVersion: 1,
  sealed: Buffer.from(`sealed ${count}`),
  createdAt: NOW,
  ...more,
})

describe('keys by what wraps them', () => {
  it('names each key-encryption key once, its KMS too, and no device’s', async () => {
    await using store = await aStore()
    const rows = [
      ...Array.from({ length: 5 }, () => aKey()),
      aKey({ kekVersion: 2 }),
      aKey({ provider: 'vault-transit' }),
      aKey({ provider: 'pkcs11', kekId: 'device key 1', kekVersion: 0 }),
      aKey({ provider: 'pkcs11', kekId: 'device key 2', kekVersion: 0 }),
      aKey({ provider: 'pkcs11', kekId: 'z' }),
    ]
    await store.transact((writes) => rows.map((key) => writes.keys.add(key)))
    const keks = await store.reads.keys.keks()
    expect(keks).toEqual([
      { provider: 'local', kekId: 'k', kekVersion: 1 },
      { provider: 'local', kekId: 'k', kekVersion: 2 },
      { provider: 'pkcs11', kekId: 'z', kekVersion: 1 },
      { provider: 'vault-transit', kekId: 'k', kekVersion: 1 },
    ])
    const counts = await Promise.all(keks.map((kek) => store.reads.keys.count(kek)))
    expect(counts).toEqual([5, 1, 1, 1])
  })

  it('counts more than it looks at in one go', async () => {
    await using store = await aStore()
    const kek = { provider: 'local', kekId: 'k', kekVersion: 1 }
    expect(await store.reads.keys.count(kek)).toBe(0)
    for (let at = 0; at < 20_001; at += 2223)
      await store.transact((writes) => Array.from({ length: 2223 }, () => writes.keys.add(aKey())))
    expect(await store.reads.keys.count(kek)).toBe(20_007)
  })

  it('gives them in pages, each once, also while they are wrapped anew', async () => {
    await using store = await aStore()
    const rows = Array.from({ length: 10 }, () => aKey())
    await store.transact((writes) => rows.map((key) => writes.keys.add(key)))
    const kek = { provider: 'local', kekId: 'k', kekVersion: 1 }
    const seen: string[] = []
    for (let after = 0; ;) {
      const page = await store.reads.keys.under(kek, after, 3)
      if (page.length === 0) break
      after = page.at(-1)?.sequence ?? 0
      seen.push(...page.map(({ key }) => key.id))
      await store.transact((writes) =>
        page.map(({ key }) =>
          writes.keys.rewrap(key, { ...key, kekVersion: 2, sealed: Buffer.from(`new ${key.id}`) }),
        ),
      )
    }
    expect(seen).toEqual(rows.map(({ id }) => id))
    expect(await store.reads.keys.keks()).toEqual([{ ...kek, kekVersion: 2 }])
  })
})

describe('keys.rewrap', () => {
  it('replaces the envelope it knows, and no other', async () => {
    await using store = await aStore()
    const key = aKey()
    const fresh = { ...key, provider: 'http', kekId: 'n', kekVersion: 7, sealed: Buffer.from('fresh') }
    await store.transact((writes) => [writes.keys.add(key)])
    await store.transact((writes) => [writes.keys.rewrap(key, fresh)])
    expect(await store.reads.keys.get(key.id)).toEqual(fresh)
    await expect(
      store.transact((writes) => [writes.keys.rewrap(key, { ...fresh, kekVersion: 8 })]),
    ).rejects.toMatchObject({
      reason: 'stale',
      subject: 'keys.rewrap',
    })
    expect((await store.reads.keys.get(key.id))?.kekVersion).toBe(7)
  })

  it('begins a new generation for an authority’s key, which is cached, and for no other', async () => {
    await using store = await aStore()
    const [leaf, authority] = [aKey(), aKey({ purpose: 'authority' })]
    await store.transact((writes) => [writes.keys.add(leaf), writes.keys.add(authority)])
    const rewrapped = async (key: StoredKey) => {
      const before = await store.reads.generation()
      await store.transact((writes) => [
        writes.keys.rewrap(key, { ...key, kekVersion: 2, sealed: Buffer.from('n') }),
      ])
      return (await store.reads.generation()) - before
    }
    expect(await rewrapped(leaf)).toBe(0)
    expect(await rewrapped(authority)).toBe(1)
  })
})
