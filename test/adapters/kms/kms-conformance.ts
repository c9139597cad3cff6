import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { KmsProvider, WrappedDataKey } from '../../../src/core/ports/kms-provider.ts'

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

/** What every KMS provider must do; run against each real one, and against its stand-in. */
export function kmsConformance(name: string, make: () => Promise<KmsOnTrial>): void {
  describe(`${name} conforms to the KmsProvider port`, () => {
    const refused = async (trial: KmsOnTrial, wrapped: WrappedDataKey, by = context): Promise<void> => {
      const error: unknown = await trial.provider.unwrap(wrapped, by).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({
        name: 'ChanceryError',
        code: expect.stringMatching(/^(internal|kms_unavailable)$/),
      })
      trial.checkError?.(error)
    }

    it('unwraps what it wrapped', async () => {
      const { provider } = await make()
      const dataKey = randomBytes(32)
      const wrapped = await provider.wrap(dataKey, context)
      expect(Buffer.from(wrapped.wrapped).includes(dataKey)).toBe(false)
      expect(Buffer.from(await provider.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
    })

    it('leaves the data key to its owner, who zeroes it', async () => {
      const { provider } = await make()
      const dataKey = randomBytes(32)
      const before = Buffer.from(dataKey)
      const wrapped = await provider.wrap(dataKey, context)
      expect(dataKey.equals(before)).toBe(true)
      const first = await provider.unwrap(wrapped, context)
      first.fill(0)
      expect(Buffer.from(await provider.unwrap(wrapped, context)).equals(before)).toBe(true)
    })

    it('wraps the same data key differently each time', async () => {
      const { provider } = await make()
      const dataKey = randomBytes(32)
      const [one, other] = [await provider.wrap(dataKey, context), await provider.wrap(dataKey, context)]
      expect(Buffer.from(one.wrapped).equals(other.wrapped)).toBe(false)
    })

    it('refuses another context', async () => {
      const trial = await make()
      const wrapped = await trial.provider.wrap(randomBytes(32), context)
      await refused(trial, wrapped, Buffer.from('account, region, other, purpose'))
      await refused(trial, wrapped, Buffer.alloc(0))
      await refused(trial, wrapped, Buffer.concat([context, Buffer.alloc(1)]))
    })

    it('refuses a wrapped key with any octet changed, cut short or prolonged', async () => {
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

    it('refuses an unknown key-encryption key and an unknown version', async () => {
      const trial = await make()
      const wrapped = await trial.provider.wrap(randomBytes(32), context)
      await refused(trial, { ...wrapped, kekId: '00000000-0000-4000-8000-000000000000' })
      await refused(trial, { ...wrapped, kekVersion: wrapped.kekVersion + 1 })
    })

    it('describes the key that wraps now', async () => {
      const { provider } = await make()
      const { kekId, kekVersion } = await provider.wrap(randomBytes(32), context)
      expect(await provider.describe()).toEqual({ provider: provider.name, kekId, kekVersion })
      expect(kekVersion).toBeGreaterThan(0) // 0 means: the private key never leaves its device
    })

    it('opens after a restart what it wrapped before', async () => {
      const { provider, restarted } = await make()
      const dataKey = randomBytes(32)
      const wrapped = await provider.wrap(dataKey, context)
      const again = await restarted()
      expect(await again.describe()).toEqual(await provider.describe())
      expect(Buffer.from(await again.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
    })

    it('wraps with the newest version and unwraps with the older ones', async () => {
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

    it('keeps concurrent calls apart', async () => {
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
  })
}
