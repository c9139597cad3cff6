import type { NameConstraints, NameSubtrees } from '../domain/names.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { ia5Text } from './der/strings.ts'
import { TAG, contextConstructed, contextPrimitive, tagName } from './der/tags.ts'
import { asciiOctets, concat, element, explicit, sequence } from './der/writer.ts'
import { nameText, readName } from './distinguished-names.ts'
import { ipOctets, ipText } from './ip-addresses.ts'
import { constraintsFrom } from './name-constraints-input.ts'
import { nameFromText } from './name-from-text.ts'

const KINDS = ['dns', 'ip', 'email', 'uri', 'directory'] as const
type Kind = (typeof KINDS)[number]
/** directoryName is a CHOICE, so its tag is explicit (X.680 §31.2.7). */
const TAGS = {
  email: contextPrimitive(1),
  dns: contextPrimitive(2),
  directory: contextConstructed(4),
  uri: contextPrimitive(6),
  ip: contextPrimitive(7),
} as const satisfies Record<Kind, number>
/** More subtrees than any constraint of use has; each name is compared with each of them. */
const MAX_SUBTREES = 1000

/**
 * DER of NameConstraints (RFC 5280 §4.2.1.10).
 * @throws request_invalid naming each bad subtree, e.g. `nameConstraints.permitted.dns[0]`, or when there is none
 */
export function encodeNameConstraints(constraints: NameConstraints): Uint8Array {
  const { permitted, excluded } = constraintsFrom(constraints, 'nameConstraints')
  const parts: Uint8Array[] = []
  if (permitted !== undefined) parts.push(explicit(0, ...encodeSubtrees(permitted)))
  if (excluded !== undefined) parts.push(explicit(1, ...encodeSubtrees(excluded)))
  return sequence(...parts)
}

function encodeSubtrees(subtrees: NameSubtrees): Uint8Array[] {
  // minimum is DEFAULT 0 and not written, maximum must be absent.
  return KINDS.flatMap((kind) =>
    (subtrees[kind] ?? []).map((text) => sequence(element(TAGS[kind], octetsOf(kind, text)))),
  )
}

function octetsOf(kind: Kind, text: string): Uint8Array {
  if (kind === 'ip') return networkOctets(text)
  if (kind !== 'directory') return asciiOctets(text)
  const name = nameFromText(text)
  if (name instanceof Uint8Array) return name
  throw new DerError(name.code, name.message)
}

/** Address and mask of a canonical CIDR. */
function networkOctets(cidr: string): Uint8Array {
  const [address = '', prefix] = cidr.split('/')
  const octets = ipOctets(address)
  if (octets === undefined) throw new DerError('network', `${cidr} is no network`)
  return concat(octets, maskOf(Number(prefix), octets.length))
}

function maskOf(prefix: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (0xff00 >> Math.min(8, Math.max(0, prefix - i * 8))) & 0xff)
}

/**
 * Subtrees of DER NameConstraints as text, as they are written there. Kinds of name that this can't express are
 * refused: leaving a constraint out would be failing open.
 * @throws request_invalid naming `field`
 */
export function decodeNameConstraints(der: Uint8Array, field = 'nameConstraints'): NameConstraints {
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(der)
    const list = reader.enter(TAG.sequence, 'the name constraints')
    reader.finish('the name constraints')
    if (list.done) throw new DerError('name_constraints_empty', 'must not be empty (RFC 5280 §4.2.1.10)')
    const permitted = readSubtrees(list, 0)
    const excluded = readSubtrees(list, 1)
    list.finish('the name constraints')
    return { ...(permitted && { permitted }), ...(excluded && { excluded }) }
  })
}

function readSubtrees(list: DerReader, tag: number): NameSubtrees | undefined {
  if (!list.has(contextConstructed(tag))) return undefined
  const inside = list.enter(contextConstructed(tag), 'the subtrees')
  if (inside.done) throw new DerError('name_constraints_empty', 'a list of subtrees is empty')
  const found: { [K in Kind]?: string[] } = {}
  for (let count = 1; !inside.done; count++) {
    if (count > MAX_SUBTREES)
      throw new DerError('name_constraints_count', `more than ${MAX_SUBTREES} subtrees`)
    const subtree = inside.enter(TAG.sequence, 'a subtree')
    const read = subtree.any('a subtree')
    const content = subtree.content()
    if (!subtree.done) throw new DerError('name_constraints_bounds', 'minimum and maximum are not supported')
    const kind = KINDS.find((candidate) => TAGS[candidate] === read)
    if (kind === undefined)
      throw new DerError('name_type', `subtrees of kind ${tagName(read)} are not supported`)
    ;(found[kind] ??= []).push(textOf(kind, content))
  }
  return found
}

function textOf(kind: Kind, content: Uint8Array): string {
  if (kind === 'ip') return networkText(content)
  if (kind !== 'directory') return ia5Text(content, 'a subtree')
  const reader = new DerReader(content)
  const name = readName(reader, 'a subtree')
  reader.finish('a subtree')
  return nameText(name)
}

/** CIDR of address and mask (RFC 5280 §4.2.1.10: 8 octets or 32), whose mask must be ones before zeros. */
function networkText(octets: Uint8Array): string {
  if (octets.length !== 8 && octets.length !== 32)
    throw new DerError('network', 'a network has 8 octets or 32')
  const half = octets.length / 2
  const mask = octets.subarray(half)
  // The zeros in front of the inverted octet, eight at most.
  let prefix = 0
  for (const octet of mask) prefix += Math.clz32(~octet & 0xff) - 24
  const expected = maskOf(prefix, half)
  if (mask.some((octet, i) => octet !== expected[i]))
    throw new DerError('network', 'the mask of a network has gaps')
  return `${ipText(octets.subarray(0, half))}/${prefix}`
}
