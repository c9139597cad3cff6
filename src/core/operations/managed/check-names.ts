import { baseDomain, isProved, type DomainValidation } from '../../domain/domain-validations.ts'
import type { Check, EvidenceKind } from '../../domain/evidence.ts'
import type { ManagedCertificate, ValidationMethod } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import type { StoredEvidence } from '../../ports/managed-store.ts'
import type { Perspectives } from '../../ports/perspectives.ts'
import type { Ports } from '../../ports/ports.ts'
import { readInstallation } from '../installation/initialize.ts'
import { checkApproval } from '../validation/check-approval.ts'
import { checkCaa } from '../validation/check-caa.ts'
import { checkDnsRecord } from '../validation/check-dns-record.ts'
import { validationRecord } from '../validation/validation-record.ts'

/** Labels of RFC 8657's validationmethods. */
const CAA_METHODS: Readonly<Record<ValidationMethod, string>> = {
  DNS: 'ca-dns-cname',
  EMAIL: 'ca-email',
  HTTP: 'ca-http',
}

const EVIDENCE_KIND = { DNS: 'dns', EMAIL: 'email', HTTP: 'http' } as const

export type CheckedName = {
  readonly validation: DomainValidation
  readonly evidence: StoredEvidence | undefined
}

type NameCheck = (validation: DomainValidation) => Promise<Check | undefined>

/**
 * Checks each name that isn't proved yet, the way it is to be proved; for EMAIL it sees to it that somebody was asked.
 * @param perspectives ask each question once: `askedOnce`
 */
export async function checkNames(
  ports: Ports,
  managed: ManagedCertificate,
  validations: readonly DomainValidation[],
  perspectives: Perspectives,
  now: Millis,
): Promise<readonly CheckedName[]> {
  const check = await nameCheck(ports, managed, perspectives, now)
  return Promise.all(
    validations.map(async (validation) => {
      const found = isProved(validation, now) ? undefined : await check(validation)
      if (found === undefined) return { validation, evidence: undefined }
      const kind = EVIDENCE_KIND[validation.method]
      return {
        validation: concluded(validation, found, now),
        evidence: evidenceOf(managed, validation.domain, kind, found, now),
      }
    }),
  )
}

async function nameCheck(
  ports: Ports,
  managed: ManagedCertificate,
  perspectives: Perspectives,
  now: Millis,
): Promise<NameCheck> {
  const installation = (await readInstallation(ports))?.id ?? ''
  return async (validation) => {
    const { domain, method } = validation
    if (method === 'EMAIL') return checkApproval(ports, managed, validation, now)
    if (method === 'DNS')
      return checkDnsRecord(
        perspectives,
        validationRecord(installation, managed.account, baseDomain(domain)),
        now,
      )
    return undefined
  }
}

function concluded(validation: DomainValidation, { verdict, reason }: Check, now: Millis): DomainValidation {
  const checked = { ...validation, checkedAt: now }
  if (verdict === 'passed') return { ...checked, status: 'SUCCESS', validatedAt: now, reason: undefined }
  return { ...checked, status: 'PENDING_VALIDATION', validatedAt: undefined, reason }
}

/** What CAA says about every name, right before issuance (RFC 8659 §3, RFC 8657). */
export async function checkCaaOf(
  ports: Pick<Ports, 'settings'>,
  managed: ManagedCertificate,
  perspectives: Perspectives,
  now: Millis,
): Promise<readonly (StoredEvidence & { readonly reason: string | undefined })[]> {
  const { caaIdentities, publicUrl } = ports.settings
  const accountUri = publicUrl === undefined ? '' : `${publicUrl}/accounts/${managed.account}`
  const method = managed.validationMethod === undefined ? 'ca-private' : CAA_METHODS[managed.validationMethod]
  return Promise.all(
    managed.names.map(async (domain) => {
      const question = { domain, method, accountUri, identities: caaIdentities }
      const check = await checkCaa(perspectives, question, now)
      return { ...evidenceOf(managed, domain, 'caa', check, now), reason: check.reason }
    }),
  )
}

const evidenceOf = (
  managed: ManagedCertificate,
  domain: string,
  kind: EvidenceKind,
  { verdict, evidence }: Check,
  at: Millis,
): StoredEvidence => ({
  managed: managed.id,
  version: (managed.current?.number ?? 0) + 1,
  domain,
  kind,
  verdict,
  at,
  items: evidence,
})
