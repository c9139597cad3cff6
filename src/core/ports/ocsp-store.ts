import type { AuthorityId, KeyId, Serial } from '../domain/ids.ts'
import type { SerialRecord } from '../domain/ocsp.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

/** Who answers for an authority: a certificate of its own from it, whose key is in the vault. */
export type OcspResponder = {
  readonly authority: AuthorityId
  readonly serial: Serial
  readonly key: KeyId
  readonly certificateDer: Uint8Array
  readonly notBefore: Millis
  readonly notAfter: Millis
}

/** Writes about who answers. */
export type OcspWrites = {
  readonly ocspResponders: {
    /**
     * Puts a responder in the place of the one with the serial `before`, or of none; its certificate is published in the
     * same transaction. Conflict `stale` when another one stands there.
     */
    replace(
      responder: Pick<OcspResponder, 'authority' | 'serial' | 'key'>,
      before: Serial | undefined,
      at: Millis,
    ): Write
  }
}

/**
 * Where the database stands: two readings alike have no revocation between them, none taken back or changed, and nothing
 * that is cached by generation.
 */
export type OcspStamp = {
  readonly generation: number
  /** Grows with every revocation, and with each that is taken back or changed. */
  readonly revocations: number
}

/** Reads that answering needs. */
export type OcspReads = {
  readonly ocsp: {
    /** Read for each answer, cached or not: one page that is always in memory, whatever the number of certificates. */
    stamp(): Promise<OcspStamp>
    /**
     * What stands under a serial of an authority. What was issued or revoked stays so until the stamp is another one.
     * @param serial content octets of the INTEGER
     */
    status(authority: AuthorityId, serial: Uint8Array): Promise<SerialRecord | undefined>
    responder(authority: AuthorityId): Promise<OcspResponder | undefined>
    /** Authorities that have one. */
    answering(): Promise<ReadonlySet<AuthorityId>>
  }
}
