import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { openPkcs11 } from '../../../../src/adapters/kms/pkcs11/pkcs11.ts'
import { createSystemRandom } from '../../../../src/adapters/system/random.ts'
import { KEY_ALGORITHM_NAMES } from '../../../../src/core/domain/key-algorithms.ts'
import type { KmsProvider } from '../../../../src/core/ports/kms-provider.ts'
import { createSoftHsm, hasSoftHsm, type SoftHsm } from '../../../support/softhsm.ts'
import { kmsConformance } from '../kms-conformance.ts'

const random = createSystemRandom()

describe.runIf(hasSoftHsm())('a SoftHSM token', () => {
  let hsm: SoftHsm
  let provider: KmsProvider
  const opened: KmsProvider[] = []
  const open = async (): Promise<KmsProvider> => {
    const { module, label, pin } = hsm
    const options = { module, token: label, pin, sessions: 2, environment: process.env }
    opened.push(await openPkcs11(options, random))
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
    KEY_ALGORITHM_NAMES,
  )
})
