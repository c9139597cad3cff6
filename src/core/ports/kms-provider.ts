import type { Kek } from '../domain/keys.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from '../domain/key-algorithms.ts'

/** Which key-encryption key wraps now. */
export type KmsDescription = Kek

export type WrappedDataKey = {
  readonly kekId: string
  readonly kekVersion: number
  readonly wrapped: Uint8Array
}

/**
 * A key management service: wraps data keys, and perhaps holds private keys that never leave it.
 * `context` is authenticated with the wrapped key; the same bytes must be given to unwrap.
 * Every method throws `kms_unavailable` when the service can't answer, with `details.retryable`.
 */
export type KmsProvider = {
  readonly name: string
  describe(): Promise<KmsDescription>
  wrap(dataKey: Uint8Array, context: Uint8Array): Promise<WrappedDataKey>
  unwrap(dataKey: WrappedDataKey, context: Uint8Array): Promise<Uint8Array>
  /**
   * Makes a new version of the key-encryption key, which wraps from now on; what older ones wrapped still opens. Absent
   * where versions are made outside only.
   */
  rotate?(): Promise<KmsDescription>
  /** Present where the device makes and uses private keys itself; `handle` is all that is stored of them. */
  readonly device?: KmsDevice
  /** Ends sessions and connections; called once, when nothing is asked any more. */
  close?(): Promise<void>
}

export type KmsDevice = {
  /** What it can make and sign with; for anything else it isn't asked. */
  readonly algorithms: readonly KeyAlgorithm[]
  /** What a key of such an algorithm can sign with; absent where that is everything that fits it. */
  signatures?(key: KeyAlgorithm): readonly SignatureAlgorithm[]
  generateKeyPair(algorithm: KeyAlgorithm, label: string): Promise<{ handle: Uint8Array; spki: Uint8Array }>
  publicKey(handle: Uint8Array): Promise<Uint8Array>
  sign(handle: Uint8Array, algorithm: SignatureAlgorithm, data: Uint8Array): Promise<Uint8Array>
}
