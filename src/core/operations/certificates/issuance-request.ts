import type { Violation } from '../../domain/errors.ts'
import { exportViolations, type ExportRequest } from '../../domain/exports.ts'
import { signaturesOf, type KeyAlgorithm, type SignatureAlgorithm } from '../../domain/key-algorithms.ts'
import type { SubjectFields } from '../../domain/names.ts'
import type { Millis } from '../../domain/time.ts'
import type { ValidityRequest } from '../../domain/validity.ts'
import type { NamesInput } from '../../x509/general-names.ts'
import type { ApiPassthrough } from '../../x509/passthrough.ts'
import type { Once } from '../idempotency.ts'
import type { CertificatePlan } from './certificate-plan.ts'
import type { Issuer } from './issuer-for.ts'

/** Whose certificates are issued when a request names neither a profile nor a template. */
export const DEFAULT_PROFILE = 'tls-server'

export type IssueCertificateRequest = Once & {
  /** Id, name or ARN; the place's default authority when none is named. */
  readonly authority?: string
  /** PKCS#10, PEM or DER. Either this or `key`. */
  readonly csr?: string | Uint8Array
  /** The service makes the key and keeps it wrapped. */
  readonly key?: { readonly algorithm: KeyAlgorithm }
  /** Replaces the names of the CSR; not with a template. */
  readonly names?: NamesInput
  /** Replaces the subject of the CSR; not with a template. */
  readonly subject?: SubjectFields
  /** A fixed profile or a custom one, by name; `tls-server` when absent. */
  readonly profile?: string
  /** In place of a profile: one of AWS's templates, by name or ARN. */
  readonly template?: string
  /** Goes through the template, as far as it takes it. */
  readonly passthrough?: ApiPassthrough
  readonly validity?: ValidityRequest
  /** One that the authority's key can make; the authority's own when absent. */
  readonly signatureAlgorithm?: SignatureAlgorithm
  /** Whether a root may issue this leaf: AWS's callers name their authority and know; false when absent. */
  readonly fromRoot?: boolean
  /** Gives the certificate with its key in the same answer; only with `key`. */
  readonly export?: ExportRequest
}

const violation = (code: string, field: string, message: string): Violation => ({ code, field, message })

/** Everything that is wrong with a request by itself. */
export function issuanceViolations(request: IssueCertificateRequest): Violation[] {
  const { csr, key, template, passthrough } = request
  if (template !== undefined) return templateViolations(request)
  if (passthrough !== undefined)
    return [violation('passthrough_without_template', 'passthrough', 'goes with a template only')]
  if (csr === undefined && key === undefined)
    return [violation('csr_or_key', 'csr', 'give a certification request, or `key` to have one made')]
  if (csr !== undefined && key !== undefined)
    return [violation('csr_or_key', 'key', 'goes without `csr`: the request has a key already')]
  if (request.export === undefined) return []
  if (key === undefined)
    return [violation('export_without_key', 'export', 'needs `key`: the service has no key of a CSR')]
  return exportViolations(request.export, 'export')
}

/** Under a template everything comes from the CSR and the passthrough. */
function templateViolations(request: IssueCertificateRequest): Violation[] {
  const violations = (['key', 'names', 'subject', 'profile', 'export'] as const)
    .filter((member) => request[member] !== undefined)
    .map((member) => violation('template_excludes', member, 'goes without `template`'))
  return request.csr === undefined
    ? [...violations, violation('csr_missing', 'csr', 'is missing; a template certifies the key of a CSR')]
    : violations
}

/** Everything that the authority and the profile or template have against a request. */
export function policyViolations(
  request: IssueCertificateRequest,
  plan: CertificatePlan,
  issuer: Issuer,
  lifetime: Millis,
): Violation[] {
  const { authority } = issuer
  const violations: Violation[] = []
  // A template asks outright: an authority that moved in may have no other below it.
  if (
    plan.kind === 'leaf' &&
    authority.kind === 'root' &&
    request.fromRoot !== true &&
    request.template === undefined
  )
    violations.push(
      violation(
        'root_issues_authorities',
        'authority',
        `“${authority.name}” is a root, which issues no leaves; name a subordinate, or ask with a template`,
      ),
    )
  // Another account's profile is none of those that the owner allowed, whatever it is called.
  const own = request.template === undefined && issuer.lent === undefined
  const named = own ? (request.profile ?? plan.label) : plan.label
  if (authority.allowedProfiles?.includes(named) === false)
    violations.push(
      violation(
        'profile_not_allowed',
        request.template === undefined ? 'profile' : 'template',
        `“${authority.name}” issues under ${authority.allowedProfiles.join(', ') || 'no profile'} only`,
      ),
    )
  const signature = signatureViolation(request.signatureAlgorithm, authority.keyAlgorithm)
  if (signature !== undefined) violations.push(signature)
  return [...violations, ...plan.violations(issuer, lifetime)]
}

/** A key signs only with algorithms made for its kind. */
function signatureViolation(
  wanted: SignatureAlgorithm | undefined,
  key: KeyAlgorithm,
): Violation | undefined {
  const fitting = signaturesOf(key)
  return wanted === undefined || fitting.includes(wanted)
    ? undefined
    : violation(
        'signature_algorithm',
        'signatureAlgorithm',
        `the authority’s key of ${key} signs with ${fitting.join(', ')}`,
      )
}
