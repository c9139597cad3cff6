import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { KeyPurpose, StoredSecret } from '../../core/domain/keys.ts'
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

/** Secrets in memory at most: webhooks', and those of access keys that sign requests within five minutes. */
const MAX_WEBHOOKS = 64
const MAX_ACCESS_KEYS = 1024

export type OpenedSecrets = { of(purpose: KeyPurpose): OpenedKeys; clear(): void }

/** Two caches, so that whoever signs requests doesn't push webhooks' secrets out. */
export function secretsIn(kept: (most: number) => OpenedKeys): OpenedSecrets {
  const webhooks = kept(MAX_WEBHOOKS)
  const accessKeys = kept(MAX_ACCESS_KEYS)
  return {
    of: (purpose) => (purpose === 'access-key' ? accessKeys : webhooks),
    clear: () => {
      webhooks.clear()
      accessKeys.clear()
    },
  }
}

/** The vault's part for secrets that messages are signed with: in memory only between uses, and not for long. */
export const messageSecrets = (
  provider: KmsProvider,
  { random, clock }: { readonly random: Random; readonly clock: SystemClock },
  opened: OpenedSecrets,
  open: Open,
): Pick<KeyVault, 'makeSecret' | 'keepSecret' | 'mac'> => {
  const keepSecret: KeyVault['keepSecret'] = async (context, secret) => ({
    ...contextOf(context),
    provider: provider.name,
    createdAt: clock.now(),
    ...(await sealEnvelope(provider, random, contextOf(context), secret)),
  })
  return {
    keepSecret,

    async makeSecret(context) {
      const secret = random.bytes(SECRET_OCTETS)
      return { secret, stored: await keepSecret(context, secret) }
    },

    async mac(secret, message, use) {
      const row = { ...secret, spki: NO_PUBLIC_KEY }
      const key = await opened.of(secret.purpose).get(row, () => open(secret, use, createSecretKey))
      return new Uint8Array(createHmac('sha256', key).update(message).digest())
    },
  }
}
