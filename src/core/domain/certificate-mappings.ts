import type { Arn } from './arns.ts'
import type { Violation } from './errors.ts'
import type { AccountId, AuthorityId, CertificateMappingId, Region } from './ids.ts'
import type { GeneralName } from './names.ts'
import type { Millis } from './time.ts'

/** What of a client's certificate decides: a URI that it has exactly, or a DNS name or the common name by a pattern. */
export const MAPPING_KINDS = ['spiffe', 'dns', 'commonName'] as const
export type MappingKind = (typeof MAPPING_KINDS)[number]

/** Whoever holds a certificate of this authority with this name may act in the role; all three are of one account. */
export type CertificateMapping = {
  readonly id: CertificateMappingId
  readonly account: AccountId
  readonly region: Region
  readonly authority: AuthorityId
  readonly kind: MappingKind
  readonly value: string
  readonly role: Arn
  readonly createdAt: Millis
}

/** The names in a client's certificate. */
export type ClientNames = {
  readonly alternative: readonly GeneralName[]
  readonly commonNames: readonly string[]
}

const NAME_TYPES = { spiffe: 'uri', dns: 'dns' } as const

/** Whether one of the names is the one that a mapping speaks of. */
export function matchesMapping(
  { kind, value }: Pick<CertificateMapping, 'kind' | 'value'>,
  names: ClientNames,
): boolean {
  if (kind === 'commonName') return names.commonNames.some((name) => matchesLabels(value, name))
  const given = names.alternative.filter(({ type }) => type === NAME_TYPES[kind]).map((name) => name.value)
  // SPIFFE's X.509-SVID §2: a certificate has one SPIFFE id; with two it would be two workloads.
  if (kind === 'spiffe') return given.length === 1 && given[0] === value
  return given.some((name) => matchesLabels(value, name.toLowerCase()))
}

/** Label by label; `*` stands for one whole label. A star in the certificate stands for itself, and fits none. */
function matchesLabels(pattern: string, name: string): boolean {
  const wanted = pattern.split('.')
  const given = name.split('.')
  return (
    wanted.length === given.length &&
    wanted.every((label, at) => {
      const other = given[at] as string
      return label === '*' ? other !== '' && !other.includes('*') : label === other
    })
  )
}

// SPIFFE-ID §2: a trust domain of lower-case letters, digits, dots, hyphens and underscores; segments of letters, digits, dots, hyphens and
// underscores, none empty and no dot segments.
const SPIFFE = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*$/
const DNS_LABEL = /^(?:\*|[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)$/
/** Nothing between dots, and no star within a label; the rest is what common names are. */
const NAME_LABEL = /^(?:\*|[^*.\p{Cc}]{1,64})$/u

/** What is wrong with what a mapping shall match, as a Violation of `field`; empty when nothing is. */
export function mappingViolations(kind: MappingKind, value: string, field: string): Violation[] {
  const violation = (message: string): Violation[] => [{ code: 'mapping', field, message }]
  if (kind === 'spiffe')
    return SPIFFE.test(value) && value.length <= 2048
      ? []
      : violation('must be a SPIFFE id such as spiffe://example.com/web, without a pattern')
  const labels = value.split('.')
  const shape = kind === 'dns' ? DNS_LABEL : NAME_LABEL
  if (!labels.every((label) => shape.test(label)) || value.length > 253)
    return violation(
      kind === 'dns'
        ? 'must be a DNS name in lower case, in which * may stand for a whole label'
        : 'must be a common name, in which * may stand for a whole part between dots',
    )
  return labels.every((label) => label === '*')
    ? violation('must have a part that isn’t *: it would match everybody’s certificate')
    : []
}
