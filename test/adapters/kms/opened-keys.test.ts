import { createSecretKey, type KeyObject } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createOpenedKeys } from '../../../src/adapters/kms/opened-keys.ts'
import type { KeyId } from '../../../src/core/domain/ids.ts'
import type { StoredKey } from '../../../src/core/domain/keys.ts'
import { aContext } from './support.ts'

const aKey = (id = 'a'): StoredKey => ({
  ...aContext({ id: id as KeyId }),
  algorithm: 'ED25519',
  spki: Buffer.alloc(1),
  provider: 'plain',
  kekId: 'kek',
  kekVersion: 1,
  sealed: Buffer.from(id),
  createdAt: 0,
})
const anObject = (): KeyObject => createSecretKey(Buffer.alloc(32))
const clock = { now: () => Date.now() }

describe('createOpenedKeys', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('drops a key after its time even if nobody asks', async () => {
    const keys = createOpenedKeys(4, 1000, clock)
    await keys.get(aKey(), async () => anObject())
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(2000)
    // The sweeper arms itself anew only while there is something to drop.
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps nothing that was being opened when it was cleared', async () => {
    const keys = createOpenedKeys(4, 1000, clock)
    let finish: (key: KeyObject) => void = () => undefined
    const first = keys.get(aKey(), () => new Promise((resolve) => (finish = resolve)))
    keys.clear()
    const object = anObject()
    finish(object)
    expect(await first).toBe(object)
    expect(vi.getTimerCount()).toBe(0)
    const other = anObject()
    expect(await keys.get(aKey(), async () => other)).toBe(other)
  })

  it('opens again after a failure that several waited for', async () => {
    const keys = createOpenedKeys(4, 1000, clock)
    let calls = 0
    const failing = (): Promise<KeyObject> => (calls++, Promise.reject(new Error('down')))
    const results = await Promise.allSettled([keys.get(aKey(), failing), keys.get(aKey(), failing)])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(calls).toBe(1)
    const object = anObject()
    expect(await keys.get(aKey(), async () => object)).toBe(object)
  })

  it('keeps nothing at size 0', async () => {
    const keys = createOpenedKeys(0, 1000, clock)
    const [one, other] = [anObject(), anObject()]
    expect(await keys.get(aKey(), async () => one)).toBe(one)
    expect(await keys.get(aKey(), async () => other)).toBe(other)
  })

  it('lets a row that was wrapped anew take the place of the old one', async () => {
    const keys = createOpenedKeys(1, 1000, clock)
    const [old, fresh] = [anObject(), anObject()]
    await keys.get(aKey(), async () => old)
    const rewrapped = { ...aKey(), kekVersion: 2, sealed: Buffer.from('again') }
    expect(await keys.get(rewrapped, async () => fresh)).toBe(fresh)
    let opened = 0
    // A request that still holds the old row opens it once more; nothing of the old version is kept beside the new.
    await keys.get(aKey(), async () => (opened++, old))
    expect(opened).toBe(1)
  })
})
