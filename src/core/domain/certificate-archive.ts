import {
  archiveStatement,
  membersIn,
  signedArchiveIn,
  trailLineFrom,
  type ArchivedStretch,
  type ChainedEvent,
  type SignedArchive,
} from './audit-trail.ts'
import type { Certificate } from './certificates.ts'
import type { AuthorityId, Region, Serial } from './ids.ts'
import { isoOf } from './time.ts'

/**
 * Archived certificates are numbered from 1 and chained as events of the audit trail are, in a chain of their own: `first`
 * and `last` of a stretch are such numbers.
 */
const HEAD = 'chancery-certificates/1'
const END = 'chancery-certificate-archive/1'

/** What an archive's signature is over: its certificates follow from the hashes. */
export const certificateArchiveText = (stretch: ArchivedStretch): string => archiveStatement(END, stretch)

/** What an archive's file is called: in order, as a directory lists them. */
export const certificateArchiveName = ({ first }: Pick<ArchivedStretch, 'first'>): string =>
  `certificates-${String(first).padStart(12, '0')}.jsonl.gz`

/** What comes first in a file. `publicKey`: PEM of the key that the end is signed by. */
export type CertificateArchiveHead = Pick<ArchivedStretch, 'installation' | 'first' | 'before'> & {
  readonly publicKey: string
}

export function certificateArchiveHeadLine(head: CertificateArchiveHead): string {
  const { installation, first, before, publicKey } = head
  return JSON.stringify({ format: HEAD, installation, first, before, publicKey })
}

/** What comes last, since the hash isn't known before. */
export function certificateArchiveEndLine(end: SignedArchive): string {
  const { installation, first, last, before, hash, at, key, signature } = end
  return JSON.stringify({
    format: END,
    installation,
    first,
    last,
    before,
    hash,
    at: isoOf(at),
    key,
    signature,
  })
}

/**
 * All that the row had, as JSON: what is hashed. A revocation is as it stood then.
 * @param base64 the certificate (RFC 4648 §4)
 */
export function archivedRecord(certificate: Certificate, base64: string): string {
  const { authority, serial, account, region, lender, key, shard, profile, warnings } = certificate
  const { notBefore, notAfter, issuedAt, revocation } = certificate
  return JSON.stringify({
    authority,
    serial,
    account,
    region,
    lender,
    notBefore: isoOf(notBefore),
    notAfter: isoOf(notAfter),
    issuedAt: isoOf(issuedAt),
    profile,
    key,
    shard,
    warnings: warnings.length === 0 ? undefined : warnings,
    revocation: revocation && { revokedAt: isoOf(revocation.revokedAt), reason: revocation.reason },
    certificate: base64,
  })
}

/** By which row a record is found again, and the certificate in base64. */
export type ArchivedCertificate = {
  readonly authority: AuthorityId
  readonly serial: Serial
  readonly region: Region
  readonly certificate: string
}

/** What a database has of an archived certificate: its number, or `here` while it is still there itself. */
export type StubLookUp = (certificate: ArchivedCertificate) => number | 'here' | undefined

/** Reads a record; undefined when it is none. */
export function archivedCertificateFrom(record: string): ArchivedCertificate | undefined {
  const { authority, serial, region, certificate } = membersIn(record) ?? {}
  const texts = [authority, serial, region, certificate].every((each) => typeof each === 'string')
  return texts ? ({ authority, serial, region, certificate } as ArchivedCertificate) : undefined
}

/** What a line of an archive may be. */
export type CertificateArchiveLine =
  | { readonly head: CertificateArchiveHead }
  | { readonly certificate: ChainedEvent }
  | { readonly end: SignedArchive }

/** Reads a line; undefined for one that is none of ours, or damaged. */
export function certificateArchiveLineFrom(line: string): CertificateArchiveLine | undefined {
  const read = trailLineFrom(line)
  if (read !== undefined) return 'event' in read ? { certificate: read.event } : undefined
  const value = membersIn(line)
  switch (value?.['format']) {
    case HEAD:
      return headIn(value)
    case END: {
      const end = signedArchiveIn(value)
      return end && { end }
    }
    default:
      return undefined
  }
}

function headIn(value: Readonly<Record<string, unknown>>): CertificateArchiveLine | undefined {
  const { installation, first, before, publicKey } = value
  if (typeof installation !== 'string' || typeof publicKey !== 'string') return undefined
  if (!Number.isSafeInteger(first) || typeof before !== 'string' || !/^[0-9a-f]{64}$/.test(before))
    return undefined
  return { head: { installation, first: first as number, before, publicKey } }
}
