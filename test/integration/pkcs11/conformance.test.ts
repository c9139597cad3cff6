import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPkcs11 } from '../../../src/adapters/kms/pkcs11/pkcs11.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { KEY_ALGORITHM_NAMES, keyAlgorithmInfo } from '../../../src/core/domain/key-algorithms.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { createSoftHsm, hasSoftHsm, type SoftHsm } from '../../support/softhsm.ts'
import { kmsConformance } from '../../adapters/kms/kms-conformance.ts'
import { optionsFor } from '../../adapters/kms/pkcs11/a-token.ts'

const random = createSystemRandom()

describe.runIf(hasSoftHsm())('a SoftHSM token', () => {
  let hsm: SoftHsm
  let provider: KmsProvider
  const opened: KmsProvider[] = []
  const open = async (): Promise<KmsProvider> => {
    opened.push(await openPkcs11(optionsFor(hsm), random))
    return opened.at(-1) as KmsProvider
  }
  beforeAll(async () => {
    hsm = createSoftHsm()
    provider = await open()
  })
  afterAll(async () => {
    for (const one of opened) await one.close?.()
    hsm.remove()
  })

  kmsConformance(
    'pkcs11',
    async () => ({
      provider,
      restarted: open,
      rotated: async () => {
        await provider.rotate?.()
        return open()
      },
      checkError: (error) => expect(inspect(error, { depth: 9 })).not.toContain(hsm.pin),
    }),
    // ML-DSA came with PKCS #11 3.2.
    KEY_ALGORITHM_NAMES.filter((name) => keyAlgorithmInfo(name).family !== 'ML-DSA'),
  )

  it('has keys that pkcs11-tool sees as made there, sensitive and never extractable', async () => {
    await provider.device?.generateKeyPair('EC_prime256v1', 'authority-2')
    for (const type of ['privkey', 'secrkey']) {
      const objects = hsm.pkcs11Tool('--list-objects', '--type', type).split(/^(?=\S)/m)
      const [withAccess, without] = [
        objects.filter((object) => /^ +Access: .*$/m.test(object)),
        objects.filter((object) => !object.includes('Access:')),
      ]
      expect(withAccess.length, type).toBeGreaterThan(0)
      expect(without).toEqual([])
      for (const object of withAccess) {
        expect(object).toMatch(/Access: +sensitive, always sensitive, never extractable, local$/m)
      }
    }
  })

  it('lets pkcs11-tool read no key-encryption key', () => {
    const read = (): string =>
      hsm.pkcs11Tool('--read-object', '--type', 'secrkey', '--label', 'chancery-kek-1')
    expect(read).toThrow(/CKR_ATTRIBUTE_SENSITIVE/)
  })
})
