import type { AccountId, KeyId, Region } from '../../../src/core/domain/ids.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { KeyContext } from '../../../src/core/domain/keys.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'

/** An authority's key of one account, with whatever a test wants to be different. */
export const aContext = (change: Partial<KeyContext> = {}): KeyContext => ({
  account: '111122223333' as AccountId,
  region: 'eu-central-1' as Region,
  id: '5a0c2f3e-0000-4000-8000-000000000001' as KeyId,
  purpose: 'authority',
  ...change,
})

type Habits = {
  /** Whether it checks the context, as every real provider does. */
  readonly bound?: boolean
  readonly onCall?: (context: Uint8Array) => void
  readonly onUnwrapped?: (dataKey: Uint8Array) => void
}

/** A KMS that doesn't encrypt: it stores the data key beside its context, so that tests see what goes through it. */
export function plainProvider({ bound = true, onCall, onUnwrapped }: Habits = {}): KmsProvider {
  return {
    name: 'plain',
    describe: async () => ({ provider: 'plain', kekId: 'kek', kekVersion: 3 }),
    wrap: async (dataKey, context) => {
      onCall?.(context)
      return { kekId: 'kek', kekVersion: 3, wrapped: Buffer.concat([dataKey, context]) }
    },
    unwrap: async ({ kekId, kekVersion, wrapped }, context) => {
      onCall?.(context)
      const right = kekId === 'kek' && kekVersion === 3 && Buffer.compare(wrapped.subarray(32), context) === 0
      if (bound && !right) throw new ChanceryError('internal', 'wrong context')
      const dataKey = Uint8Array.from(wrapped.subarray(0, 32))
      onUnwrapped?.(dataKey)
      return dataKey
    },
  }
}
