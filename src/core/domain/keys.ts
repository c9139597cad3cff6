import type { AccountId, KeyId, Region } from './ids.ts'
import type { KeyAlgorithm } from './key-algorithms.ts'
import type { Millis } from './time.ts'

/** What a private key is for; bound into its envelope, so that it opens for nothing else. */
export type KeyPurpose = 'authority' | 'responder' | 'certificate' | 'webhook' | 'access-key' | 'checkpoint'

/** The additional authenticated data of a sealed key: a row copied elsewhere doesn't open. */
export type KeyContext = {
  readonly account: AccountId
  readonly region: Region
  readonly id: KeyId
  readonly purpose: KeyPurpose
}

/** Stands in `kekVersion` of a key that its device keeps: there is nothing to open, and nothing to wrap anew. */
export const IN_DEVICE = 0

/** What wraps keys: one version of a KMS's key-encryption key. */
export type Kek = { readonly provider: string; readonly kekId: string; readonly kekVersion: number }

/** A private key at rest. */
export type StoredKey = KeyContext & {
  readonly algorithm: KeyAlgorithm
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Name of the KMS provider that can open it. */
  readonly provider: string
  /** Id and version of the key-encryption key; for a key inside a device, the device key's id and 0. */
  readonly kekId: string
  readonly kekVersion: number
  /** The envelope; or, for a key that never leaves its device, the device's handle. */
  readonly sealed: Uint8Array
  readonly createdAt: Millis
}

/** A secret at rest that messages are signed with (HMAC-SHA256): sealed, and wrapped anew, like a private key. */
export type StoredSecret = Omit<StoredKey, 'algorithm' | 'spki'>
