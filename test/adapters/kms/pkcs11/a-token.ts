import { afterEach } from 'vitest'
import { openPkcs11, type Pkcs11Options } from '../../../../src/adapters/kms/pkcs11/pkcs11.ts'
import { createSystemRandom } from '../../../../src/adapters/system/random.ts'
import type { KmsDevice, KmsProvider } from '../../../../src/core/ports/kms-provider.ts'
import { createSoftHsm, type SoftHsm } from '../../../support/softhsm.ts'

const random = createSystemRandom()

export const optionsFor = (hsm: SoftHsm, change: Partial<Pkcs11Options> = {}): Pkcs11Options => ({
  module: hsm.module,
  token: hsm.label,
  pinFile: hsm.pinFile,
  sessions: 2,
  environment: () => hsm.environment(),
  ...change,
})

export type OpenTokens = {
  /** A token that nobody else has. */
  hsm(settings?: readonly string[]): SoftHsm
  open(hsm: SoftHsm, change?: Partial<Pkcs11Options>): Promise<KmsProvider & { readonly device: KmsDevice }>
}

/** Tokens and providers of one test, which are gone after it. */
export function openTokens(): OpenTokens {
  const tokens: SoftHsm[] = []
  const providers: KmsProvider[] = []
  afterEach(async () => {
    for (const provider of providers.splice(0)) await provider.close?.()
    for (const hsm of tokens.splice(0)) hsm.remove()
  })
  return {
    hsm: (settings) => {
      const hsm = createSoftHsm('chancery', settings)
      tokens.push(hsm)
      return hsm
    },
    open: async (hsm, change) => {
      const provider = await openPkcs11(optionsFor(hsm, change), random)
      providers.push(provider)
      const { device } = provider
      if (device === undefined) throw new Error('no device')
      return { ...provider, device }
    },
  }
}
