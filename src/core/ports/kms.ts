import type { StoredKey } from '../domain/keys.ts'
import type { KmsDescription } from './kms-provider.ts'

/**
 * The key management services of an installation, by name. This is about data keys only: no private key is opened
 * through it. Every method throws `kms_unavailable`, with `details.retryable`, when the service can't do it.
 */
export type Kms = {
  /** All that are configured, the one for new keys first. */
  readonly names: readonly string[]
  /** Which key-encryption key wraps now. */
  describe(name: string): Promise<KmsDescription>
  /** Whether new versions of its key-encryption key are made on request; elsewhere they are made outside. */
  rotates(name: string): boolean
  /** Makes a new version, which wraps from now on. */
  rotate(name: string): Promise<KmsDescription>
  /**
   * The key with its data key wrapped by what wraps now in the KMS `to`; its payload is as it was.
   * @throws internal naming the key when it doesn't open
   */
  rewrap(key: StoredKey, to: string): Promise<StoredKey>
  /** Asks whether it works: one data key there and back. What came of it stays in `up`. */
  check(name: string): Promise<void>
  /** What the last check found; true before the first. */
  up(name: string): boolean
}
