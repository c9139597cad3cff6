import type { AuthorityJson, AuthoritySummaryJson } from '../../../contract/index.ts'
import { factsOf, type Column } from '../table.ts'
import { endOf, momentOf } from '../times.ts'

/** Columns of a list of authorities. */
export const authorityColumns = (now: number): Column<AuthoritySummaryJson>[] => [
  { title: 'NAME', value: (it) => it.name + (it.isDefault ? ' (default)' : '') },
  { title: 'KIND', value: (it) => it.kind },
  { title: 'STATUS', value: (it) => it.status },
  { title: 'KEY', value: (it) => it.keyAlgorithm },
  { title: 'EXPIRES', value: (it) => endOf(it.notAfter, now) },
  { title: 'ID', value: (it) => it.id },
]

/** Everything about one authority, a line each. */
export function authorityFacts(it: AuthorityJson | AuthoritySummaryJson, now: number): string {
  const { permitted, excluded } = it.nameConstraints ?? {}
  return factsOf([
    ['Name', it.name + (it.isDefault ? ' (default)' : '')],
    ['Id', it.id],
    ['ARN', it.arn],
    ['Kind', it.kind],
    ['Parent', it.parent],
    ['Status', it.status],
    ['Successor', it.successor],
    ['Failed because', it.failureReason],
    ['Restorable until', it.restorableUntil === undefined ? undefined : momentOf(it.restorableUntil)],
    ['Key destroyed', it.purgedAt === undefined ? undefined : momentOf(it.purgedAt)],
    ['Key storage', it.keyStorageStandard && `${it.keyStorageStandard} (as asked for)`],
    ['Usage mode', it.usageMode === 'GENERAL_PURPOSE' ? undefined : it.usageMode],
    ['Subject', it.subject],
    ['Key', `${it.keyAlgorithm}, signs with ${it.signatureAlgorithm}`],
    ['Serial', it.serial],
    ['Valid from', it.notBefore === undefined ? undefined : momentOf(it.notBefore)],
    ['Expires', endOf(it.notAfter, now)],
    ['Renewal', it.kind === 'root' ? undefined : it.renewal.toLowerCase()],
    ['CAA', it.caa === 'OFF' ? undefined : it.caa.toLowerCase()],
    ['Path length', it.pathLength?.toString()],
    ['Permitted names', namesText(permitted)],
    ['Excluded names', namesText(excluded)],
    ['Issues only under', it.allowedProfiles?.join(', ')],
    ['CRL', it.crlUrl],
    ...revocationFacts(it.revocation),
    ['SHA-256', it.fingerprintSha256],
  ])
}

const namesText = (
  subtrees: Readonly<Record<string, string[] | undefined>> | undefined,
): string | undefined =>
  subtrees === undefined
    ? undefined
    : Object.entries(subtrees)
        .flatMap(([type, names]) => (names ?? []).map((name) => `${type}:${name}`))
        .join(' ')

/** How it tells of what it revoked. */
function revocationFacts({ crl, ocsp }: AuthorityJson['revocation']): [string, string][] {
  const delta = crl.deltaHours === undefined ? '' : `, deltas for ${lifetime(crl.deltaHours)}`
  return [
    ['CRLs', crl.enabled ? `${crl.kind.toLowerCase()}, good for ${lifetime(crl.hours)}${delta}` : 'none'],
    ['OCSP', ocsp.enabled ? `answers good for ${lifetime(ocsp.hours)}` : 'not named in certificates'],
  ]
}

const lifetime = (hours: number): string => (hours % 24 === 0 ? `${hours / 24} d` : `${hours} h`)
