import type {
  EvidenceJson,
  ManagedCertificateJson,
  ManagedSummaryJson,
  ManagedVersionJson,
  PlannedRenewalJson,
} from '../../../contract/index.ts'
import { MANAGED_FAILURES } from '../../../core/domain/managed-certificates.ts'
import { factsOf, type Column } from '../table.ts'
import { endOf, momentOf } from '../times.ts'
import { visible } from '../visible.ts'

/** Columns of a list of managed certificates. */
export const managedColumns = (now: number): Column<ManagedSummaryJson>[] => [
  { title: 'DOMAIN NAME', value: shortNames },
  { title: 'KIND', value: (it) => it.kind },
  { title: 'STATUS', value: (it) => it.failureReason ?? it.status },
  { title: 'EXPIRES', value: (it) => endOf(it.notAfter, now) },
  { title: 'RENEWAL', value: (it) => (it.renewal.eligible ? endOf(it.renewal.at, now) : '-') },
  { title: 'USED BY', value: (it) => it.inUseBy.length.toString(), align: 'right' },
  { title: 'ID', value: (it) => it.id },
]

const shortNames = ({ domainName, names }: ManagedSummaryJson): string =>
  names.length > 1 ? `${domainName} and ${names.length - 1} more` : domainName

/** Columns of a list of its versions. */
export const versionColumns = (now: number): Column<ManagedVersionJson>[] => [
  { title: 'VERSION', value: (it) => it.number.toString(), align: 'right' },
  { title: 'SERIAL', value: (it) => it.serial },
  { title: 'VALID FROM', value: (it) => momentOf(it.notBefore) },
  { title: 'EXPIRES', value: (it) => endOf(it.notAfter, now) },
  { title: 'CERTIFICATE', value: (it) => it.certificateId ?? 'imported' },
]

/** Columns of what the service would do by itself. */
export const plannedColumns = (now: number): Column<PlannedRenewalJson>[] => [
  { title: 'WHEN', value: (it) => endOf(it.at, now) },
  { title: 'WHAT', value: (it) => it.action },
  { title: 'DOMAIN NAME', value: (it) => it.domainName },
  { title: 'EXPIRES', value: (it) => endOf(it.notAfter, now) },
  { title: 'ID', value: (it) => it.id },
  { title: 'WHY', value: (it) => it.why },
]

const KINDS: Readonly<Record<ManagedSummaryJson['kind'], string>> = {
  private: 'private: a private authority issues it',
  validated: 'validated: the service’s own authority issues it, once control over its names is proved',
  imported: 'imported: somebody else has issued it',
}

/** Everything about one, a line each. */
export const managedFacts = (it: ManagedCertificateJson, now: number): string =>
  factsOf([
    ['Id', it.id],
    ['ARN', it.arn],
    ['Kind', KINDS[it.kind]],
    ['Status', it.status],
    ['Because', failureText(it)],
    ['Revoked', it.revocation && `${momentOf(it.revocation.revokedAt)}, ${it.revocation.reason}`],
    ['Names', it.names.join(' ')],
    ...it.validation.map((each) => ['Validation', validationText(each)] as const),
    ['Validate until', it.validateUntil && momentOf(it.validateUntil)],
    ['Key', `${it.keyAlgorithm}, ${keyText(it)}`],
    ['Authority', it.authority],
    ['Profile', it.profile],
    ['Version', it.version?.toString()],
    ['Serial', it.serial],
    ['Valid from', it.notBefore && momentOf(it.notBefore)],
    ['Expires', it.notAfter && endOf(it.notAfter, now)],
    ['Renewal', it.version === undefined ? undefined : renewalText(it, now)],
    ...it.inUseBy.map((arn) => ['Used by', arn] as const),
    ...Object.entries(it.tags).map(([key, value]) => ['Tag', `${key}=${value}`] as const),
  ])

function failureText({ failureReason, failureDetail }: ManagedSummaryJson): string | undefined {
  // Without one it waits for what each name's validation says.
  if (failureReason === undefined) return undefined
  return `${failureReason}: ${failureDetail ?? MANAGED_FAILURES[failureReason]}`
}

const validationText = ({ domain, method, status, reason }: ManagedCertificateJson['validation'][number]) =>
  `${domain} by ${method}: ${status}${reason === undefined ? '' : `, ${reason}`}`

const keyText = ({ kind, exportable, exported }: ManagedCertificateJson): string => {
  if (kind === 'imported') return 'kept by the service'
  if (!exportable) return 'not to be exported'
  return exported ? 'exported' : 'may be exported'
}

function renewalText({ renewal }: ManagedCertificateJson, now: number): string {
  const { eligible, obstacle, key, at, status, reason } = renewal
  const when = at === undefined ? '' : `, from ${endOf(at, now)}`
  const how = key === 'keep' ? ', with the same key' : ''
  const text = eligible ? `by itself${when}${how}` : `not by itself: ${obstacle ?? 'it is not eligible'}`
  if (status === undefined || status === 'SUCCESS') return text
  return `${text}; ${status}${reason === undefined ? '' : `: ${reason}`}`
}

/** What checks found, question by question. */
export const evidenceText = (items: readonly EvidenceJson[]): string =>
  items
    .map(({ domain, kind, verdict, at, version, items: asked }) =>
      [
        `${visible(domain)}  ${kind}  ${verdict}  ${momentOf(at)}  version ${version}\n`,
        ...asked.map(
          ({ perspective, resolver, question, answer, verdict: said }) =>
            `  ${visible(`${perspective}, by ${resolver}: ${question}`)}: ${said}\n` +
            answer
              .split('\n')
              .map((line) => `    ${visible(line)}\n`)
              .join(''),
        ),
      ].join(''),
    )
    .join('\n')
