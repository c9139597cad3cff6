import type { KeyAlgorithm, SignatureAlgorithm } from '../../../core/domain/key-algorithms.ts'
import type { FailureKind } from './token-failure.ts'

/** What the token's process needs to know before anything else. */
export type TokenSettings = {
  /** Path of the vendor's library. */
  readonly module: string
  /** The token's label, or its serial number. */
  readonly token: string
  readonly pin: string
  /** Most sessions, which is how many calls the token gets at once. */
  readonly sessions: number
  /** The key-encryption key's id in hex: the one that must be there, or the one to be given to the first that is made. */
  readonly kek: { readonly expected: string } | { readonly fresh: string }
}

export type KekVersion = { readonly kekId: string; readonly kekVersion: number }

/** What there is on the token, once it is open. */
export type OpenedToken = KekVersion & { readonly algorithms: readonly KeyAlgorithm[] }

/** What the token's process can be asked. `id` is a key's CKA_ID. */
export type TokenOperations = {
  open(settings: TokenSettings): Promise<OpenedToken>
  describe(): Promise<KekVersion>
  rotate(): Promise<KekVersion>
  wrap(
    nonce: Uint8Array,
    dataKey: Uint8Array,
    context: Uint8Array,
  ): Promise<KekVersion & { readonly ciphertext: Uint8Array }>
  unwrap(kek: KekVersion, nonce: Uint8Array, ciphertext: Uint8Array, context: Uint8Array): Promise<Uint8Array>
  /** Answers the SubjectPublicKeyInfo. */
  generateKeyPair(algorithm: KeyAlgorithm, id: Uint8Array, label: string): Promise<Uint8Array>
  publicKey(id: Uint8Array): Promise<Uint8Array>
  /** @param input the digest, or all the data where the algorithm hashes by itself */
  sign(id: Uint8Array, algorithm: SignatureAlgorithm, input: Uint8Array): Promise<Uint8Array>
}

export type OperationName = keyof TokenOperations
/** A number of the asker's own, the operation and its arguments. */
export type Question = readonly [number: number, operation: OperationName, args: readonly unknown[]]
export type Answer =
  | readonly [number: number, right: true, value: unknown]
  | readonly [number: number, right: false, failure: { readonly kind: FailureKind; readonly message: string }]
