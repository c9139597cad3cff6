import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEnvelope, sealEnvelope } from '../../../src/adapters/kms/envelope.ts'
import { guarded } from '../../../src/adapters/kms/guarded.ts'
import { createKms, type KmsPorts } from '../../../src/adapters/kms/kms.ts'
import { createLocalKeyFile } from '../../../src/adapters/kms/local-key-file-writing.ts'
import { openLocalKeyFile } from '../../../src/adapters/kms/local.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { AccountId, KeyId, Region } from '../../../src/core/domain/ids.ts'
import type { StoredKey } from '../../../src/core/domain/keys.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { aContext, plainProvider } from './support.ts'

const random = createSystemRandom()
const plaintext = randomBytes(140)
let directory: string
let count = 0
const aLocal = async (name = 'local'): Promise<KmsProvider> => {
  const path = join(directory, `kek-${++count}`)
  await createLocalKeyFile(path, random)
  return { ...(await openLocalKeyFile(path, random)), name }
}
const aKms = (all: readonly KmsProvider[], more: Partial<KmsPorts> = {}) =>
  createKms({ preferred: all[0] as KmsProvider, all }, { random, clock: { now: () => 0 }, ...more })
const sealedBy = async (provider: KmsProvider): Promise<StoredKey> => ({
  ...aContext(),
  algorithm: 'EC_prime256v1',
  spki: Buffer.alloc(1),
  provider: provider.name,
  createdAt: 0,
  ...(await sealEnvelope(provider, random, aContext(), plaintext)),
})

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chancery-kms-port-'))
})
afterAll(() => rm(directory, { recursive: true }))

describe('rewrap', () => {
  it('wraps the data key by the newest version; the payload stays octet for octet, and opens', async () => {
    const local = await aLocal()
    const { kms } = aKms([local])
    const key = await sealedBy(local)
    await kms.rotate('local')
    const fresh = await kms.rewrap(key, 'local')
    expect(fresh).toMatchObject({ ...aContext(), provider: 'local', kekId: key.kekId, kekVersion: 2 })
    const payload = (sealed: Uint8Array) => Buffer.from(sealed.subarray(-12 - 140 - 16)).toString('hex')
    expect(payload(fresh.sealed)).toBe(payload(key.sealed))
    for (const sealed of [key.sealed, fresh.sealed]) {
      const opened = await openEnvelope(local, aContext(), sealed)
      expect(plaintext.equals(opened.plaintext)).toBe(true)
    }
  })

  it('moves a key to another KMS, which alone opens it then', async () => {
    const [local, vault] = [await aLocal(), await aLocal('vault-transit')]
    const { kms } = aKms([vault, local])
    const fresh = await kms.rewrap(await sealedBy(local), 'vault-transit')
    expect(fresh).toMatchObject({ provider: 'vault-transit', kekVersion: 1 })
    expect(plaintext.equals((await openEnvelope(vault, aContext(), fresh.sealed)).plaintext)).toBe(true)
    await expect(openEnvelope(local, aContext(), fresh.sealed)).rejects.toBeInstanceOf(ChanceryError)
  })

  it('zeroes the data key, also when wrapping fails, and opens nothing else', async () => {
    const unwrapped: Uint8Array[] = []
    const plain = plainProvider({ onUnwrapped: (dataKey) => unwrapped.push(dataKey) })
    const key = await sealedBy(plain)
    await aKms([plain]).kms.rewrap(key, 'plain')
    const failing: KmsProvider = { ...plain, wrap: () => Promise.reject(new Error('down')) }
    await expect(aKms([failing]).kms.rewrap(key, 'plain')).rejects.toMatchObject({ code: 'kms_unavailable' })
    expect(unwrapped).toHaveLength(2)
    for (const dataKey of unwrapped) expect(dataKey.every((octet) => octet === 0)).toBe(true)
  })

  it.each<[string, Partial<StoredKey>]>([
    ['account', { account: '999999999999' as AccountId }],
    ['region', { region: 'us-east-1' as Region }],
    ['id', { id: 'another' as KeyId }],
    ['purpose', { purpose: 'certificate' }],
    ['kekVersion', { kekVersion: 9 }],
    ['kekId', { kekId: 'other' }],
    ['envelope', { sealed: Buffer.alloc(200, 1) }],
  ])('refuses a row with another %s, and says which', async (_, change) => {
    const local = await aLocal()
    const row = { ...(await sealedBy(local)), ...change }
    await expect(aKms([local]).kms.rewrap(row, 'local')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining(`key ${row.id}: its envelope doesn't open`) as string,
    })
  })

  it('leaves a key in a device alone, and names a KMS that is not configured', async () => {
    const local = await aLocal()
    const key = await sealedBy(local)
    await expect(aKms([local]).kms.rewrap({ ...key, kekVersion: 0 }, 'local')).rejects.toMatchObject({
      code: 'internal',
    })
    await expect(aKms([local]).kms.rewrap({ ...key, provider: 'pkcs11' }, 'local')).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: false },
      message: 'KMS pkcs11 is not configured on this server; there is local',
    })
  })
})

describe('check', () => {
  it('passes with a KMS that works, and remembers it', async () => {
    const { kms } = aKms([await aLocal()])
    await kms.check('local')
    expect(kms.up('local')).toBe(true)
  })

  it.each<[string, Partial<KmsProvider>]>([
    ["can't wrap", { wrap: () => Promise.reject(new Error('down')) }],
    ["can't unwrap", { unwrap: () => Promise.reject(new Error('down')) }],
    ['gives back another key', { unwrap: async () => new Uint8Array(32) }],
    ['gives back a short key', { unwrap: async () => new Uint8Array(1) }],
    ['never answers', { unwrap: () => new Promise(() => {}) }],
  ])('reports one that %s', async (_, change) => {
    const found: unknown[] = []
    const { kms } = aKms([{ ...plainProvider(), ...change }], {
      onCheck: (name, up) => found.push([name, up]),
      deadlines: { answer: 20, make: 20 },
    })
    await expect(kms.check('plain')).rejects.toMatchObject({ code: 'kms_unavailable' })
    expect(kms.up('plain')).toBe(false)
    expect(found).toEqual([['plain', false]])
  })

  it('is made at once when a call fails, not for each of many, and a call that succeeds later ends it', async () => {
    let broken = true
    let wraps = 0
    const clock = { time: 0 }
    const plain = plainProvider()
    const flaky: KmsProvider = {
      ...plain,
      wrap: async (...all) => {
        wraps++
        if (broken) throw new Error('down')
        return plain.wrap(...all)
      },
    }
    const { kms, providers } = aKms([flaky], { clock: { now: () => clock.time } })
    const attempts = Array.from({ length: 50 }, () =>
      providers.preferred.wrap(randomBytes(32), Buffer.alloc(4)),
    )
    await Promise.allSettled(attempts)
    await expect.poll(() => kms.up('plain')).toBe(false)
    expect(wraps).toBe(51)
    broken = false
    clock.time += 1000
    await kms.check('plain')
    expect(kms.up('plain')).toBe(true)
  })

  it('is not made for a key that does not open: that is no fault of the KMS', async () => {
    const plain = plainProvider()
    const { kms, providers } = aKms([{ ...plain, describe: plain.describe }])
    const strange = { kekId: 'kek', kekVersion: 3, wrapped: Buffer.alloc(40) }
    await expect(providers.preferred.unwrap(strange, Buffer.alloc(4))).rejects.toMatchObject({
      code: 'internal',
    })
    expect(kms.up('plain')).toBe(true)
  })
})

describe('a guarded provider', () => {
  const never = () => new Promise<never>(() => {})
  const hanging: KmsProvider = {
    name: 'hanging',
    describe: never,
    wrap: never,
    unwrap: never,
    rotate: never,
    device: { algorithms: ['EC_prime256v1'], generateKeyPair: never, publicKey: never, sign: never },
  }
  const within = guarded(hanging, undefined, { answer: 10, make: 10 })
  it.each<[string, () => Promise<unknown> | undefined]>([
    ['describe', () => within.describe()],
    ['wrap', () => within.wrap(Buffer.alloc(32), Buffer.alloc(1))],
    ['unwrap', () => within.unwrap({ kekId: '', kekVersion: 1, wrapped: Buffer.alloc(1) }, Buffer.alloc(1))],
    ['rotate', () => within.rotate?.()],
    ['generateKeyPair', () => within.device?.generateKeyPair('EC_prime256v1', '')],
    ['publicKey', () => within.device?.publicKey(Buffer.alloc(1))],
    ['sign', () => within.device?.sign(Buffer.alloc(1), 'SHA256WITHECDSA', Buffer.alloc(1))],
  ])('gives up on %s that never answers, and calls that passing', async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: true },
      message: 'KMS hanging gave no answer within 0.01 s',
    })
  })

  it('has no rotation and no device where there is none', () => {
    const plain = guarded(plainProvider())
    expect([plain.rotate, plain.device, plain.close]).toEqual([undefined, undefined, undefined])
  })
})
