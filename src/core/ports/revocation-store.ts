import type { Certificate } from '../domain/certificates.ts'
import type { CrlScope } from '../domain/crl-scopes.ts'
import type { Serial } from '../domain/ids.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import type { ForeignRevocation } from './foreign-records.ts'
import type { Write } from './write.ts'

/** A row for a CRL: serial, when, why. `sequence` grows with each revocation. */
export type RevokedEntry = {
  readonly sequence: number
  readonly serial: Serial
  readonly revokedAt: Millis
  readonly reason: RevocationReason
  readonly notAfter: Millis
}

/** A revocation that CRLs of before have and later ones don't, or with another reason. */
export type WithdrawnRevocation = {
  readonly id: number
  readonly serial: Serial
  /** The sequence of the revocation that is gone. */
  readonly sequence: number
  readonly withdrawnAt: Millis
  readonly notAfter: Millis
}

/** Writes about revocations; `certificates.revoke` makes them. */
export type RevocationWrites = {
  readonly revocations: {
    /**
     * Once or again; one that stands keeps its date and reason. Without a certificate the serial is put on record by
     * itself, so that it is in CRLs and never issued again.
     */
    import(revocation: ForeignRevocation): Write
    /** Ends a certificateHold; conflict `stale` when it isn't on hold. */
    lift(certificate: Certificate, at: Millis): Write
    /** Since the same moment, for another reason; conflict `stale` when it isn't revoked for the one it has. */
    changeReason(certificate: Certificate, reason: RevocationReason, at: Millis): Write
  }
}

/** Reads about revocations, for CRLs. */
export type RevocationReads = {
  readonly revocations: {
    /** In order of sequence, in pages. */
    list(scope: CrlScope, afterSequence: number, limit: number): Promise<readonly RevokedEntry[]>
    /** Highest sequence; 0 when nothing was revoked. */
    highest(scope: CrlScope): Promise<number>
    /** In order, in pages. */
    withdrawn(scope: CrlScope, after: number, limit: number): Promise<readonly WithdrawnRevocation[]>
    /** `id` of the last; 0 when nothing was withdrawn. */
    highestWithdrawn(scope: CrlScope): Promise<number>
  }
}
