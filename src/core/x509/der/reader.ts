import { DerError } from './errors.ts'
import { oidText } from './oid.ts'
import { TAG, tagName } from './tags.ts'
import { timeFrom } from './time.ts'

/** Nesting allowed; the deepest standard structure (a certificate's policy qualifiers) stays below it. */
export const MAX_DEPTH = 16

const ber = (what: string, found: string): DerError =>
  new DerError('der_ber', `${what}: this is BER (${found}); DER is required`)

/**
 * A cursor over DER (X.690 §10, §11), strict: definite minimal lengths, primitive strings, no trailing octets.
 * It walks the bytes and hands out subarrays; nothing is copied and no tree is built. Every method that reads
 * throws DerError, and takes `what` is being read, for the message.
 */
export class DerReader {
  readonly bytes: Uint8Array
  readonly end: number
  readonly depth: number
  /** Where the next element starts. */
  at: number
  /** Content bounds of the element read last. */
  from = 0
  to = 0

  constructor(bytes: Uint8Array, at = 0, end = bytes.length, depth = 0) {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.depth = depth
  }

  /** The next element's tag, or -1 at the end. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : -1
  }

  /** Reads any element's header and steps over the element; returns the tag. */
  any(what: string): number {
    const { bytes, end } = this
    const start = this.at
    if (end - start < 2) throw new DerError('der_truncated', `${what}: the data ends too early`)
    const tag = bytes[start] as number
    checkTag(tag, what)
    let at = start + 2
    let length = bytes[start + 1] as number
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets === 0) throw ber(what, 'indefinite length')
      if (octets > 4) throw new DerError('der_length', `${what}: the length is too large`)
      if (at + octets > end) throw new DerError('der_truncated', `${what}: the data ends too early`)
      length = 0
      for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at++] as number)
      if (length < 0x80 || length < 256 ** (octets - 1)) throw ber(what, 'a length not in its shortest form')
    }
    if (at + length > end) throw new DerError('der_truncated', `${what}: the data ends too early`)
    this.from = at
    this.to = at + length
    this.at = at + length
    return tag
  }

  /** Reads an element that must have `tag`; its content bounds are then `from` and `to`. */
  expect(tag: number, what: string): void {
    if (this.bytes[this.at] !== tag && this.at < this.end) {
      checkTag(this.peek(), what)
      throw new DerError('der_structure', `${what}: ${tagName(tag)} expected, ${tagName(this.peek())} found`)
    }
    this.any(what)
  }

  /** A reader over the content of an element that must have `tag`. */
  enter(tag: number, what: string): DerReader {
    this.expect(tag, what)
    return this.inside(what)
  }

  /** A reader over the content of the element read last. */
  inside(what: string): DerReader {
    if (this.depth + 1 > MAX_DEPTH)
      throw new DerError('der_depth', `${what}: nested deeper than ${MAX_DEPTH}`)
    return new DerReader(this.bytes, this.from, this.to, this.depth + 1)
  }

  /** Whether the next element has `tag`. */
  has(tag: number): boolean {
    return this.at < this.end && this.bytes[this.at] === tag
  }

  get done(): boolean {
    return this.at >= this.end
  }

  /** @throws DerError if anything is left */
  finish(what: string): void {
    if (this.at < this.end)
      throw new DerError('der_trailing', `${what}: ${this.end - this.at} octets too many`)
  }

  content(): Uint8Array {
    return this.bytes.subarray(this.from, this.to)
  }

  /** The next element whole, unchecked inside. */
  element(what: string): Uint8Array {
    const start = this.at
    this.any(what)
    return this.bytes.subarray(start, this.at)
  }

  /** The next element whole, checked to be DER all the way down. */
  checkedElement(what: string): Uint8Array {
    const start = this.at
    checkNext(this, what)
    return this.bytes.subarray(start, this.at)
  }

  boolean(what: string): boolean {
    this.expect(TAG.boolean, what)
    return booleanContent(this, what)
  }

  /** Content octets of an INTEGER, minimal (X.690 §8.3.2), of either sign. */
  integer(what: string, tag: number = TAG.integer): Uint8Array {
    this.expect(tag, what)
    integerContent(this, what)
    return this.content()
  }

  /** A non-negative INTEGER below 2^31. */
  smallInteger(what: string, tag: number = TAG.integer): number {
    const octets = this.integer(what, tag)
    if ((octets[0] as number) >= 0x80) throw new DerError('der_range', `${what}: the number is negative`)
    if (octets.length > 4) throw new DerError('der_range', `${what}: the number is too large`)
    let value = 0
    for (const octet of octets) value = value * 256 + octet
    return value
  }

  /** Dotted text of an OBJECT IDENTIFIER. */
  oid(what: string, tag: number = TAG.oid): string {
    this.expect(tag, what)
    return oidText(this.bytes, this.from, this.to, what)
  }

  octetString(what: string, tag: number = TAG.octetString): Uint8Array {
    this.expect(tag, what)
    return this.content()
  }

  /** Content of a BIT STRING of whole octets, as keys and signatures are. */
  bitString(what: string): Uint8Array {
    this.expect(TAG.bitString, what)
    const unused = unusedBits(this, what)
    if (unused !== 0) throw new DerError('der_bits', `${what}: a BIT STRING of whole octets expected`)
    return this.bytes.subarray(this.from + 1, this.to)
  }

  /** Bits of a named bit list, bit 0 first; trailing zeros must have been cut off (X.690 §11.2.2). */
  namedBits(what: string, tag: number = TAG.bitString): boolean[] {
    this.expect(tag, what)
    const unused = unusedBits(this, what)
    const bits: boolean[] = []
    const count = (this.to - this.from - 1) * 8 - unused
    if (count > 64) throw new DerError('der_bits', `${what}: too many bits`)
    for (let i = 0; i < count; i++) {
      bits.push(((this.bytes[this.from + 1 + (i >> 3)] as number) & (0x80 >> (i & 7))) !== 0)
    }
    if (count > 0 && bits[count - 1] === false) throw ber(what, 'trailing zero bits')
    return bits
  }

  null(what: string, tag: number = TAG.null): void {
    this.expect(tag, what)
    if (this.to !== this.from) throw new DerError('der_null', `${what}: NULL must be empty`)
  }

  /** UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5. */
  time(what: string): { time: number; tag: 'utc' | 'generalized' } {
    const tag = this.any(what)
    if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) {
      throw new DerError(
        'der_structure',
        `${what}: UTCTime or GeneralizedTime expected, ${tagName(tag)} found`,
      )
    }
    const generalized = tag === TAG.generalizedTime
    return {
      time: timeFrom(this.bytes, this.from, this.to, generalized, what),
      tag: generalized ? 'generalized' : 'utc',
    }
  }
}

function checkTag(tag: number, what: string): void {
  if ((tag & 0x1f) === 0x1f)
    throw new DerError('der_tag', `${what}: tags of several octets are not used in X.509`)
  if ((tag & 0xc0) !== 0) return
  const number = tag & 0x1f
  const constructed = (tag & 0x20) !== 0
  if (number === 16 || number === 17) {
    if (!constructed) throw new DerError('der_tag', `${what}: a SEQUENCE or SET must be constructed`)
  } else if (constructed) {
    throw ber(what, `a constructed ${tagName(number)}`)
  } else if (number === 0) {
    throw new DerError('der_tag', `${what}: tag 0 found`)
  }
}

function booleanContent(reader: DerReader, what: string): boolean {
  if (reader.to - reader.from !== 1) throw new DerError('der_boolean', `${what}: a BOOLEAN has one octet`)
  const octet = reader.bytes[reader.from]
  if (octet === 0xff) return true
  if (octet === 0) return false
  throw ber(what, 'a BOOLEAN that is neither 00 nor FF')
}

function integerContent(reader: DerReader, what: string): void {
  const { bytes, from, to } = reader
  if (to === from) throw new DerError('der_integer', `${what}: an INTEGER has at least one octet`)
  if (to - from === 1) return
  const second = (bytes[from + 1] as number) >= 0x80
  if ((bytes[from] === 0 && !second) || (bytes[from] === 0xff && second)) {
    throw ber(what, 'an INTEGER not in its shortest form')
  }
}

/** The number of unused bits, checked to be zeros (X.690 §8.6.2, §11.2.1). */
function unusedBits(reader: DerReader, what: string): number {
  const { bytes, from, to } = reader
  if (to === from) throw new DerError('der_bits', `${what}: a BIT STRING has at least one octet`)
  const unused = bytes[from] as number
  if (unused > 7 || (unused > 0 && to - from === 1)) {
    throw new DerError('der_bits', `${what}: wrong number of unused bits`)
  }
  if (unused > 0 && ((bytes[to - 1] as number) & ((1 << unused) - 1)) !== 0)
    throw ber(what, 'unused bits not zero')
  return unused
}

/** Steps over one element, checking it and all inside; recursion is bounded by MAX_DEPTH. */
function checkNext(reader: DerReader, what: string): void {
  const tag = reader.any(what)
  if ((tag & 0x20) !== 0) {
    const inside = reader.inside(what)
    while (!inside.done) checkNext(inside, what)
    return
  }
  if (tag === TAG.integer || tag === TAG.enumerated) integerContent(reader, what)
  else if (tag === TAG.boolean) booleanContent(reader, what)
  else if (tag === TAG.oid) oidText(reader.bytes, reader.from, reader.to, what)
  else if (tag === TAG.bitString) unusedBits(reader, what)
  else if (tag === TAG.null && reader.to !== reader.from)
    throw new DerError('der_null', `${what}: NULL must be empty`)
  else if (tag === TAG.utcTime || tag === TAG.generalizedTime) {
    timeFrom(reader.bytes, reader.from, reader.to, tag === TAG.generalizedTime, what)
  }
}
