import type { CertificateJson, CertificateSummaryJson, NamesJson } from '../../../contract/index.ts'
import { factsOf, type Column } from '../table.ts'
import { endOf, momentOf } from '../times.ts'

/** All names in a certificate as one list, the DNS names first. */
export function namesOf({ names }: { readonly names: NamesJson }): string[] {
  const { dns = [], ip = [], email = [], uri = [], other = [], directory = [], rid = [] } = names
  return [
    ...dns,
    ...ip,
    ...email,
    ...uri,
    ...other.map(({ oid }) => `other:${oid}`),
    ...directory.map(() => 'directory name'),
    ...rid.map((oid) => `rid:${oid}`),
  ]
}

const SHOWN_NAMES = 3

/** Columns of a list of certificates; those of fixed width first, so that pages of a long list line up. */
export const certificateColumns = (now: number): Column<CertificateSummaryJson>[] => [
  { title: 'SERIAL', value: (it) => it.serial },
  { title: 'STATUS       ', value: (it) => it.status },
  { title: 'EXPIRES                   ', value: (it) => endOf(it.notAfter, now) },
  { title: 'PROFILE     ', value: (it) => it.profile },
  { title: 'NAMES', value: shortNames },
]

function shortNames(it: CertificateSummaryJson): string {
  const names = namesOf(it)
  if (names.length === 0) return it.subject
  const more = names.length - SHOWN_NAMES
  return names.slice(0, SHOWN_NAMES).join(' ') + (more > 0 ? ` and ${more} more` : '')
}

/** Everything about one certificate, a line each. */
export const certificateFacts = (it: CertificateJson, now: number): string =>
  factsOf([
    ['Id', it.id],
    ['ARN', it.arn],
    ['Serial', it.serial],
    ['Status', it.status],
    ...(it.revocation === undefined
      ? []
      : [['Revoked', `${momentOf(it.revocation.revokedAt)}, ${it.revocation.reason}`] as const]),
    ['Profile', it.profile],
    ['Subject', it.subject === '' ? '(empty)' : it.subject],
    ['Names', namesOf(it).join(' ') || undefined],
    ['Issued', momentOf(it.issuedAt)],
    ['Valid from', momentOf(it.notBefore)],
    ['Expires', endOf(it.notAfter, now)],
    ['Key', it.keyAlgorithm + (it.hasKey ? ', kept by the service' : '')],
    ['Authority', it.authority],
    ['SHA-256', it.fingerprintSha256],
    ...it.warnings.map((warning) => ['Warning', warning] as const),
  ])
