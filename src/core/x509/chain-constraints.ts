import { DerError } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { ia5Text } from './der/strings.ts'
import { TAG, contextConstructed, contextPrimitive } from './der/tags.ts'
import { readName } from './distinguished-names.ts'
import { rdnKeys } from './name-constraints.ts'
import type { GeneralName } from '../domain/names.ts'
import type { ChainConstraints, Subtrees } from './name-constraints.ts'

const WHAT = 'the name constraints'
const MAX_SUBTREES = 1_000
/** Host names, with the leading dot of some forms; underscores, since zones of that kind exist. Or nothing: everything. */
const DOMAIN = /^(\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*)?$/

type Collected = {
  dns: string[]
  ip: Uint8Array[]
  email: string[]
  uri: string[]
  directory: (readonly string[])[]
  other: Set<GeneralName['type']>
}

/**
 * The content of a nameConstraints extension (RFC 5280 §4.2.1.10) ready to be compared. Kinds of name that can't be
 * compared are remembered, since names of that kind must then be refused.
 * @throws DerError for what isn't well-formed, a minimum or maximum, and a subtree in no form of the RFC
 */
export function readChainConstraints(value: Uint8Array): ChainConstraints {
  const reader = new DerReader(value)
  const both = reader.enter(TAG.sequence, WHAT)
  reader.finish(WHAT)
  if (both.done) throw new DerError('name_constraints', `${WHAT}: must not be empty`)
  const permitted = both.has(contextConstructed(0)) ? readSubtrees(both, 0) : {}
  const excluded = both.has(contextConstructed(1)) ? readSubtrees(both, 1) : {}
  both.finish(WHAT)
  return { permitted, excluded }
}

function readSubtrees(both: DerReader, number: number): Subtrees {
  const list = both.enter(contextConstructed(number), WHAT)
  if (list.done) throw new DerError('name_constraints', `${WHAT}: a list of subtrees must not be empty`)
  const found: Collected = { dns: [], ip: [], email: [], uri: [], directory: [], other: new Set() }
  for (let count = 0; !list.done; count++) {
    if (count === MAX_SUBTREES)
      throw new DerError('name_constraints', `${WHAT}: more than ${MAX_SUBTREES} subtrees`)
    const subtree = list.enter(TAG.sequence, WHAT)
    readBase(subtree, found)
    // "Within this profile, the minimum and maximum fields are not used": minimum zero isn't written in DER.
    if (!subtree.done)
      throw new DerError('name_constraints', `${WHAT}: minimum and maximum are not supported`)
  }
  return {
    ...(found.dns.length > 0 && { dns: found.dns }),
    ...(found.ip.length > 0 && { ip: found.ip }),
    ...(found.email.length > 0 && { email: found.email }),
    ...(found.uri.length > 0 && { uri: found.uri }),
    ...(found.directory.length > 0 && { directory: found.directory }),
    ...(found.other.size > 0 && { other: found.other }),
  }
}

function readBase(subtree: DerReader, found: Collected): void {
  const tag = subtree.any(WHAT)
  const content = subtree.content()
  switch (tag) {
    case contextPrimitive(1):
      found.email.push(mailboxBase(ia5Text(content, WHAT)))
      return
    case contextPrimitive(2):
      found.dns.push(domainBase(ia5Text(content, WHAT)))
      return
    case contextConstructed(4): {
      const inside = subtree.inside(WHAT)
      found.directory.push(rdnKeys(readName(inside, WHAT)))
      inside.finish(WHAT)
      return
    }
    case contextPrimitive(6):
      found.uri.push(domainBase(ia5Text(content, WHAT)))
      return
    case contextPrimitive(7):
      found.ip.push(addressBase(content))
      return
    case contextPrimitive(8):
      found.other.add('rid')
      return
    case contextConstructed(0):
      found.other.add('other')
      return
    case contextConstructed(5):
      found.other.add('edi')
      return
    // x400Address: no certificate with such a name is read at all.
    case contextConstructed(3):
      return
    default:
      throw new DerError('name_constraints', `${WHAT}: a subtree is no general name`)
  }
}

function domainBase(text: string): string {
  const lower = text.toLowerCase()
  if (!DOMAIN.test(lower))
    throw new DerError('name_constraints', `${WHAT}: ${JSON.stringify(text)} is no domain`)
  return lower
}

function mailboxBase(text: string): string {
  const at = text.lastIndexOf('@')
  const host = domainBase(text.slice(at + 1))
  if (at < 0) return host
  if (at === 0 || host === '' || host.startsWith('.'))
    throw new DerError('name_constraints', `${WHAT}: ${JSON.stringify(text)} is no mailbox`)
  return `${text.slice(0, at)}@${host}`
}

/** RFC 5280 §4.2.1.10: address and mask, "encoded in the style of RFC 4632 (CIDR)", so the mask is a prefix. */
function addressBase(octets: Uint8Array): Uint8Array {
  const half = octets.length / 2
  if (half !== 4 && half !== 16)
    throw new DerError('name_constraints', `${WHAT}: an address range has 8 octets or 32`)
  let ended = false
  for (let i = 0; i < half * 8; i++) {
    const set = ((octets[half + (i >> 3)] as number) & (0x80 >> (i & 7))) !== 0
    if (set && ended)
      throw new DerError('name_constraints', `${WHAT}: the mask of an address range has a gap`)
    ended ||= !set
  }
  // Bits of the address beyond the mask say nothing; without them the comparison is one AND.
  const range = Uint8Array.from(octets)
  for (let i = 0; i < half; i++) range[i] = (range[i] as number) & (range[half + i] as number)
  return range
}
