import type { KmsProvider } from '../../src/core/ports/kms-provider.ts'
import { kmsUnavailable } from '../../src/adapters/kms/failures.ts'

/** How a KMS fails; `none`: it works. */
export const KMS_FAULTS = ['down', 'hanging', 'throttled', 'key gone'] as const
export type KmsFault = (typeof KMS_FAULTS)[number] | 'none'

/** Whether waiting may help, by fault. */
export const RETRYABLE: Readonly<Record<(typeof KMS_FAULTS)[number], boolean>> = {
  down: true,
  hanging: true,
  throttled: true,
  'key gone': false,
}

/** A real provider that fails as it is told, in everything that it is asked. */
export function faulty(provider: KmsProvider): { readonly provider: KmsProvider; fault: KmsFault } {
  const state = { fault: 'none' as KmsFault }
  const tried = async <T>(work: () => Promise<T>): Promise<T> => {
    switch (state.fault) {
      case 'none':
        return work()
      case 'down':
        throw new Error('connect ECONNREFUSED 10.0.0.7:8200')
      case 'hanging':
        return new Promise(() => {})
      case 'throttled':
        throw kmsUnavailable('KMS: too many requests', true)
      case 'key gone':
        throw kmsUnavailable('KMS: its key is disabled', false)
    }
  }
  const { rotate } = provider
  return Object.assign(state, {
    provider: {
      ...provider,
      ...(rotate === undefined ? {} : { rotate: () => tried(rotate) }),
      describe: () => tried(() => provider.describe()),
      wrap: (...all: Parameters<KmsProvider['wrap']>) => tried(() => provider.wrap(...all)),
      unwrap: (...all: Parameters<KmsProvider['unwrap']>) => tried(() => provider.unwrap(...all)),
    },
  })
}
