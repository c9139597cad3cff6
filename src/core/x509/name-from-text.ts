import { DerError } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { checkString, isPrintable, stringText } from './der/strings.ts'
import { TAG } from './der/tags.ts'
import { asciiOctets, element, oid, sequence, setOf, utf8Octets } from './der/writer.ts'
import { DESCRIPTORS, INVISIBLE } from './distinguished-names.ts'
import { refusal } from './dns-names.ts'
import { OID } from './oids.ts'
import type { Refusal } from './dns-names.ts'

const MAX_TEXT = 1024
const TYPES: ReadonlyMap<string, string> = new Map(
  [...DESCRIPTORS].map(([type, descriptor]) => [descriptor.toLowerCase(), type]),
)
/** RFC 5280 Appendix A.1: these have a string type of their own, all others are UTF8String (§4.1.2.4). */
const PRINTABLE_TYPES: ReadonlySet<string> = new Set([OID.country, OID.serialNumber])
// RFC 4514 §3: a descriptor or a dotted OID; a value whose specials are escaped, or `#` and the hex of its encoding.
const PAIR =
  /\s*([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)\s*=\s*(#[0-9A-Fa-f]+|(?:[^"+,;<>\\]|\\[0-9A-Fa-f]{2}|\\[ "#+,;<=>\\])*)\s*([,+]|$)/y
const PIECE = /\\([0-9A-Fa-f]{2})|\\(.)|([^\\])/gsu
const FORM = refusal('directory_form', 'is no name such as O=Example GmbH,C=DE (RFC 4514)')

/**
 * DER of the Name that RFC 4514 text stands for, its last RDN first in the text; blanks around separators are
 * tolerated. Or why it is refused: the form, an attribute nobody knows, a value that its type can't have.
 */
export function nameFromText(text: string): Uint8Array | Refusal {
  if (text.length > MAX_TEXT) return refusal('directory_length', `longer than ${MAX_TEXT} characters`)
  if (text.trim() === '') return refusal('directory_empty', 'is empty')
  const rdns: Uint8Array[][] = [[]]
  PAIR.lastIndex = 0
  for (let ended = false; !ended;) {
    const [matched, type = '', value = '', separator] = PAIR.exec(text) ?? []
    if (matched === undefined) return FORM
    const attribute = attributeFrom(type, value)
    if (!(attribute instanceof Uint8Array)) return attribute
    rdns.at(-1)?.push(attribute)
    if (separator === ',') rdns.push([])
    ended = separator === ''
  }
  return sequence(...rdns.reverse().map(setOf))
}

function attributeFrom(name: string, written: string): Uint8Array | Refusal {
  const type = /^[0-9]/.test(name) ? name : TYPES.get(name.toLowerCase())
  if (type === undefined)
    return refusal(
      'directory_attribute',
      `has an unknown attribute ${name}; there are ${[...DESCRIPTORS.values()].join(', ')}, and others by their OID`,
    )
  try {
    const value = written.startsWith('#') ? encodedValue(written) : textValue(type, unescaped(written))
    return value instanceof Uint8Array ? sequence(oid(type), value) : value
  } catch (error) {
    if (error instanceof DerError) return refusal('directory_value', `${name}: ${error.message}`)
    throw error
  }
}

/** RFC 4514 §2.4: `#` and the hex of a BER value; here a string in DER. */
function encodedValue(written: string): Uint8Array | Refusal {
  if (written.length % 2 === 0) return FORM
  const der = Uint8Array.from(Buffer.from(written.slice(1), 'hex'))
  const reader = new DerReader(der)
  const tag = reader.any('the value')
  checkString(tag, reader.bytes, reader.from, reader.to, 'the value')
  reader.finish('the value')
  return der
}

function textValue(type: string, octets: Uint8Array): Uint8Array | Refusal {
  const text = stringText(TAG.utf8String, octets, 'the value')
  if (text === '') return refusal('directory_value', `has an attribute without a value`)
  if (INVISIBLE.test(text))
    return refusal('directory_value', 'holds a control or invisible formatting character')
  if (type === OID.country && !/^[A-Z]{2}$/.test(text))
    return refusal('directory_value', 'a country is two capital letters (ISO 3166)')
  if (type === OID.domainComponent) return element(TAG.ia5String, asciiOctets(text))
  if (!PRINTABLE_TYPES.has(type)) return element(TAG.utf8String, utf8Octets(text))
  return isPrintable(text)
    ? element(TAG.printableString, asciiOctets(text))
    : refusal('directory_value', "only letters, digits, space and '()+,-./:=? (PrintableString)")
}

/** The UTF-8 of a value; blanks at its end count only where they are escaped. */
function unescaped(written: string): Uint8Array {
  const octets: number[] = []
  let end = 0
  for (const [, hex, special, plain] of written.matchAll(PIECE)) {
    if (hex !== undefined) octets.push(Number.parseInt(hex, 16))
    else octets.push(...utf8Octets(special ?? plain ?? ''))
    if (plain !== ' ') end = octets.length
  }
  return Uint8Array.from(octets.slice(0, end))
}
