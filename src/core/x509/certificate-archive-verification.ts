import type { ChainedEvent, SignedArchive } from '../domain/audit-trail.ts'
import {
  archivedCertificateFrom,
  type CertificateArchiveLine,
  type StubLookUp,
} from '../domain/certificate-archive.ts'
import { chainWalk, type Finding } from './audit-chain.ts'
import { isSignedCertificateArchive, type StatementKey } from './audit-statements.ts'

/** A part of archives of certificates, as it comes out of a file or a database. */
export type CertificatePart =
  | CertificateArchiveLine
  /** What the database says of an archive, whether its certificates came or not. */
  | { readonly archived: SignedArchive }
  | { readonly unreadable: string }

export type CertificatesVerified = {
  readonly certificates: number
  readonly archives: number
  readonly last: { readonly id: number; readonly hash: string } | undefined
  readonly notes: readonly string[]
  readonly findings: readonly Finding[]
}

const NOUN = 'archived certificate'

/**
 * Reads archives of certificates through: whether each certificate follows from the one before it, whether each archive is
 * signed up to its end, and whether the database has a stub of each.
 * @param stubOf undefined where there is no database to compare with
 */
export async function verifiedCertificates(
  parts: AsyncIterable<readonly CertificatePart[]>,
  keys: readonly StatementKey[],
  stubOf: StubLookUp | undefined,
): Promise<CertificatesVerified> {
  const walk = chainWalk(NOUN)
  const findings: Finding[] = []
  const notes: string[] = []
  const archives = new Set<number>()
  let certificates = 0
  let open = false
  const closed = (): void => {
    if (open) findings.push(unended(walk.place()?.id ?? 0))
    open = false
  }
  const ended = (archive: SignedArchive): boolean => {
    if (!isSignedCertificateArchive(archive, keys)) findings.push(unsigned(archive))
    archives.add(archive.first)
    return walk.skip(
      { id: archive.first - 1, hash: archive.before },
      { id: archive.last, hash: archive.hash },
    )
  }
  for await (const several of parts)
    for (const part of several) {
      if ('unreadable' in part) findings.push({ kind: 'unreadable', event: 0, message: part.unreadable })
      else if ('certificate' in part) {
        walk.take(part.certificate)
        certificates++
        findings.push(...misplaced(part.certificate, stubOf))
      } else if ('head' in part) {
        closed()
        walk.begin({ id: part.head.first - 1, hash: part.head.before })
        open = true
      } else if ('end' in part) {
        open = false
        ended(part.end)
      } else {
        closed()
        const { first, last } = part.archived
        if (ended(part.archived))
          notes.push(`${NOUN}s ${first} to ${last} are in an archive whose file wasn’t read`)
      }
    }
  closed()
  const found = [...walk.findings(), ...findings].sort((a, b) => a.event - b.event)
  return { certificates, archives: archives.size, last: walk.place(), notes, findings: found }
}

const unended = (event: number): Finding => ({
  kind: 'truncated',
  event,
  message: `an archive stops behind ${NOUN} ${event} without its signed end`,
})

const unsigned = ({ first, last }: SignedArchive): Finding => ({
  kind: 'unsigned',
  event: last,
  message: `the archive of certificates ${first} to ${last} has no right signature by a key that is trusted`,
})

/** The database must have a stub, or the certificate itself while it is being archived. */
function misplaced({ id, record }: ChainedEvent, stubOf: StubLookUp | undefined): Finding[] {
  if (stubOf === undefined) return []
  const certificate = archivedCertificateFrom(record)
  if (certificate === undefined)
    return [{ kind: 'unreadable', event: id, message: `${NOUN} ${id} is no certificate` }]
  const stub = stubOf(certificate)
  if (stub === id || stub === 'here') return []
  const what = `${NOUN} ${id}, serial ${certificate.serial}`
  return [
    stub === undefined
      ? { kind: 'removed', event: id, message: `${what}, has no stub in the database any more` }
      : { kind: 'mislabelled', event: id, message: `${what}, is number ${stub} in the database` },
  ]
}
