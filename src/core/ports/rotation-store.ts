import type { Authority } from '../domain/authorities.ts'
import type { Certificate } from '../domain/certificates.ts'
import type { AuthorityId, Serial } from '../domain/ids.ts'
import type {
  CrossCertificate,
  Dependents,
  Replacement,
  Rotation,
  RotationOutcome,
  RotationStep,
} from '../domain/rotations.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

/** Writes about certificates for an authority's key and about rotations. */
export type RotationWrites = {
  readonly crossCertificates: { add(certificate: CrossCertificate): Write }
  readonly rotations: {
    /** Conflict `exists` while the authority has one that hasn't ended. */
    add(rotation: Rotation): Write
    /** From one step to another; conflict `stale` when it isn't where `from` says. */
    advance(id: string, from: RotationStep | undefined, to: RotationStep, at: Millis): Write
    /** Conflict `stale` when it has ended, or isn't where `step` says. */
    end(id: string, step: RotationStep | undefined, outcome: RotationOutcome, at: Millis): Write
  }
  readonly replacements: {
    /** Conflict `exists` when the certificate has one. */
    add(replacement: Replacement): Write
    dropOf(rotation: string): Write
  }
}

/** Reads about the same. */
export type RotationReads = {
  readonly crossCertificates: {
    /** Those for an authority's key, newest first, with the certificates. */
    of(subject: AuthorityId): Promise<readonly (CrossCertificate & { readonly certificate: Certificate })[]>
  }
  readonly rotations: {
    /** The newest one of an authority. */
    latest(authority: AuthorityId): Promise<Rotation | undefined>
    /** What depends on the authority's key now; looks at each of its certificates, some thousand at a time. */
    dependents(authority: Authority, now: Millis): Promise<Dependents>
    /** Certificates whose key the service holds, without a replacement; at most `limit`, oldest first. */
    reissuable(authority: Authority, now: Millis, limit: number): Promise<readonly Certificate[]>
    /** Of a rotation: the authorities' own certificates that were replaced. */
    children(rotation: string): Promise<readonly Replacement[]>
    /** How many leaves it has replaced. */
    reissued(rotation: string): Promise<number>
    /** What took a certificate's place. */
    replacementOf(issuer: AuthorityId, serial: Serial): Promise<Replacement | undefined>
  }
}
