import { ipOctets } from './ip-addresses.ts'
import { punycodeDecode } from './punycode.ts'
import { singleScript } from './scripts.ts'

/** Why a name isn't taken: becomes a Violation where its field is known. */
export type Refusal = { readonly code: string; readonly message: string }
export const isRefusal = (result: string | Refusal): result is Refusal => typeof result !== 'string'
export const refusal = (code: string, message: string): Refusal => ({ code, message })

const MAX_NAME = 253
const MAX_LABEL = 63
/** An IDN in Unicode is shorter than its A-labels, so anything longer can't fit and isn't worth the work. */
const MAX_TEXT = 1000
const LDH = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const PLAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
/** What WHATWG URL hosts take for an IPv4 address: a last label that is a decimal or hexadecimal number. */
const NUMBER = /^(?:[0-9]+|0x[0-9a-f]*)$/

/** Names of ASCII characters that people paste by mistake, for the message. */
const FOREIGN: readonly (readonly [RegExp, string, string])[] = [
  [/[\u0000-\u001f\u007f-\u009f]/, 'dns_control', 'holds a control character'],
  [/\s/, 'dns_space', 'holds white space'],
  [/_/, 'dns_underscore', 'holds an underscore, which host names may not have (RFC 1123 §2.1)'],
  [/[/\\]/, 'dns_slash', 'holds a slash: a name is no URL or path'],
  [/:/, 'dns_port', 'holds a colon: leave out scheme and port; addresses go under ip'],
  [/@/, 'dns_at', 'holds an @: e-mail addresses go under email'],
  [/%/, 'dns_percent', 'holds a percent sign: write the characters themselves'],
  [/[!"#$&'()+,;<=>?[\]^`{|}~]/, 'dns_character', 'holds a character that host names may not have'],
]

/**
 * Canonical form of a DNS name for a certificate: lower-case A-labels, perhaps with a leading `*.`
 * (RFC 5280 §4.2.1.6, RFC 1123 §2.1, RFC 5891 §4, RFC 6125 §6.4.3), or why it is refused. Idempotent.
 */
export function canonicalDns(
  text: string,
  wildcard: 'wildcard' | 'no wildcard' = 'wildcard',
): string | Refusal {
  if (text === '') return refusal('dns_empty', 'is empty')
  if (text.length > MAX_TEXT) return refusal('dns_length', `longer than ${MAX_NAME} octets`)
  const star = text.startsWith('*.')
  const host = star ? text.slice(2) : text
  if (host.includes('*'))
    return refusal('dns_wildcard', 'a wildcard must be the whole leftmost label, as in *.example.com')
  if (star && wildcard === 'no wildcard') return refusal('dns_wildcard', 'a wildcard is not allowed here')
  const ascii = plainHost(host) ?? asciiHost(host)
  if (isRefusal(ascii)) return ascii
  if (star && !ascii.includes('.')) {
    return refusal('dns_wildcard_wide', 'a wildcard directly under a top-level name is too wide')
  }
  const name = star ? `*.${ascii}` : ascii
  return name.length > MAX_NAME ? refusal('dns_length', `longer than ${MAX_NAME} octets`) : name
}

/** Lower case of a name that needs no closer look, as most don't. */
function plainHost(host: string): string | undefined {
  // The pattern sees the text as given, since one non-ASCII letter's lower case is ASCII.
  if (host.length > MAX_NAME || !PLAIN.test(host)) return undefined
  const lower = host.toLowerCase()
  return lower.includes('xn--') ? undefined : lower
}

function asciiHost(host: string): string | Refusal {
  for (const [pattern, code, message] of FOREIGN) if (pattern.test(host)) return refusal(code, message)
  if (host.endsWith('.')) return refusal('dns_trailing_dot', 'ends in a dot; leave it out')
  const labels: string[] = []
  for (const label of host.split('.')) {
    const ascii = asciiLabel(label)
    if (isRefusal(ascii)) return ascii
    labels.push(ascii)
  }
  const name = labels.join('.')
  if (NUMBER.test(labels.at(-1) as string)) {
    return ipOctets(name) === undefined
      ? refusal('dns_numeric', 'the last label is a number, which readers take for an address')
      : refusal('dns_address', 'is an IP address: addresses go under ip')
  }
  return name
}

function asciiLabel(label: string): string | Refusal {
  if (label === '') return refusal('dns_label_empty', 'has an empty label')
  const lower = label.toLowerCase()
  const ascii = /^[\u0000-\u007f]*$/.test(label) ? lower : aLabelOf(label)
  if (isRefusal(ascii)) return ascii
  if (ascii.length > MAX_LABEL)
    return refusal('dns_label_length', `has a label longer than ${MAX_LABEL} octets`)
  if (!LDH.test(ascii)) return refusal('dns_hyphen', 'has a label that begins or ends with a hyphen')
  return ascii.startsWith('xn--') ? checkedALabel(ascii) : ascii
}

const NO_IDN = refusal('dns_idn', 'has a label that is no valid internationalized name (UTS #46)')

/** The A-label of a U-label (RFC 5890 §2.3.2.1), which must be in the form that IDNA keeps. */
function aLabelOf(label: string): string | Refusal {
  if (!label.isWellFormed()) return NO_IDN
  const ascii = urlHost(label)
  if (ascii === undefined) return NO_IDN
  const unicode = ascii.startsWith('xn--') ? punycodeDecode(ascii.slice(4)) : ascii
  // UTS #46 drops soft hyphens and turns wide letters and ideographic dots into others: the caller
  // should see what will be certified (RFC 5891 §4.2.1: a U-label is in NFC and maps to itself).
  // U+212A KELVIN SIGN is the one letter whose lower case is ASCII.
  if (unicode !== label.normalize('NFC').toLowerCase() || label.includes('\u212a')) {
    return refusal('dns_idn_mapped', `holds characters that IDNA maps to others; write ${unicode ?? ascii}`)
  }
  return ascii
}

/** RFC 5890 §2.3.2.1: an A-label decodes, and its U-label encodes to it again. */
function checkedALabel(label: string): string | Refusal {
  const unicode = punycodeDecode(label.slice(4))
  if (unicode === undefined || /^[\u0000-\u007f]*$/.test(unicode) || urlHost(unicode) !== label) {
    return refusal('dns_a_label', `has a label that is no valid A-label: ${label}`)
  }
  return singleScript(unicode)
    ? label
    : refusal('dns_mixed_scripts', `has a label that mixes scripts or uses an unusual one: ${label}`)
}

/** UTS #46 ToASCII by the URL parser, or undefined. The label holds no ASCII character that a URL gives a meaning. */
function urlHost(label: string): string | undefined {
  try {
    // A second label keeps the parser from reading numbers as an IPv4 address.
    const { hostname } = new URL(`http://${label}.invalid/`)
    return hostname.endsWith('.invalid') ? hostname.slice(0, -'.invalid'.length) : undefined
  } catch {
    return undefined
  }
}
