/** What isn't a DNS message. */
export class MalformedMessage extends Error {}

export type WireQuestion = { readonly name: string; readonly type: number; readonly class: number }
/** A record whose data is still octets: from `start` to `end` of the message, since names in it may point elsewhere. */
export type WireRecord = {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttl: number
  readonly start: number
  readonly end: number
}
/** A message taken apart (RFC 1035 §4.1). */
export type DnsMessage = {
  readonly id: number
  /** The whole second word of the header. */
  readonly flags: number
  readonly questions: readonly WireQuestion[]
  /** Where the question section ends. */
  readonly questionsEnd: number
  readonly answers: readonly WireRecord[]
  readonly authorities: readonly WireRecord[]
  readonly additionals: readonly WireRecord[]
}

export const DNS_HEADER = 12
export const DNS_CLASS_IN = 1
/** Numbers of record types (IANA, DNS parameters). */
export const DNS_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const
export const DNS_RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const

export const isResponse = ({ flags }: Pick<DnsMessage, 'flags'>): boolean => (flags & 0x8000) !== 0
export const opcodeOf = ({ flags }: Pick<DnsMessage, 'flags'>): number => (flags >> 11) & 0xf
export const isTruncated = ({ flags }: Pick<DnsMessage, 'flags'>): boolean => (flags & 0x0200) !== 0

/**
 * Takes a message apart, strictly: every octet has its place, and data ends where its length says. Names come in lower
 * case without the final dot, octets that aren't visible ASCII as `\DDD`, dots within labels as `\.` (RFC 1035 §5.1).
 * @throws MalformedMessage
 */
export function readMessage(octets: Uint8Array): DnsMessage {
  if (octets.length < DNS_HEADER) throw new MalformedMessage('shorter than a header')
  const word = (at: number): number => wordAt(octets, at)
  let offset = DNS_HEADER
  const questions: WireQuestion[] = []
  for (let left = word(4); left > 0; left--) {
    const { name, end } = nameAt(octets, offset)
    questions.push({ name, type: word(end), class: word(end + 2) })
    offset = end + 4
  }
  const questionsEnd = offset
  const section = (count: number): WireRecord[] => {
    const records: WireRecord[] = []
    for (let left = count; left > 0; left--) {
      const { name, end: at } = nameAt(octets, offset)
      const start = at + 10
      const end = start + word(at + 8)
      if (end > octets.length) throw new MalformedMessage('a record reaches beyond the message')
      const ttl = word(at + 4) * 0x10000 + word(at + 6)
      records.push({ name, type: word(at), class: word(at + 2), ttl, start, end })
      offset = end
    }
    return records
  }
  const answers = section(word(6))
  const authorities = section(word(8))
  const additionals = section(word(10))
  if (offset !== octets.length) throw new MalformedMessage('something follows the last section')
  return { id: word(0), flags: word(2), questions, questionsEnd, answers, authorities, additionals }
}

/** A word of sixteen bits. @throws MalformedMessage beyond the end */
export function wordAt(octets: Uint8Array, at: number): number {
  const [high, low] = [octets[at], octets[at + 1]]
  if (high === undefined || low === undefined) throw new MalformedMessage('it ends within a number')
  return (high << 8) | low
}

const MAX_NAME_OCTETS = 255

/**
 * The name at an offset, and where what follows it begins. Pointers must lead back (RFC 1035 §4.1.4), so there is no
 * loop.
 * @throws MalformedMessage
 */
export function nameAt(octets: Uint8Array, from: number): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let end: number | undefined
  let length = 1
  let start = from
  for (let offset = from; ;) {
    const size = octets[offset]
    if (size === undefined) throw new MalformedMessage('it ends within a name')
    if (size === 0) return { name: labels.join('.'), end: end ?? offset + 1 }
    if (size >= 0xc0) {
      const target = wordAt(octets, offset) & 0x3fff
      if (target >= start) throw new MalformedMessage('a name points forward')
      end ??= offset + 2
      start = target
      offset = target
      continue
    }
    length += size + 1
    // RFC 6891 §5 has given up the other label types.
    if (size > 63 || length > MAX_NAME_OCTETS) throw new MalformedMessage('a name is too long')
    if (offset + 1 + size > octets.length) throw new MalformedMessage('it ends within a label')
    labels.push(labelText(octets.subarray(offset + 1, offset + 1 + size)))
    offset += size + 1
  }
}

const BACKSLASH = 0x5c
const DOT = 0x2e

function labelText(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) {
    if (octet <= 0x20 || octet >= 0x7f) text += `\\${String(octet).padStart(3, '0')}`
    else if (octet === DOT || octet === BACKSLASH) text += `\\${String.fromCharCode(octet)}`
    else text += String.fromCharCode(octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet)
  }
  return text
}
