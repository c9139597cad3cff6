import type {
  EvidenceJson,
  PlannedRenewalJson,
  RenewalInfoJson,
} from '../../../contract/schemas/managed-renewals.ts'
import type {
  DomainValidationJson,
  ManagedCertificateJson,
  ManagedSummaryJson,
  ManagedVersionJson,
} from '../../../contract/schemas/managed-view.ts'
import { arns } from '../../../core/domain/arns.ts'
import { approvingAddresses } from '../../../core/domain/email-validation.ts'
import { certificateIdOf } from '../../../core/domain/ids.ts'
import {
  domainNameOf,
  isExported,
  managedStatus,
  renewalObstacle,
  type ManagedCertificate,
  type ManagedVersion,
} from '../../../core/domain/managed-certificates.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import { certificatePem } from '../../../core/operations/certificates/certificate-facts.ts'
import type { ManagedView, ValidationView } from '../../../core/operations/managed/read-managed.ts'
import type { PlannedRenewal, RenewalInfo } from '../../../core/operations/managed/renewal-plans.ts'
import type { StoredEvidence } from '../../../core/ports/managed-store.ts'
import { defined } from '../defined.ts'
import { chainPem } from './pem-texts.ts'

const optionalTime = (time: Millis | undefined): string | undefined =>
  time === undefined ? undefined : isoOf(time)

/** A managed certificate as lists show it. */
export function managedSummaryJson(managed: ManagedCertificate, now: Millis): ManagedSummaryJson {
  const { current, revocation } = managed
  return defined({
    id: managed.id,
    arn: arns.managed(managed, managed.id),
    account: managed.account,
    region: managed.region,
    kind: managed.kind,
    status: managedStatus(managed, now),
    failureReason: managed.failure,
    failureDetail: managed.failureDetail,
    domainName: domainNameOf(managed),
    names: [...managed.names],
    keyAlgorithm: managed.keyAlgorithm,
    version: current?.number,
    serial: current?.serial,
    notBefore: optionalTime(current?.notBefore),
    notAfter: optionalTime(current?.notAfter),
    issuedAt: optionalTime(current?.createdAt),
    createdAt: isoOf(managed.createdAt),
    exportable: managed.exportable,
    exported: isExported(managed),
    inUseBy: [...managed.inUseBy],
    tags: { ...managed.tags },
    renewal: renewalJson(managed, now),
    revocation:
      revocation === undefined
        ? undefined
        : { revokedAt: isoOf(revocation.revokedAt), reason: revocation.reason },
  })
}

function renewalJson(managed: ManagedCertificate, now: Millis): ManagedSummaryJson['renewal'] {
  const { renewal, current, dueAt } = managed
  const obstacle = renewalObstacle(managed, now)
  return defined({
    eligible: obstacle === undefined,
    obstacle,
    key: managed.renewalKey,
    at: current === undefined ? undefined : optionalTime(dueAt),
    status: renewal?.status,
    reason: renewal?.reason,
    updatedAt: optionalTime(renewal?.updatedAt),
  })
}

/** A managed certificate with everything. */
export function managedJson(
  { managed, validations, file }: ManagedView,
  now: Millis,
): ManagedCertificateJson {
  return defined({
    ...managedSummaryJson(managed, now),
    authority: managed.authority,
    profile: managed.kind === 'imported' ? undefined : managed.profile,
    days: managed.days,
    validation: validations.map(validationJson),
    validateUntil: optionalTime(managed.validateUntil),
    certificate: file === undefined ? undefined : certificatePem(file.der),
    chain: file === undefined ? [] : file.chain.map(chainPem),
  })
}

const validationJson = (view: ValidationView): DomainValidationJson =>
  defined({
    domain: view.domain,
    method: view.method,
    status: view.status,
    validationDomain: view.validationDomain,
    // Absolute, as zone files and other programs take them.
    record:
      view.record === undefined
        ? undefined
        : { name: `${view.record.name}.`, type: 'CNAME' as const, value: `${view.record.value}.` },
    emails: view.method === 'EMAIL' ? [...approvingAddresses(view.validationDomain)] : undefined,
    reason: view.reason,
    checkedAt: optionalTime(view.checkedAt),
    validatedAt: optionalTime(view.validatedAt),
  })

export const managedVersionJson = (version: ManagedVersion): ManagedVersionJson =>
  defined({
    number: version.number,
    serial: version.serial,
    certificateId:
      version.authority === undefined ? undefined : certificateIdOf(version.authority, version.serial),
    notBefore: isoOf(version.notBefore),
    notAfter: isoOf(version.notAfter),
    createdAt: isoOf(version.createdAt),
  })

export const renewalInfoJson = (info: RenewalInfo): RenewalInfoJson => ({
  suggestedWindow: { start: isoOf(info.start), end: isoOf(info.end) },
  retryAfterSeconds: info.retryAfterSeconds,
  version: info.version,
  eligible: info.eligible,
  reason: info.reason,
})

export const plannedRenewalJson = ({ managed, at, action, why }: PlannedRenewal): PlannedRenewalJson =>
  defined({
    id: managed.id,
    arn: arns.managed(managed, managed.id),
    domainName: domainNameOf(managed),
    at: isoOf(at),
    notAfter: optionalTime(managed.current?.notAfter),
    action,
    why,
  })

export const evidenceJson = ({
  domain,
  kind,
  verdict,
  at,
  version,
  items,
}: StoredEvidence): EvidenceJson => ({
  domain,
  kind,
  verdict,
  at: isoOf(at),
  version,
  items: items.map(({ perspective, resolver, question, answer, verdict: said, at: when }) => ({
    perspective,
    resolver,
    question,
    answer,
    verdict: said,
    at: isoOf(when),
  })),
})
