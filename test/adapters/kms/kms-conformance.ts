import { createPrivateKey, createPublicKey, randomBytes, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  signaturesOf,
  signingOptions,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../../src/core/domain/key-algorithms.ts'
import type { KmsName } from '../../../src/core/domain/kms.ts'
import type { KmsDevice, KmsProvider, WrappedDataKey } from '../../../src/core/ports/kms-provider.ts'
import { parsePublicKey } from '../../../src/core/x509/public-keys.ts'
import { ConformanceColumn } from './conformance-table.ts'

/** A provider on trial, with what only its harness can do to it. */
export type KmsOnTrial = {
  readonly provider: KmsProvider
  /** A new client of the same KMS, as after a restart of the server. */
  restarted(): Promise<KmsProvider>
  /** The same after the key-encryption key got a new version. */
  rotated(): Promise<KmsProvider>
  /** Whatever must hold for an error besides its code, e.g. that it doesn't show a key. */
  checkError?(error: unknown): void
}

const context = Buffer.from('account, region, key, purpose')

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )

/** A check's title, and what it does: its assertions have held when it returns, perhaps with another cell than a ✓. */
type Check = (title: string, run: () => Promise<string | void>) => void

/**
 * What every KMS provider must do; run against each real one, and against its stand-in. What held goes into docs/kms.md.
 * @param algorithms what its device makes keys of; undefined for a provider that has no device
 */
export function kmsConformance(
  name: KmsName,
  make: () => Promise<KmsOnTrial>,
  algorithms?: readonly KeyAlgorithm[],
): void {
  const column = new ConformanceColumn(name)
  const check: Check = (title, run) => {
    column.row(title)
    it(title, async () => {
      const before = expect.getState().assertionCalls
      const cell = await run()
      expect(expect.getState().assertionCalls).toBeGreaterThan(before)
      column.held(title, cell ?? '✓')
    })
  }
  const lacking = new Map<string, string>()
  const lacks = (title: string, cell: string): void => {
    column.row(title)
    lacking.set(title, cell)
  }

  describe(`${name} conforms to the ports`, () => {
    providerChecks(make, check)
    check('has a device just where the suite tries one', async () => {
      const { provider } = await make()
      expect(provider.device?.algorithms).toEqual(algorithms)
      for (const [title, cell] of lacking) column.held(title, cell)
    })
    for (const algorithm of KEY_ALGORITHM_NAMES) {
      const title = `device: makes keys of ${algorithm}, and their signatures verify`
      if (algorithms === undefined) lacks(title, 'no device')
      else if (!algorithms.includes(algorithm)) lacks(title, 'not made')
      else check(title, () => makesAndSigns(make, algorithm))
    }
    const deviceCheck: Check = algorithms === undefined ? (title) => lacks(title, 'no device') : check
    deviceChecks(make, algorithms ?? [], deviceCheck)

    it('docs/kms.md says what held in this run', () => {
      const { seen, written } = column.seenAndWritten()
      expect(column.empty()).toEqual([])
      expect(written).toEqual(seen)
    })
  })
}

function providerChecks(make: () => Promise<KmsOnTrial>, check: Check): void {
  const refused = async (trial: KmsOnTrial, wrapped: WrappedDataKey, by = context): Promise<void> => {
    const error = await caught(trial.provider.unwrap(wrapped, by))
    expect(error).toMatchObject({
      name: 'ChanceryError',
      code: expect.stringMatching(/^(internal|kms_unavailable)$/),
    })
    trial.checkError?.(error)
  }

  check('unwraps what it wrapped', async () => {
    const { provider } = await make()
    const dataKey = randomBytes(32)
    const wrapped = await provider.wrap(dataKey, context)
    expect(Buffer.from(wrapped.wrapped).includes(dataKey)).toBe(false)
    expect(Buffer.from(await provider.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
  })

  check('leaves the data key to its owner, who zeroes it', async () => {
    const { provider } = await make()
    const dataKey = randomBytes(32)
    const before = Buffer.from(dataKey)
    const wrapped = await provider.wrap(dataKey, context)
    expect(dataKey.equals(before)).toBe(true)
    const first = await provider.unwrap(wrapped, context)
    first.fill(0)
    expect(Buffer.from(await provider.unwrap(wrapped, context)).equals(before)).toBe(true)
  })

  check('wraps the same data key differently each time', async () => {
    const { provider } = await make()
    const dataKey = randomBytes(32)
    const [one, other] = [await provider.wrap(dataKey, context), await provider.wrap(dataKey, context)]
    expect(Buffer.from(one.wrapped).equals(other.wrapped)).toBe(false)
  })

  check('refuses another context', async () => {
    const trial = await make()
    const wrapped = await trial.provider.wrap(randomBytes(32), context)
    await refused(trial, wrapped, Buffer.from('account, region, other, purpose'))
    await refused(trial, wrapped, Buffer.alloc(0))
    await refused(trial, wrapped, Buffer.concat([context, Buffer.alloc(1)]))
  })

  check('refuses a wrapped key with any octet changed, cut short or prolonged', async () => {
    const trial = await make()
    const whole = await trial.provider.wrap(randomBytes(32), context)
    for (let place = 0; place < whole.wrapped.length; place++) {
      const changed = Uint8Array.from(whole.wrapped)
      changed[place] = (changed[place] ?? 0) ^ 1
      await refused(trial, { ...whole, wrapped: changed })
    }
    await refused(trial, { ...whole, wrapped: whole.wrapped.subarray(1) })
    await refused(trial, { ...whole, wrapped: whole.wrapped.subarray(0, -1) })
    await refused(trial, { ...whole, wrapped: Buffer.concat([whole.wrapped, Buffer.alloc(1)]) })
    await refused(trial, { ...whole, wrapped: Buffer.alloc(0) })
  })

  check('refuses an unknown key-encryption key and an unknown version', async () => {
    const trial = await make()
    const wrapped = await trial.provider.wrap(randomBytes(32), context)
    await refused(trial, { ...wrapped, kekId: '00000000-0000-4000-8000-000000000000' })
    await refused(trial, { ...wrapped, kekVersion: wrapped.kekVersion + 1 })
  })

  check('describes the key that wraps now', async () => {
    const { provider } = await make()
    const { kekId, kekVersion } = await provider.wrap(randomBytes(32), context)
    expect(await provider.describe()).toEqual({ provider: provider.name, kekId, kekVersion })
    expect(kekVersion).toBeGreaterThan(0) // 0 means: the private key never leaves its device
  })

  check('opens after a restart what it wrapped before', async () => {
    const { provider, restarted } = await make()
    const dataKey = randomBytes(32)
    const wrapped = await provider.wrap(dataKey, context)
    const again = await restarted()
    expect(await again.describe()).toEqual(await provider.describe())
    expect(Buffer.from(await again.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
  })

  check('wraps with the newest version and unwraps with the older ones', async () => {
    const { provider, rotated } = await make()
    const dataKey = randomBytes(32)
    const old = await provider.wrap(dataKey, context)
    const next = await rotated()
    const fresh = await next.wrap(dataKey, context)
    expect(fresh.kekId).toBe(old.kekId)
    expect(fresh.kekVersion).toBeGreaterThan(old.kekVersion)
    expect(await next.describe()).toMatchObject({ kekVersion: fresh.kekVersion })
    expect(Buffer.from(await next.unwrap(old, context)).equals(dataKey)).toBe(true)
    expect(Buffer.from(await next.unwrap(fresh, context)).equals(dataKey)).toBe(true)
    await expect(next.unwrap({ ...old, kekVersion: fresh.kekVersion }, context)).rejects.toThrow(Error)
  })

  check('makes a new version itself, where it can, and other processes open what that wraps', async () => {
    const { provider, restarted } = await make()
    if (provider.rotate === undefined) {
      expect(Object.keys(provider)).not.toContain('rotate')
      return 'made outside'
    }
    const other = await restarted()
    const dataKey = randomBytes(32)
    const old = await provider.wrap(dataKey, context)
    const made = await provider.rotate()
    expect(made).toEqual(await provider.describe())
    expect(made.kekId).toBe(old.kekId)
    expect(made.kekVersion).toBeGreaterThan(old.kekVersion)
    const fresh = await provider.wrap(dataKey, context)
    expect(fresh.kekVersion).toBe(made.kekVersion)
    for (const wrapped of [old, fresh]) {
      expect(Buffer.from(await provider.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
      expect(Buffer.from(await other.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
    }
    return undefined
  })

  check('keeps concurrent calls apart', async () => {
    const { provider } = await make()
    const keys = Array.from({ length: 64 }, () => randomBytes(32))
    const backs = await Promise.all(
      keys.map(async (dataKey, place) => {
        const own = Buffer.from(`context ${place}`)
        return provider.unwrap(await provider.wrap(dataKey, own), own)
      }),
    )
    expect(backs.map((back) => Buffer.from(back).toString('hex'))).toEqual(
      keys.map((key) => key.toString('hex')),
    )
  })
}

/** Whether a relying party would take it: `node:crypto` wants ECDSA signatures in DER (RFC 3279 §2.2.3). */
function verifies(
  spki: Uint8Array,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const { digest, padding } = signingOptions(algorithm)
  return verify(digest, data, { key, ...padding }, signature)
}

type DeviceOnTrial = Omit<KmsOnTrial, 'provider'> & { readonly device: KmsDevice }

const deviceOf = ({ device }: KmsProvider): KmsDevice => {
  if (device === undefined) throw new Error('the provider has no device')
  return device
}

async function onTrial(make: () => Promise<KmsOnTrial>): Promise<DeviceOnTrial> {
  const { provider, ...rest } = await make()
  return { ...rest, device: deviceOf(provider) }
}

async function makesAndSigns(make: () => Promise<KmsOnTrial>, algorithm: KeyAlgorithm): Promise<void> {
  const { device } = await onTrial(make)
  const { handle, spki } = await device.generateKeyPair(algorithm, 'authority-1')
  expect(parsePublicKey(spki, 'spki').algorithm).toBe(algorithm)
  expect(handle.length).toBeGreaterThan(0)
  const able = device.signatures?.(algorithm) ?? signaturesOf(algorithm)
  expect(able).toContain(keyAlgorithmInfo(algorithm).defaultSignature)
  for (const signatureAlgorithm of able) {
    const data = randomBytes(1000)
    const before = Buffer.from(data)
    const signature = await device.sign(handle, signatureAlgorithm, data)
    expect(verifies(spki, signatureAlgorithm, before, signature), signatureAlgorithm).toBe(true)
    expect(verifies(spki, signatureAlgorithm, randomBytes(1000), signature)).toBe(false)
    expect(data.equals(before)).toBe(true)
  }
}

/** What a provider must do whose device makes private keys and signs with them. */
function deviceChecks(
  make: () => Promise<KmsOnTrial>,
  algorithms: readonly KeyAlgorithm[],
  check: Check,
): void {
  const [first = 'EC_prime256v1'] = algorithms
  // Large RSA keys take seconds to make: they are tried once, above all else it is the family that differs.
  const families = algorithms.filter(
    (one, place) =>
      algorithms.findIndex((other) => keyAlgorithmInfo(other).family === keyAlgorithmInfo(one).family) ===
      place,
  )
  const { defaultSignature } = keyAlgorithmInfo(first)

  check('device: signs what is larger than a device takes at once, such as a CRL', async () => {
    const { device } = await onTrial(make)
    for (const algorithm of [first, ...algorithms.filter((one) => one === 'ED25519')]) {
      const { handle, spki } = await device.generateKeyPair(algorithm, 'authority-1')
      const signature = keyAlgorithmInfo(algorithm).defaultSignature
      const data = randomBytes(1_500_000)
      expect(verifies(spki, signature, data, await device.sign(handle, signature, data))).toBe(true)
    }
  })

  check('device: answers the public key of a handle', async () => {
    const { device } = await onTrial(make)
    for (const algorithm of families) {
      const { handle, spki } = await device.generateKeyPair(algorithm, 'authority-1')
      expect(Buffer.from(await device.publicKey(handle)).equals(spki), algorithm).toBe(true)
    }
  })

  check('device: makes two keys where the same label is given twice', async () => {
    const { device } = await onTrial(make)
    const one = await device.generateKeyPair(first, 'authority-1')
    const other = await device.generateKeyPair(first, 'authority-1')
    expect(Buffer.from(one.spki).equals(other.spki)).toBe(false)
    const data = randomBytes(100)
    for (const { handle, spki } of [one, other]) {
      expect(verifies(spki, defaultSignature, data, await device.sign(handle, defaultSignature, data))).toBe(
        true,
      )
    }
  })

  check('device: gives no private key away: a handle is none, and nothing else comes with it', async () => {
    const { device } = await onTrial(make)
    for (const algorithm of families) {
      const made = await device.generateKeyPair(algorithm, 'authority-1')
      expect(Object.keys(made).sort()).toEqual(['handle', 'spki'])
      const key = Buffer.from(made.handle)
      for (const type of ['pkcs8', 'sec1', 'pkcs1'] as const) {
        expect(() => createPrivateKey({ key, format: 'der', type })).toThrow()
      }
      expect(() => createPrivateKey(key)).toThrow()
    }
  })

  check('device: refuses an unknown handle, and that is not to be retried', async () => {
    const { device, checkError } = await onTrial(make)
    const { handle, spki } = await device.generateKeyPair(first, 'authority-1')
    const data = randomBytes(100)
    const changed = Uint8Array.from(handle)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    for (const unknown of [changed, handle.subarray(0, -1), Buffer.alloc(0), randomBytes(16)]) {
      const errors = [
        await caught(device.sign(unknown, defaultSignature, data)),
        await caught(device.publicKey(unknown)),
      ]
      for (const error of errors) {
        expect(error).toMatchObject({
          name: 'ChanceryError',
          code: 'kms_unavailable',
          details: { retryable: false },
        })
        checkError?.(error)
      }
    }
    expect(verifies(spki, defaultSignature, data, await device.sign(handle, defaultSignature, data))).toBe(
      true,
    )
  })

  check('device: keeps concurrent signatures apart', async () => {
    const { device } = await onTrial(make)
    const keys = [await device.generateKeyPair(first, 'a'), await device.generateKeyPair(first, 'b')]
    const held = await Promise.all(
      Array.from({ length: 64 }, async (_, place) => {
        const { handle, spki } = keys[place % 2] as (typeof keys)[0]
        const data = randomBytes(200 + place)
        return verifies(spki, defaultSignature, data, await device.sign(handle, defaultSignature, data))
      }),
    )
    expect(held).toEqual(Array.from({ length: 64 }, () => true))
  })

  check('device: signs after a restart with the keys it made before', async () => {
    const { device, restarted } = await onTrial(make)
    const data = randomBytes(100)
    const made = await Promise.all(
      families.map(async (algorithm) => ({
        algorithm,
        ...(await device.generateKeyPair(algorithm, 'a')),
      })),
    )
    const again = deviceOf(await restarted())
    for (const { algorithm, handle, spki } of made) {
      const signature = keyAlgorithmInfo(algorithm).defaultSignature
      expect(verifies(spki, signature, data, await again.sign(handle, signature, data)), algorithm).toBe(true)
      expect(Buffer.from(await again.publicKey(handle)).equals(spki), algorithm).toBe(true)
    }
  })
}
