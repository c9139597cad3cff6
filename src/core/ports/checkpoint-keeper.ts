import type { SignedCheckpoint } from '../domain/audit-trail.ts'

/** A place outside the database where checkpoints go. */
export type CheckpointKeeper = {
  /** For the log. */
  readonly name: string
  /**
   * Resolves when it is kept. Once or again.
   * @param publicKey PEM of the key that signed it
   * @param stopping ends it early
   * @throws Error saying why it isn't
   */
  keep(checkpoint: SignedCheckpoint, publicKey: string, stopping?: AbortSignal): Promise<void>
}
