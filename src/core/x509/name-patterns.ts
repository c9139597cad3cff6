import type { GeneralName } from '../domain/names.ts'
import type { ProfileNameKind } from '../domain/profiles.ts'
import { oidOctets } from './der/oid.ts'
import { canonicalDns, isRefusal, refusal, type Refusal } from './dns-names.ts'
import { ipOctets } from './ip-addresses.ts'
import { canonicalMailbox } from './mailboxes.ts'
import { canonicalRange } from './name-constraints-input.ts'
import { canonicalUri } from './uris.ts'

/**
 * A pattern in canonical form, or why it is none:
 * `dns` a name, `*.example.com` (one more label) or `**.example.com` (one or more);
 * `ip` an address or a range as CIDR; `email` a mailbox, or a domain in any form of `dns`;
 * `uri` a URI without query, which covers itself and what lies below its path; `other` the OID of an otherName.
 */
export function canonicalPattern(kind: ProfileNameKind, text: string): string | Refusal {
  switch (kind) {
    case 'dns':
      return domainPattern(text)
    case 'ip':
      return text.includes('/')
        ? canonicalRange(text)
        : canonicalRange(`${text}/${text.includes(':') ? 128 : 32}`)
    case 'email':
      return text.includes('@') ? canonicalMailbox(text) : domainPattern(text)
    case 'uri':
      return uriPattern(text)
    case 'other':
      return oidOctets(text) === undefined
        ? refusal('pattern_oid', 'is no object identifier such as 1.3.6.1.4.1.311.20.2.3')
        : text
  }
}

function domainPattern(text: string): string | Refusal {
  const stars = /^\*{1,2}\./.exec(text)?.[0] ?? ''
  const domain = canonicalDns(text.slice(stars.length), 'no wildcard')
  return isRefusal(domain) ? domain : stars + domain
}

function uriPattern(text: string): string | Refusal {
  const uri = canonicalUri(text)
  if (isRefusal(uri)) return uri
  if (/[?#]/.test(uri)) return refusal('pattern_query', 'must have no query and no fragment')
  const parts = partsOf(uri)
  if (parts?.path.some(isSlippery) === true)
    return refusal(
      'pattern_path',
      'must have no empty segment, no . or .. and no percent-encoded dot or slash in its path',
    )
  return uri.endsWith('/') ? uri.slice(0, -1) : uri
}

/**
 * Whether a pattern in canonical form covers a name in canonical form: parsed, label by label and segment by segment,
 * never character by character. A wildcard in the name is a label like any other, and matches a pattern's star only.
 */
export function covers(kind: ProfileNameKind, pattern: string, name: GeneralName): boolean {
  if (name.type !== kind) return false
  switch (name.type) {
    case 'dns':
      return domainCovers(pattern, name.value)
    case 'ip':
      return rangeCovers(pattern, name.value)
    case 'email':
      return pattern.includes('@')
        ? pattern === name.value
        : domainCovers(pattern, name.value.slice(name.value.lastIndexOf('@') + 1))
    case 'uri':
      return uriCovers(pattern, name.value)
    case 'other':
      return pattern === name.oid
    default:
      return false
  }
}

function domainCovers(pattern: string, domain: string): boolean {
  const wanted = pattern.split('.')
  const labels = domain.split('.')
  const star = wanted[0] === '*' || wanted[0] === '**'
  if (!star) return pattern === domain
  const suffix = wanted.slice(1)
  const more = labels.length - suffix.length
  if (wanted[0] === '*' ? more !== 1 : more < 1) return false
  return suffix.every((label, place) => label === labels[more + place])
}

function rangeCovers(range: string, address: string): boolean {
  const slash = range.indexOf('/')
  const network = ipOctets(range.slice(0, slash))
  const octets = ipOctets(address)
  if (network === undefined || octets?.length !== network.length) return false
  const prefix = Number(range.slice(slash + 1))
  return octets.every((octet, place) => {
    const mask = (0xff00 >> Math.min(8, Math.max(0, prefix - place * 8))) & 0xff
    return (octet & mask) === network[place]
  })
}

type UriParts = { readonly origin: string; readonly path: readonly string[] }
/** RFC 3986 §3; undefined for a URI without authority, such as a URN. */
function partsOf(uri: string): UriParts | undefined {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^?#]*)/.exec(uri)
  if (parts === null) return undefined
  const path = (parts[2] as string).split('/').slice(1)
  // The last segment is empty where the path ends in a slash.
  return { origin: parts[1] as string, path: path.at(-1) === '' ? path.slice(0, -1) : path }
}

/** A reader that resolves `..`, or decodes first and parses then, would find itself elsewhere. */
const isSlippery = (segment: string): boolean =>
  segment === '.' || segment === '..' || segment === '' || /%(2e|2f|5c)/i.test(segment)

function uriCovers(pattern: string, uri: string): boolean {
  if (pattern === uri) return true
  const [wanted, given] = [partsOf(pattern), partsOf(uri)]
  if (wanted === undefined || given === undefined || wanted.origin !== given.origin) return false
  const { path } = given
  return !path.some(isSlippery) && wanted.path.every((segment, place) => segment === path[place])
}
