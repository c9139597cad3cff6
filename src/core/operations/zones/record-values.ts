import type { CaaProperty } from '../../domain/caa.ts'
import { recordNameFrom } from '../../domain/dns-names.ts'
import type { ZoneData, ZoneRecordType } from '../../domain/zones.ts'
import { ipText, ipv4Octets, ipv6Octets } from '../../x509/ip-addresses.ts'

type Read = { readonly data: ZoneData } | { readonly problem: string }

/** What a record of a type holds, written as in a zone file, or what is wrong with it. */
export const recordValueFrom = (type: ZoneRecordType, text: string): Read => READERS[type](text.trim())

const problem = (text: string): Read => ({ problem: text })

const READERS: Readonly<Record<ZoneRecordType, (text: string) => Read>> = {
  A: (text) => {
    const octets = ipv4Octets(text)
    return octets === undefined
      ? problem('must be an IPv4 address, such as 192.0.2.1')
      : { data: ipText(octets) }
  },
  AAAA: (text) => {
    const octets = ipv6Octets(text)
    return octets === undefined
      ? problem('must be an IPv6 address, such as 2001:db8::1')
      : { data: ipText(octets) }
  },
  CNAME: (text) => hostIn(text),
  NS: (text) => hostIn(text),
  MX: (text) => {
    const [, preference, host] = /^([0-9]{1,5})\s+(\S+)$/.exec(text) ?? []
    if (preference === undefined || host === undefined || Number(preference) > 65_535)
      return problem('must be a preference up to 65535 and a host, such as 10 mail.example.com')
    // RFC 7505: a lone dot says that the domain takes no mail.
    const exchange = host === '.' ? { data: '' } : hostIn(host)
    return 'problem' in exchange
      ? exchange
      : { data: { preference: Number(preference), exchange: exchange.data as string } }
  },
  TXT: (text) => {
    const octets = text.startsWith('"') ? characterStrings(text)?.join('') : latin1Of(text)
    if (octets === undefined)
      return problem('begins with a quotation mark, but isn’t character strings: "…" "…" (RFC 1035 §5.1)')
    return octets.length > MAX_TXT ? problem(`is longer than ${MAX_TXT} octets`) : { data: octets }
  },
  CAA: (text) => {
    const property = caaFrom(text)
    return property === undefined
      ? problem('must be flags, a tag and a value, such as 0 issue "ca.example.net" (RFC 8659 §4.1.1)')
      : { data: property }
  },
}

const MAX_TXT = 4096

function hostIn(text: string): Read {
  const host = recordNameFrom(text)
  if ('problem' in host) return problem(`must be a host name: it ${host.problem}`)
  return host.name.startsWith('*') ? problem('must be a host name, which has no *') : { data: host.name }
}

/** Flags 0 to 255; a tag of letters and digits (RFC 8659 §4.1); a value with or without quotes. */
function caaFrom(text: string): CaaProperty | undefined {
  const [, flags, tag, rest] = /^([0-9]{1,3})\s+([A-Za-z0-9]{1,255})\s+(\S.*)$/s.exec(text) ?? []
  if (flags === undefined || tag === undefined || rest === undefined || Number(flags) > 255) return undefined
  const [value, ...more] = characterStrings(rest) ?? []
  return value === undefined || more.length > 0 || value.length > MAX_TXT
    ? undefined
    : { flags: Number(flags), tag, value }
}

/** The character strings of a zone file's line, each octet as one character (Latin-1); undefined when it is none. */
function characterStrings(text: string): string[] | undefined {
  const strings: string[] = []
  const next =
    /"((?:[^"\\]|\\[0-9]{3}|\\[^0-9])*)"(?:\s+|$)|((?:[^"\\\s]|\\[0-9]{3}|\\[^0-9\s])+)(?:\s+|$)/suy
  while (next.lastIndex < text.length) {
    const found = next.exec(text)
    if (found === null) return undefined
    const octets = unescaped(found[1] ?? found[2] ?? '')
    if (octets === undefined) return undefined
    strings.push(octets)
  }
  return strings
}

/** RFC 1035 §5.1: `\DDD` is an octet, a backslash before anything else that character. */
function unescaped(text: string): string | undefined {
  let octets = ''
  for (const [, decimal, literal, plain] of text.matchAll(/\\([0-9]{3})|\\(.)|([^\\]+)/gsu)) {
    if (decimal !== undefined && Number(decimal) > 255) return undefined
    octets += decimal === undefined ? latin1Of(literal ?? plain ?? '') : String.fromCharCode(Number(decimal))
  }
  return octets
}

/** Text as its octets in UTF-8, each as one character. */
const latin1Of = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (octet) => String.fromCharCode(octet)).join('')
