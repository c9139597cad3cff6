import { DerError } from './errors.ts'
import { TAG, tagName } from './tags.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** X.680 §41.4, RFC 5280 Appendix A.1: what a PrintableString may hold. */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/
const NUMERIC = /^[0-9 ]*$/
export const isPrintable = (text: string): boolean => PRINTABLE.test(text)

/**
 * Text of a string type's content octets, checked against the type's character set. TeletexString is read as
 * Latin-1, as everybody does; it is in RFC 5280 for old names only.
 * @throws DerError for octets outside the type's set and for tags that are no string
 */
export function stringText(tag: number, octets: Uint8Array, what: string): string {
  switch (tag) {
    case TAG.utf8String:
      return utf8Text(octets, what)
    case TAG.printableString:
      return within(PRINTABLE, tag, octets, what)
    case TAG.numericString:
      return within(NUMERIC, tag, octets, what)
    case TAG.ia5String:
      return ia5Text(octets, what)
    case TAG.visibleString:
      return within(/^[ -~]*$/, tag, octets, what)
    case TAG.teletexString:
      return latin1(octets)
    case TAG.bmpString:
      return wideText(octets, 2, what)
    case TAG.universalString:
      return wideText(octets, 4, what)
    default:
      throw new DerError('der_string', `${what}: a string expected, ${tagName(tag)} found`)
  }
}

/** As stringText, for who needs no text: plain ASCII, which most strings are, is checked in place. @throws DerError */
export function checkString(tag: number, bytes: Uint8Array, from: number, to: number, what: string): void {
  if (tag === TAG.utf8String) {
    let i = from
    while (i < to && (bytes[i] as number) < 0x80) i++
    if (i === to) return
  } else if (tag === TAG.printableString) {
    let i = from
    while (i < to && PRINTABLE_OCTETS[bytes[i] as number] === 1) i++
    if (i === to) return
  }
  stringText(tag, bytes.subarray(from, to), what)
}

const PRINTABLE_OCTETS = Uint8Array.from({ length: 256 }, (_, code) =>
  PRINTABLE.test(String.fromCharCode(code)) ? 1 : 0,
)

const latin1 = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1')

function within(pattern: RegExp, tag: number, octets: Uint8Array, what: string): string {
  const text = latin1(octets)
  if (pattern.test(text)) return text
  throw new DerError('der_string', `${what}: a character that ${tagName(tag)} doesn't have`)
}

/** Text of IA5String octets: seven bits each. @throws DerError */
export function ia5Text(octets: Uint8Array, what: string): string {
  for (let i = 0; i < octets.length; i++) {
    if ((octets[i] as number) >= 0x80)
      throw new DerError('der_string', `${what}: an IA5String has ASCII characters only`)
  }
  return latin1(octets)
}

function utf8Text(octets: Uint8Array, what: string): string {
  for (let i = 0; i < octets.length; i++) {
    if ((octets[i] as number) < 0x80) continue
    try {
      return UTF8.decode(octets)
    } catch {
      throw new DerError('der_string', `${what}: not valid UTF-8`)
    }
  }
  return latin1(octets)
}

function wideText(octets: Uint8Array, width: 2 | 4, what: string): string {
  if (octets.length % width !== 0) throw new DerError('der_string', `${what}: cut off in a character`)
  let text = ''
  for (let i = 0; i < octets.length; i += width) {
    let point = 0
    for (let k = 0; k < width; k++) point = point * 256 + (octets[i + k] as number)
    if (point > 0x10_ffff || (point >= 0xd800 && point <= 0xdfff)) {
      throw new DerError('der_string', `${what}: not a Unicode character`)
    }
    text += String.fromCodePoint(point)
  }
  return text
}
