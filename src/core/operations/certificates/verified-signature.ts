import { ChanceryError } from '../../domain/errors.ts'
import type { SignatureAlgorithm } from '../../domain/key-algorithms.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { Prepared } from '../../x509/prepare.ts'
import type { KeyUse } from '../../ports/key-vault.ts'
import type { Ports } from '../../ports/ports.ts'
import type { VerificationKey } from '../../ports/signature-verifier.ts'

export type Signing = {
  readonly key: StoredKey
  readonly verificationKey: VerificationKey
  readonly algorithm: SignatureAlgorithm
  readonly prepared: Prepared
  /** What `prepared` stands for. */
  readonly tbs: Uint8Array
  readonly use: KeyUse
}

/**
 * One signature, verified under the signer's public key before anybody sees it: catches a faulty device, and a key
 * that isn't the authority's.
 * @throws kms_unavailable
 */
export async function verifiedSignature(
  ports: Pick<Ports, 'vault' | 'verifier'>,
  { key, verificationKey, algorithm, prepared, tbs, use }: Signing,
): Promise<Uint8Array> {
  const signature = await signed(ports, key, prepared, use)
  const good =
    signature instanceof Uint8Array &&
    signature.length > 0 &&
    (await ports.verifier.verify(verificationKey, algorithm, tbs, signature))
  if (good) return signature
  throw wrongSignature()
}

/** What is said of a signature that doesn't verify. */
export const wrongSignature = (): ChanceryError =>
  new ChanceryError(
    'kms_unavailable',
    'The key management service gave a wrong signature; nothing was issued',
    { details: { retryable: false } },
  )

/**
 * A signature, not verified yet. A device's driver may throw anything; what it says may not be for callers' eyes.
 * @throws kms_unavailable
 */
export async function signed(
  ports: Pick<Ports, 'vault'>,
  key: StoredKey,
  prepared: Prepared,
  use: KeyUse,
): Promise<Uint8Array> {
  try {
    return await ports.vault.sign(key, prepared, use)
  } catch (error) {
    if (error instanceof ChanceryError) throw error
    throw new ChanceryError('kms_unavailable', 'The key management service failed; nothing was issued', {
      details: { retryable: true },
      cause: error,
    })
  }
}
