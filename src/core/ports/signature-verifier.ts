import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'

declare const loaded: unique symbol
/** A public key ready to verify with. */
export type VerificationKey = { readonly [loaded]: true }

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
}
