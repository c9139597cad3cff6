import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { StoredSecret } from '../../core/domain/keys.ts'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { KeyUse, KeyVault } from '../../core/ports/key-vault.ts'
import type { KmsProvider } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { contextOf, sealEnvelope } from './envelope.ts'
import type { OpenedKeys } from './opened-keys.ts'

/** As long as HMAC-SHA256's output (RFC 2104 §3); Standard Webhooks wants 24 to 64 octets. */
const SECRET_OCTETS = 32
const NO_PUBLIC_KEY = new Uint8Array()

type Open = (secret: StoredSecret, use: KeyUse, used: (octets: Uint8Array) => KeyObject) => Promise<KeyObject>

/** The vault's part for secrets that messages are signed with: in memory only between uses, and not for long. */
export const messageSecrets = (
  provider: KmsProvider,
  { random, clock }: { readonly random: Random; readonly clock: SystemClock },
  opened: OpenedKeys,
  open: Open,
): Pick<KeyVault, 'makeSecret' | 'mac'> => ({
  async makeSecret(context) {
    const secret = random.bytes(SECRET_OCTETS)
    const sealed = await sealEnvelope(provider, random, contextOf(context), secret)
    const stored = {
      ...contextOf(context),
      provider: provider.name,
      createdAt: clock.now(),
      ...sealed,
    }
    return { secret, stored }
  },

  async mac(secret, message, use) {
    const row = { ...secret, spki: NO_PUBLIC_KEY }
    const key = await opened.get(row, () => open(secret, use, createSecretKey))
    return new Uint8Array(createHmac('sha256', key).update(message).digest())
  },
})
