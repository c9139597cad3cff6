import { attributesOf } from './distinguished-names.ts'
import { ipOctets } from './ip-addresses.ts'
import { OID } from './oids.ts'
import type { GeneralName } from '../domain/names.ts'

/** One side of one authority's name constraints, ready to be compared. A member is absent where that kind of name is free. */
export type Subtrees = {
  /** Lower case; '' covers every name. */
  readonly dns?: readonly string[]
  /** Address and mask: 8 octets or 32 (RFC 5280 §4.2.1.10). */
  readonly ip?: readonly Uint8Array[]
  /** A mailbox, a host, or a domain with a leading dot. */
  readonly email?: readonly string[]
  /** A host, or a domain with a leading dot. */
  readonly uri?: readonly string[]
  /** Keys of RDNs, see `rdnKeys`. */
  readonly directory?: readonly (readonly string[])[]
  /** Kinds of name that are constrained in a way nobody here understands. */
  readonly other?: ReadonlySet<GeneralName['type']>
}
/** The name constraints of one authority. */
export type ChainConstraints = { readonly permitted: Subtrees; readonly excluded: Subtrees }

/** A name that the constraints don't allow. */
export type ConstraintViolation = { readonly field: string; readonly message: string }

type Side = 'permitted' | 'excluded'
/** A name to compare: how it is called in messages, and whether a subtree of its kind covers it. */
type Candidate<Base> = {
  readonly shown: string
  readonly covers: (base: Base, side: Side) => boolean
}

/**
 * Names that one authority's constraints don't allow (RFC 5280 §4.2.1.10, §6.1.3 (b), (c)): those of subjectAltName,
 * the subject as a directoryName, and e-mail addresses in the subject. A name must be within some permitted subtree
 * of its kind if there is one, and within no excluded one. For a chain, ask once per authority.
 * @throws request_invalid when a directory name isn't DER of a Name
 */
export function constraintViolations(
  names: readonly GeneralName[],
  subjectDer: Uint8Array,
  constraints: ChainConstraints,
): ConstraintViolation[] {
  const violations: ConstraintViolation[] = []
  const note = (field: string, message: string | undefined): void => {
    if (message !== undefined) violations.push({ field, message })
  }
  for (const [place, name] of names.entries())
    note(`subjectAltName[${place}]`, problemWith(name, constraints))
  const { permitted, excluded } = constraints
  if (permitted.directory !== undefined || excluded.directory !== undefined) {
    const subject = rdnKeys(subjectDer)
    // RFC 5280 §4.2.1.10: "if the subject is not empty".
    if (subject.length > 0)
      note('subject', judge(directory(subject), permitted.directory, excluded.directory))
  }
  if (permitted.email !== undefined || excluded.email !== undefined) {
    // The RFC asks this where there is no subjectAltName; mail clients read the attribute in any case.
    for (const { oid, text } of attributesOf(subjectDer, 'subject'))
      if (oid === OID.emailAddress)
        note('subject.emailAddress', judge(mailbox(text), permitted.email, excluded.email))
  }
  return violations
}

/** Why one authority's constraints don't allow a name; undefined when they do. @throws as `constraintViolations` */
export function problemWith(
  name: GeneralName,
  { permitted, excluded }: ChainConstraints,
): string | undefined {
  if (permitted.other?.has(name.type) === true || excluded.other?.has(name.type) === true)
    return `names of the kind "${name.type}" are constrained in a way that can't be checked`
  switch (name.type) {
    case 'dns':
      return judge(dns(name.value), permitted.dns, excluded.dns)
    case 'ip':
      return judge(address(name.value), permitted.ip, excluded.ip)
    case 'email':
      return judge(mailbox(name.value), permitted.email, excluded.email)
    case 'uri':
      return permitted.uri === undefined && excluded.uri === undefined
        ? undefined
        : uriProblem(name.value, permitted.uri, excluded.uri)
    case 'directory':
      return permitted.directory === undefined && excluded.directory === undefined
        ? undefined
        : judge(directory(rdnKeys(Buffer.from(name.value, 'hex'))), permitted.directory, excluded.directory)
    default:
      return undefined
  }
}

function judge<Base>(
  candidate: Candidate<Base>,
  permitted: readonly Base[] | undefined,
  excluded: readonly Base[] | undefined,
): string | undefined {
  for (const base of excluded ?? [])
    if (candidate.covers(base, 'excluded'))
      return `${candidate.shown} is in a subtree that the chain excludes`
  if (permitted === undefined || permitted.some((base) => candidate.covers(base, 'permitted')))
    return undefined
  return `${candidate.shown} is in no subtree that the chain permits`
}

const withinDomain = (name: string, domain: string): boolean =>
  name.endsWith(domain) && name.length > domain.length

/** "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side". */
function dns(value: string): Candidate<string> {
  const name = value.toLowerCase()
  return {
    shown: value,
    covers: (base, side) => {
      if (base === '' || name === base) return true
      // A leading dot is no RFC 5280 form; others write it for "subdomains only". Excluded, it takes the domain too.
      if (base.startsWith('.'))
        return withinDomain(name, base) || (side === 'excluded' && name === base.slice(1))
      if (withinDomain(name, `.${base}`)) return true
      // A wildcard stands for each name one label longer, and excluded subtrees must keep all their names.
      return side === 'excluded' && name.startsWith('*.') && base.slice(base.indexOf('.')) === name.slice(1)
    },
  }
}

function address(value: string): Candidate<Uint8Array> {
  const octets = ipOctets(value)
  return {
    shown: value,
    covers: (base, side) => {
      // What can't be read is within every excluded subtree and no permitted one.
      if (octets === undefined) return side === 'excluded'
      if (base.length !== 2 * octets.length) return false
      return octets.every((octet, i) => (octet & (base[octets.length + i] ?? 0)) === base[i])
    },
  }
}

/** RFC 5280 §4.2.1.10, §7.5: local parts compare exactly, hosts without regard to case. */
function mailbox(value: string): Candidate<string> {
  const at = value.lastIndexOf('@')
  const host = value.slice(at + 1).toLowerCase()
  return {
    shown: value,
    covers: (base) => {
      const baseAt = base.lastIndexOf('@')
      if (baseAt >= 0)
        return value.slice(0, at) === base.slice(0, baseAt) && host === base.slice(baseAt + 1).toLowerCase()
      return base === '' || hostCovers(base, host)
    },
  }
}

/** "When the constraint begins with a period, it may be expanded with one or more labels", else it is one host. */
const hostCovers = (base: string, host: string): boolean =>
  base.startsWith('.') ? withinDomain(host, base) : host === base

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::[0-9]*)?(?:[/?#]|$)/i
function uriProblem(
  value: string,
  permitted: readonly string[] | undefined,
  excluded: readonly string[] | undefined,
): string | undefined {
  const host = AUTHORITY.exec(value)?.[1]?.toLowerCase()
  // "URIs without an authority component that includes a fully qualified domain name" must be rejected.
  if (host === undefined || ipOctets(host) !== undefined)
    return `${value} has no host name, which the chain constrains`
  return judge(
    { shown: value, covers: (base: string) => base === '' || hostCovers(base, host) },
    permitted,
    excluded,
  )
}

function directory(keys: readonly string[]): Candidate<readonly string[]> {
  return {
    shown: 'the directory name',
    covers: (base) => base.length <= keys.length && base.every((key, i) => key === keys[i]),
  }
}

// RFC 4518 §2.2: what LDAP's string preparation maps to nothing, and what it maps to a space.
const NOTHING =
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u06dd\u070f\u1806\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/gu
const SPACES = /[\s\u0085\p{Z}]+/gu

/** A value prepared for comparison (RFC 4518 §2): upper and then lower case folds ß, final sigma and ligatures, too. */
const prepared = (text: string): string =>
  text
    .replace(NOTHING, '')
    .replace(SPACES, ' ')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replace(SPACES, ' ')
    .trim()

/**
 * A text per RDN of a Name, alike for RDNs that RFC 5280 §7.1 holds to be alike: attribute values compare without
 * regard to case, string type and runs of white space, and the attributes of an RDN have no order.
 * @throws request_invalid when it isn't DER of a Name
 */
export function rdnKeys(nameDer: Uint8Array): readonly string[] {
  const rdns: string[][] = []
  for (const { oid, text, rdn } of attributesOf(nameDer)) {
    ;(rdns[rdn] ??= []).push(JSON.stringify([oid, prepared(text)]))
  }
  return rdns.map((pairs) => pairs.sort().join('+'))
}
