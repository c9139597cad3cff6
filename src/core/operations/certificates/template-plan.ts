import { acceptedBy } from '../../domain/accepted-findings.ts'
import type { Violation } from '../../domain/errors.ts'
import { DEFAULT_LEAF_DAYS, DEFAULT_ROOT_DAYS, DEFAULT_SUBORDINATE_DAYS } from '../../domain/profiles.ts'
import type { Template } from '../../domain/templates.ts'
import { sameOctets } from '../../x509/algorithm-identifiers.ts'
import { requestedExtensions } from '../../x509/custom-extensions.ts'
import { NOTHING_PASSED, passthroughFrom, type ApiPassthrough } from '../../x509/passthrough.ts'
import { templateExtensions } from '../../x509/template-extensions.ts'
import type { CertificationRequest } from '../../x509/types.ts'
import type { CertificatePlan } from './certificate-plan.ts'
import type { Issuer } from './issuer-for.ts'

const DEFAULT_DAYS = {
  leaf: DEFAULT_LEAF_DAYS,
  subordinate: DEFAULT_SUBORDINATE_DAYS,
  root: DEFAULT_ROOT_DAYS,
} as const satisfies Record<Template['kind'], number>

type Given = {
  readonly csr: CertificationRequest
  readonly passthrough: ApiPassthrough | undefined
  readonly awsKeyEncipherment: boolean
}

/**
 * What a request under one of AWS's templates comes to: subject, names and key are the CSR's, unless the template takes
 * subject and names of the API's; the extensions as `templateExtensions` decides.
 * @throws request_invalid naming everything that is wrong with the passthrough, csr_invalid for extensions of the CSR
 * that can't be read
 */
export function templatePlan(
  template: Template,
  { csr, passthrough, awsKeyEncipherment }: Given,
): CertificatePlan {
  const passed = passthrough === undefined ? NOTHING_PASSED : passthroughFrom(passthrough)
  const takes = template.passthrough.api
  const subject = (takes ? passed.subject : undefined) ?? csr.subject
  const names = (takes ? passed.names : undefined) ?? csr.names
  const requested = requestedExtensions(csr.extensions)
  const accepts = acceptedBy(template, awsKeyEncipherment)
  return {
    label: template.name,
    kind: template.kind,
    templates: [template.name],
    subject,
    names,
    defaultDays: DEFAULT_DAYS[template.kind],
    lint: {
      requireSubjectAltName: template.extendedKeyUsage?.purposes.includes('serverAuth') === true,
      accepts,
    },
    violations: (issuer) => chainViolations(template, csr, subject, issuer),
    extensions: (key, issuer) => {
      const { extensions, warnings } = templateExtensions({
        template,
        key,
        subject,
        names,
        api: passed.extensions,
        csr: requested,
        issuer: issuer.extensions,
        awsKeyEncipherment,
      })
      const ignored = takes ? [] : ignoredParts(template, passed.subject, passed.names)
      return { extensions, warnings: [...ignored, ...warnings] }
    },
  }
}

/** As AWS does, an API's subject and names don't count under a template that takes none; but the caller is told. */
const ignoredParts = ({ name }: Template, subject: unknown, names: unknown): string[] =>
  Object.entries({ subject, subjectAltName: names })
    .filter(([, part]) => part !== undefined)
    .map(([part]) => `passthrough_ignored: ${part} is not the caller’s to say under ${name}`)

function chainViolations(
  { kind, name }: Template,
  csr: CertificationRequest,
  subject: Uint8Array,
  issuer: Issuer,
): Violation[] {
  if (kind === 'root') {
    const [own] = issuer.subjects
    if (sameOctets(csr.publicKey.spki, issuer.key.spki) && own !== undefined && sameOctets(csr.subject, own))
      return []
    const message = `must be the authority’s own, of its key and subject: ${name} is for a root that certifies itself`
    return [{ code: 'template_own_request', field: 'csr', message }]
  }
  // Two keys of a chain under one subject look like a renewed key, which no path length counts (RFC 5280 §3.2).
  if (kind === 'leaf' || !issuer.subjects.some((above) => sameOctets(above, subject))) return []
  const message = 'is that of an authority above it; choose another'
  return [{ code: 'subject_taken', field: 'subject', message }]
}
