import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'

declare const loaded: unique symbol
/** A public key ready to verify with. */
export type VerificationKey = { readonly [loaded]: true }

/** One signature over octets that come piece by piece. */
export type RunningVerification = {
  add(piece: Uint8Array): void
  /** Whether it is one over all that was added; asked once. */
  verify(signature: Uint8Array): Promise<boolean>
}

/** Verifies signatures off the event loop. */
export type SignatureVerifier = {
  /** @throws csr_invalid or request_invalid naming `field` when the key isn't one (e.g. a point not on its curve) */
  load(spki: Uint8Array, field: string): VerificationKey
  verify(
    key: VerificationKey,
    algorithm: SignatureAlgorithm,
    data: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean>
  /**
   * For what is too large to be held; hashes where it is called.
   * @throws as `load` does, when the key isn't one
   */
  begin(key: VerificationKey, algorithm: SignatureAlgorithm): RunningVerification
}
