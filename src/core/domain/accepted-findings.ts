import type { Template } from './templates.ts'

/** A finding of the lint that a template lets pass, because AWS defines the template so. */
type Acceptance = {
  /** The lint's rule. */
  readonly rule: string
  readonly by: (template: Template) => boolean
  readonly why: string
}

const isBlank = (template: Template): boolean =>
  template.keyUsage === undefined && template.extendedKeyUsage === undefined
const isLeaf = ({ kind }: Template): boolean => kind === 'leaf'
const passes = ({ passthrough }: Template): boolean => passthrough.api || passthrough.csr

/**
 * What AWS's templates let pass that the lint refuses elsewhere, all of it: a finding that isn't listed is refused
 * under every template, and a REST profile accepts none. Accepted findings are recorded with the certificate.
 */
export const ACCEPTED_FINDINGS: readonly Acceptance[] = [
  {
    rule: 'key_usage_present',
    by: (template) => isBlank(template) && !isLeaf(template),
    why: 'AWS’s blank templates for authorities define no key usage; the caller gives one or goes without',
  },
  {
    rule: 'key_usage_kind',
    by: (template) => isBlank(template) && !isLeaf(template),
    why: 'AWS’s blank templates leave an authority’s key usages to the caller',
  },
  {
    rule: 'key_usage_critical',
    by: (template) => template.keyUsage === undefined && template.passthrough.csr,
    why: 'AWS passes a CSR’s key usage through as it is, and RFC 5280 §4.2.1.3 only recommends it to be critical',
  },
  {
    rule: 'purposes_key_usage',
    by: (template) => isBlank(template) && isLeaf(template),
    why: 'AWS’s blank templates leave both usages to the caller; a purpose without its usage just can’t be used',
  },
  {
    rule: 'names_present',
    by: isLeaf,
    why: 'AWS’s templates ask for no alternative name',
  },
  {
    rule: 'common_name',
    by: isLeaf,
    why: 'AWS’s templates take the subject as it stands, whatever the alternative names are',
  },
  {
    rule: 'extension_critical_unknown',
    by: passes,
    why: 'AWS passes custom extensions through, critical ones too; whoever asks for one has readers that know it',
  },
  {
    rule: 'urls',
    by: passes,
    why: 'AWS passes URLs through as they are; RFC 5280 §8 only advises against https',
  },
]

/** Accepted under every template where an installation has AWS's key usages for keys that can't encipher. */
const AWS_ENCIPHERMENT: readonly [rule: string, why: string] = [
  'key_usage_encipherment',
  'the installation is configured to write AWS’s keyEncipherment for every key',
]

/** The rules that a template accepts findings of, each with its reason. */
export function acceptedBy(template: Template, awsKeyEncipherment: boolean): ReadonlyMap<string, string> {
  const accepted = ACCEPTED_FINDINGS.filter(({ by }) => by(template)).map(
    ({ rule, why }): readonly [string, string] => [rule, why],
  )
  return new Map(awsKeyEncipherment ? [...accepted, AWS_ENCIPHERMENT] : accepted)
}
