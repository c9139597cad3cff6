import { baseDomain, isProved, type DomainValidation } from '../../domain/domain-validations.ts'
import type { Check, EvidenceKind } from '../../domain/evidence.ts'
import type { ManagedCertificate, ValidationMethod } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import type { StoredEvidence } from '../../ports/managed-store.ts'
import type { Perspectives } from '../../ports/perspectives.ts'
import type { Ports } from '../../ports/ports.ts'
import { installationSecret } from '../installation/installation-secret.ts'
import { askCaa, type CaaFinding, type CaaMethod } from '../validation/ask-caa.ts'
import { checkApproval } from '../validation/check-approval.ts'
import { checkDnsRecord } from '../validation/check-dns-record.ts'
import { checkHttp } from '../validation/check-http.ts'
import { httpValidation } from '../validation/http-validation.ts'
import { validationRecord } from '../validation/validation-record.ts'

/** Labels of RFC 8657's validationmethods. */
const CAA_METHODS: Readonly<Record<ValidationMethod, CaaMethod>> = {
  DNS: 'ca-dns-cname',
  EMAIL: 'ca-email',
  HTTP: 'ca-http',
}

const EVIDENCE_KINDS = { DNS: 'dns', EMAIL: 'email', HTTP: 'http' } as const

export type CheckedName = {
  readonly validation: DomainValidation
  readonly evidence: StoredEvidence | undefined
}

type NameCheck = (validation: DomainValidation) => Promise<Check>

/**
 * Checks each name that isn't proved yet, the way it is to be proved. Who reads its mail is asked when nobody was yet.
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
      if (isProved(validation, now)) return { validation, evidence: undefined }
      const found = await check(validation)
      const kind = EVIDENCE_KINDS[validation.method]
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
  const secret = await installationSecret(ports)
  const { account } = managed
  return (validation) => {
    const domain = baseDomain(validation.domain)
    switch (validation.method) {
      case 'DNS':
        return checkDnsRecord(perspectives, validationRecord(secret, account, domain), now)
      case 'HTTP': {
        const publicUrl = ports.settings.publicUrl ?? ''
        return checkHttp(perspectives, httpValidation(publicUrl, secret, account, domain), now)
      }
      case 'EMAIL':
        return checkApproval(ports, managed, validation, now)
    }
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
  const { account, names, validationMethod } = managed
  const asker = { account, method: CAA_METHODS[validationMethod ?? 'DNS'] }
  const found = await askCaa(ports, asker, names, perspectives, now)
  return found.map((finding) => ({ ...caaEvidence(managed, finding, now), reason: finding.check.reason }))
}

/** What CAA said about a name, to be kept with the version that it was asked for. */
export const caaEvidence = (
  managed: ManagedCertificate,
  { domain, check }: CaaFinding,
  now: Millis,
): StoredEvidence => evidenceOf(managed, domain, 'caa', check, now)

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
