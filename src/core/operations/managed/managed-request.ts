import type { Violation } from '../../domain/errors.ts'
import { baseDomain } from '../../domain/domain-validations.ts'
import { validationDomainProblem } from '../../domain/email-validation.ts'
import type { KeyAlgorithm } from '../../domain/key-algorithms.ts'
import type { Manager, RenewalKey, ValidationMethod } from '../../domain/managed-certificates.ts'
import { MAX_NAMES } from '../../domain/names.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import { isName, nameOrRefusal } from '../../x509/general-names.ts'
import { missingForMail } from '../validation/approvals.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Once } from '../idempotency.ts'

/** What a request that doesn't say it gets. */
export const DEFAULT_MANAGED_KEY: KeyAlgorithm = 'EC_prime256v1'
/** Of a private authority's; validated ones are `tls-server`. */
export const DEFAULT_MANAGED_PROFILE = 'tls'

export type ManagedRequest = Once & {
  readonly domainName: string
  readonly names?: readonly string[]
  /** A private authority, by id, name or ARN; the place's default when absent. */
  readonly authority?: string
  /** Has the installation's own authority issue once the names are validated. */
  readonly validation?: {
    readonly method: ValidationMethod
    /** EMAIL: whose mailboxes are asked, where not the name's own. */
    readonly domains?: readonly { readonly domain: string; readonly validationDomain: string }[]
  }
  readonly profile?: string
  readonly days?: number
  readonly keyAlgorithm?: KeyAlgorithm
  readonly renewalKey?: RenewalKey
  readonly exportable?: boolean
  readonly managedBy?: Manager
  readonly tags?: Readonly<Record<string, string>>
}

type Complaint = (code: string, field: string, message: string) => void

/** The names in canonical form, the domain name first, each once; and what is wrong with them. */
export function managedNames({ domainName, names = [], validation }: ManagedRequest): {
  readonly names: readonly string[]
  readonly violations: readonly Violation[]
} {
  const violations: Violation[] = []
  const found = new Set<string>()
  const given = [
    ['domainName', domainName] as const,
    ...names.map((name, at) => [`names[${at}]`, name] as const),
  ]
  for (const [field, text] of given) {
    const name = nameOrRefusal('dns', text)
    const refusal = isName(name) ? validationRefusal(name.value, validation?.method) : name
    if (refusal !== undefined) violations.push({ field, ...refusal })
    else if (isName(name)) found.add(name.value)
  }
  if (found.size > MAX_NAMES)
    violations.push({
      code: 'names_count',
      field: 'names',
      message: `at most ${MAX_NAMES} names, the domain name included; ${found.size} were given`,
    })
  return { names: [...found], violations }
}

/** What can't be validated: there is nobody whose domain it is. */
function validationRefusal(
  name: string,
  method: ValidationMethod | undefined,
): { readonly code: string; readonly message: string } | undefined {
  if (method === undefined) return undefined
  if (!baseDomain(name).includes('.'))
    return {
      code: 'domain_top_level',
      message: 'can’t be validated: it needs at least two labels, as in example.com',
    }
  if (method === 'HTTP' && name.startsWith('*.'))
    return { code: 'wildcard_over_http', message: 'a wildcard can’t be validated over HTTP; use DNS' }
  return undefined
}

/** Everything else that is wrong with a request by itself. */
export function managedViolations(
  ports: Pick<Ports, 'mailer' | 'settings'>,
  request: ManagedRequest,
  names: readonly string[],
): readonly Violation[] {
  const violations: Violation[] = [...tagViolations(request.tags ?? {})]
  const complain: Complaint = (code, field, message) => void violations.push({ code, field, message })
  const { validation } = request
  if (validation === undefined) return violations
  if (request.authority !== undefined)
    complain(
      'authority_with_validation',
      'authority',
      'goes without validation: the installation’s own authority issues',
    )
  if (request.profile !== undefined)
    complain(
      'profile_with_validation',
      'profile',
      'goes without validation: such a certificate is for TLS servers',
    )
  const missing = validation.method === 'EMAIL' ? missingForMail(ports) : undefined
  if (missing !== undefined)
    complain(
      'mail_not_configured',
      'validation.method',
      `nothing can be approved by mail: ${missing} is not set`,
    )
  if (validation.method === 'HTTP' && ports.settings.publicUrl === undefined)
    complain(
      'public_url_missing',
      'validation.method',
      'there is nothing to redirect to: CHANCERY_PUBLIC_URL is not set',
    )
  for (const [at, { domain, validationDomain }] of (validation.domains ?? []).entries())
    validationDomainViolations(
      { domain, validationDomain, method: validation.method },
      names,
      (code, member, message) => complain(code, `validation.domains[${at}].${member}`, message),
    )
  return violations
}

/** Contract §7.3: the validation domain is the name itself or a superdomain of it, but no top-level one. */
function validationDomainViolations(
  given: { readonly domain: string; readonly validationDomain: string; readonly method: ValidationMethod },
  names: readonly string[],
  complain: Complaint,
): void {
  if (given.method !== 'EMAIL')
    return complain('validation_domain_unused', 'validationDomain', 'goes with the method EMAIL only')
  const domain = canonical(given.domain)
  if (domain === undefined || !names.includes(domain))
    return complain('validation_domain_unknown', 'domain', 'is none of the names asked for')
  const above = canonical(given.validationDomain)
  const problem = above === undefined ? 'must be a DNS name' : validationDomainProblem(domain, above)
  if (problem !== undefined) complain('validation_domain', 'validationDomain', problem)
}

/** The canonical form of a DNS name; undefined for what is none. */
export function canonical(text: string): string | undefined {
  const name = nameOrRefusal('dns', text)
  return isName(name) ? name.value : undefined
}
