import { DerError } from './errors.ts'
import { oidOctets } from './oid.ts'
import { TAG, contextConstructed, contextPrimitive } from './tags.ts'
import { checkTime, putTime } from './time.ts'

const EMPTY = new Uint8Array(0)

/** Octets that a length takes (X.690 §10.1: the shortest definite form). */
export const lengthOctets = (length: number): number =>
  length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : length < 0x100_0000 ? 4 : 5

/** Writes tag and length at `at`; returns where the content starts. */
export function putHeader(out: Uint8Array, at: number, tag: number, length: number): number {
  out[at] = tag
  const octets = lengthOctets(length) - 1
  if (octets === 0) {
    out[at + 1] = length
    return at + 2
  }
  out[at + 1] = 0x80 | octets
  let rest = length
  for (let i = at + 1 + octets; i > at + 1; i--) {
    out[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return at + 2 + octets
}

/** An element whose content is `parts`, one after the other. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(1 + lengthOctets(length) + length)
  let at = putHeader(out, 0, tag, length)
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => element(TAG.sequence, ...parts)
export const octetString = (content: Uint8Array): Uint8Array => element(TAG.octetString, content)
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  element(contextConstructed(number), ...parts)
export const implicit = (number: number, content: Uint8Array): Uint8Array =>
  element(contextPrimitive(number), content)

export const NULL = Uint8Array.of(TAG.null, 0)
export const TRUE = Uint8Array.of(TAG.boolean, 1, 0xff)

/** SET OF: elements in ascending order of their encodings (X.690 §11.6). */
export function setOf(parts: readonly Uint8Array[]): Uint8Array {
  return element(TAG.set, ...[...parts].sort(compareOctets))
}

/** Order of encodings as X.690 §11.6 has it. */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** INTEGER of a non-negative number below 2^53. */
export function integer(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new DerError('der_range', 'not a number that can be written')
  const octets: number[] = []
  let rest = value
  do {
    octets.unshift(rest % 256)
    rest = Math.floor(rest / 256)
  } while (rest > 0)
  return unsignedInteger(Uint8Array.from(octets))
}

/** INTEGER of big-endian unsigned octets: leading zeros go, one comes where the top bit would make it negative. */
export function unsignedInteger(octets: Uint8Array): Uint8Array {
  let start = 0
  while (start < octets.length - 1 && octets[start] === 0) start++
  const magnitude = octets.subarray(start)
  if (magnitude.length === 0) return Uint8Array.of(TAG.integer, 1, 0)
  return (magnitude[0] as number) >= 0x80
    ? element(TAG.integer, Uint8Array.of(0), magnitude)
    : element(TAG.integer, magnitude)
}

// Bounded, since policies and otherNames bring OIDs of their own.
const OIDS = new Map<string, Uint8Array>()
const MAX_CACHED_OIDS = 512

/** @throws DerError when `text` isn't a dotted OID */
export function oid(text: string): Uint8Array {
  const known = OIDS.get(text)
  if (known !== undefined) return known
  const octets = oidOctets(text)
  if (octets === undefined) throw new DerError('der_oid', 'not an object identifier such as 1.3.6.1.4.1.311')
  const encoded = element(TAG.oid, octets)
  if (OIDS.size < MAX_CACHED_OIDS) OIDS.set(text, encoded)
  return encoded
}

/** BIT STRING of whole octets. */
export const bitString = (content: Uint8Array): Uint8Array =>
  element(TAG.bitString, Uint8Array.of(0), content)

/** Content octets of a named bit list whose bits `numbers` are set; trailing zeros go (X.690 §11.2.2). */
export function namedBitsContent(numbers: readonly number[]): Uint8Array {
  if (numbers.length === 0) return Uint8Array.of(0)
  const last = Math.max(...numbers)
  const content = new Uint8Array(2 + (last >> 3))
  content[0] = 7 - (last & 7)
  for (const number of numbers) {
    const at = 1 + (number >> 3)
    content[at] = (content[at] as number) | (0x80 >> (number & 7))
  }
  return content
}

/** Octets of ASCII text, for IA5String and PrintableString. @throws DerError when there is any other character */
export function asciiOctets(text: string): Uint8Array {
  const octets = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) throw new DerError('der_string', 'only ASCII characters can be written here')
    octets[i] = code
  }
  return octets
}
export const utf8Octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf8'))
export const ia5String = (text: string): Uint8Array => element(TAG.ia5String, asciiOctets(text))

/**
 * A Time as RFC 5280 §4.1.2.5 has it: UTCTime through 2049, GeneralizedTime from 2050.
 * @throws DerError before 1950 and after 9999
 */
export function time(millis: number): Uint8Array {
  const out = new Uint8Array(17)
  checkTime(millis)
  return out.subarray(0, putTime(out, 0, millis))
}

/** GeneralizedTime whatever the year, e.g. for invalidityDate (RFC 5280 §5.3.2). */
export function generalizedTime(millis: number): Uint8Array {
  const out = new Uint8Array(17)
  checkTime(millis)
  putTime(out, 0, millis, true)
  return out
}

/** All parts in one array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 0) return EMPTY
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
