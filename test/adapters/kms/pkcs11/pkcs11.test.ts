import { describe } from 'vitest'
import { openPkcs11 } from '../../../../src/adapters/kms/pkcs11/pkcs11.ts'
import { createSystemRandom } from '../../../../src/adapters/system/random.ts'
import { afterAll, expect } from 'vitest'
import { inspect } from 'node:util'
import { createSoftHsm, hasSoftHsm } from '../../../support/softhsm.ts'
import { kmsConformance } from '../kms-conformance.ts'
import { KEY_ALGORITHM_NAMES } from '../../../../src/core/domain/key-algorithms.ts'

const random = createSystemRandom()
const there = hasSoftHsm()

describe.skipIf(!there)('SoftHSM', () => {
  const hsm = createSoftHsm()
  const opened: { close?(): Promise<void> }[] = []
  afterAll(async () => {
    for (const one of opened) await one.close?.()
    hsm.remove()
  })
  const open = async () => {
    const provider = await openPkcs11(
      { module: hsm.module, token: hsm.label, pin: hsm.pin, sessions: 2 },
      random,
    )
    opened.push(provider)
    return provider
  }
  kmsConformance(
    'pkcs11',
    async () => ({
      provider: await open(),
      restarted: open,
      rotated: async () => {
        const p = await open()
        await p.rotate?.()
        return p
      },
      checkError: (error) => expect(inspect(error, { depth: 9 })).not.toContain(hsm.pin),
    }),
    KEY_ALGORITHM_NAMES,
  )
})
