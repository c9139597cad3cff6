import { canonicalDns, isRefusal, refusal } from './dns-names.ts'
import type { Refusal } from './dns-names.ts'
import { ipText, ipv4Octets, ipv6Octets } from './ip-addresses.ts'

/** The SPIFFE-ID limit (SPIFFE-ID §2.3), and long enough for any other URI. */
const MAX_URI = 2048
const MAX_TRUST_DOMAIN = 255
// RFC 3986 §2, §3: what may stand in a URI at all, and its parts.
const CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/
const PERCENT = /%(?![0-9A-Fa-f]{2})/
const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?(.*)$/

/**
 * Canonical form of a URI for uniformResourceIdentifier (RFC 5280 §4.2.1.6: absolute, ASCII, its host a domain name
 * or an address), scheme and host in lower case; SPIFFE IDs by their own stricter rules. Or why it is refused.
 */
export function canonicalUri(text: string): string | Refusal {
  if (text === '') return refusal('uri_empty', 'is empty')
  if (text.length > MAX_URI) return refusal('uri_length', `longer than ${MAX_URI} octets`)
  if (/[^\u0000-\u007f]/.test(text))
    return refusal('uri_ascii', 'holds characters that are not ASCII; percent-encode them')
  if (!CHARACTERS.test(text)) return refusal('uri_character', 'holds a character that RFC 3986 doesn’t allow')
  if (PERCENT.test(text)) return refusal('uri_percent', 'has a percent sign without two hexadecimal digits')
  const parts = PARTS.exec(text)
  if (parts === null)
    return refusal('uri_relative', 'is not absolute: it must begin with a scheme, as in https://…')
  const scheme = (parts[1] as string).toLowerCase()
  const authority = parts[2]
  const rest = parts[3] as string
  if (scheme === 'spiffe') return spiffeId(text, authority, rest)
  if (authority === undefined) {
    return rest === '' ? refusal('uri_incomplete', 'has nothing after the scheme') : `${scheme}:${rest}`
  }
  const canonical = canonicalAuthority(authority)
  if (isRefusal(canonical)) return canonical
  if (/[[\]]/.test(rest)) return refusal('uri_character', 'holds a bracket outside the host')
  return `${scheme}://${canonical}${rest}`
}

function canonicalAuthority(authority: string): string | Refusal {
  if (authority.includes('@')) return refusal('uri_userinfo', 'holds a user name or password')
  const parts = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{0,5}))?$/.exec(authority)
  if (parts === null || parts[2] === '' || Number(parts[2] ?? 0) > 65_535) {
    return refusal('uri_port', 'has a port that is no number up to 65535')
  }
  const host = parts[1] as string
  const port = parts[2] === undefined ? '' : `:${parts[2]}`
  if (host === '') return refusal('uri_host', 'has no host')
  if (host.startsWith('[')) {
    const octets = ipv6Octets(host.slice(1, -1))
    return octets === undefined
      ? refusal('uri_host', 'has a host in brackets that is no IPv6 address')
      : `[${ipText(octets)}]${port}`
  }
  if (ipv4Octets(host) !== undefined) return host + port
  const name = canonicalDns(host, 'no wildcard')
  return isRefusal(name) ? refusal('uri_host', `the host ${name.message}`) : name + port
}

/** SPIFFE-ID §2: trust domain of lower-case letters, digits, dot, hyphen, underscore; path of plain segments. */
function spiffeId(text: string, authority: string | undefined, rest: string): string | Refusal {
  if (!text.startsWith('spiffe://'))
    return refusal('spiffe_scheme', 'a SPIFFE ID begins with spiffe:// in lower case')
  if (authority === undefined || authority === '')
    return refusal('spiffe_trust_domain', 'has no trust domain')
  if (/[@:]/.test(authority)) return refusal('spiffe_authority', 'a SPIFFE ID has no port or user name')
  if (!/^[a-z0-9._-]+$/.test(authority)) {
    return refusal(
      'spiffe_trust_domain',
      'a trust domain has lower-case letters, digits, dots, hyphens and underscores only',
    )
  }
  if (authority.length > MAX_TRUST_DOMAIN) {
    return refusal('spiffe_trust_domain', `the trust domain is longer than ${MAX_TRUST_DOMAIN} octets`)
  }
  if (/[?#]/.test(rest)) return refusal('spiffe_query', 'a SPIFFE ID has no query or fragment')
  // A trust domain alone is a SPIFFE ID too: that of its authority.
  if (rest === '') return text
  for (const segment of rest.slice(1).split('/')) {
    if (segment === '')
      return refusal('spiffe_path', 'a SPIFFE ID has no empty path segment and no trailing slash')
    if (segment === '.' || segment === '..')
      return refusal('spiffe_path', 'a SPIFFE ID has no . or .. in its path')
    if (!/^[A-Za-z0-9._-]+$/.test(segment)) {
      return refusal('spiffe_path', 'a SPIFFE path has letters, digits, dots, hyphens and underscores only')
    }
  }
  return text
}
