import { refuse } from '../domain/errors.ts'
import { MAX_NAMES } from '../domain/names.ts'
import { nameText } from './distinguished-names.ts'
import { canonicalDns, isRefusal, refusal } from './dns-names.ts'
import { ipOctets, ipText } from './ip-addresses.ts'
import { canonicalMailbox } from './mailboxes.ts'
import { nameFromText } from './name-from-text.ts'
import type { Violation } from '../domain/errors.ts'
import type { NameConstraints, NameSubtrees } from '../domain/names.ts'
import type { Refusal } from './dns-names.ts'

type Kind = keyof NameSubtrees
const KINDS: readonly Kind[] = ['dns', 'ip', 'email', 'uri', 'directory']
const SIDES = ['permitted', 'excluded'] as const

const CANONICAL: { readonly [K in Kind]: (text: string) => string | Refusal } = {
  dns: (text) =>
    text.startsWith('.')
      ? refusal(
          'constraint_dot',
          'must not begin with a dot: a domain covers its subdomains (RFC 5280 §4.2.1.10)',
        )
      : canonicalDns(text, 'no wildcard'),
  ip: canonicalRange,
  email: (text) => (text.includes('@') ? canonicalMailbox(text) : hostOrDomain(text)),
  uri: (text) =>
    /[:/]/.test(text)
      ? refusal('constraint_uri', 'must be a host such as host.example.com, or a domain such as .example.com')
      : hostOrDomain(text),
  directory: (text) => {
    const name = nameFromText(text)
    return name instanceof Uint8Array ? nameText(name) : name
  },
}

/** "host.example.com" is one host, ".example.com" is all below (RFC 5280 §4.2.1.10). */
function hostOrDomain(text: string): string | Refusal {
  const domain = text.startsWith('.')
  const name = canonicalDns(domain ? text.slice(1) : text, 'no wildcard')
  return isRefusal(name) || !domain ? name : `.${name}`
}

/** An address range as CIDR in canonical form, or why it is none. */
export function canonicalRange(text: string): string | Refusal {
  const parts = /^([0-9a-fA-F:.]{1,45})\/(0|[1-9][0-9]{0,2})$/.exec(text)
  const octets = parts === null ? undefined : ipOctets(parts[1] as string)
  const prefix = Number(parts?.[2])
  if (octets === undefined || prefix > octets.length * 8)
    return refusal('constraint_ip', 'must be an address range such as 10.0.0.0/8 or 2001:db8::/32')
  const network = octets.map(
    (octet, i) => octet & ((0xff00 >> Math.min(8, Math.max(0, prefix - i * 8))) & 0xff),
  )
  const canonical = `${ipText(network)}/${prefix}`
  return octets.every((octet, i) => octet === network[i])
    ? canonical
    : refusal('constraint_ip', `has address bits beyond its prefix; the range is ${canonical}`)
}

/**
 * Name constraints as a caller gives them, in canonical form and without duplicates. Domains and hosts become
 * lower-case A-labels. An empty domain is taken in `excluded.dns` only, for "every name".
 * @throws request_invalid naming each bad entry, e.g. `nameConstraints.permitted.dns[1]`
 */
export function constraintsFrom(constraints: NameConstraints, field = 'nameConstraints'): NameConstraints {
  const violations: Violation[] = []
  const result: { permitted?: NameSubtrees; excluded?: NameSubtrees } = {}
  for (const side of SIDES) {
    const given = constraints[side]
    if (given === undefined) continue
    const subtrees: { -readonly [K in Kind]?: NameSubtrees[K] } = {}
    for (const kind of KINDS) {
      const list = given[kind]
      if (list === undefined) continue
      subtrees[kind] = canonicalList(list, kind, side, `${field}.${side}.${kind}`, violations)
    }
    // RFC 5280 §4.2.1.10: GeneralSubtrees has at least one member.
    if (Object.keys(subtrees).length === 0)
      violations.push({
        code: 'constraint_empty',
        field: `${field}.${side}`,
        message: 'constrains nothing; leave it out',
      })
    result[side] = subtrees
  }
  if (constraints.permitted === undefined && constraints.excluded === undefined)
    violations.push({
      code: 'constraint_empty',
      field,
      message: 'has neither permitted nor excluded subtrees',
    })
  refuse('request_invalid', violations)
  return result
}

function canonicalList(
  list: readonly string[],
  kind: Kind,
  side: (typeof SIDES)[number],
  field: string,
  violations: Violation[],
): readonly string[] {
  const canonical = new Set<string>()
  if (list.length === 0)
    violations.push({
      code: 'constraint_empty',
      field,
      message: 'is empty and would constrain nothing; to permit no such name, exclude them all',
    })
  if (list.length > MAX_NAMES) {
    violations.push({ code: 'constraint_count', field, message: `has more than ${MAX_NAMES} entries` })
    return []
  }
  for (const [place, text] of list.entries()) {
    const name = kind === 'dns' && text === '' ? '' : CANONICAL[kind](text)
    if (isRefusal(name))
      violations.push({ code: name.code, field: `${field}[${place}]`, message: name.message })
    else if (name === '' && side === 'permitted')
      violations.push({
        code: 'constraint_empty',
        field: `${field}[${place}]`,
        message: 'is empty and would permit every name; leave it out',
      })
    else canonical.add(name)
  }
  return [...canonical]
}
