import {
  DNS_CLASS_IN,
  DNS_HEADER,
  DNS_RCODES,
  DNS_TYPES,
  isResponse,
  MalformedMessage,
  opcodeOf,
  readMessage,
  wordAt,
  type DnsMessage,
} from '../../core/domain/dns-message.ts'

/** A question that can be answered. */
export type Query = {
  readonly id: number
  readonly flags: number
  readonly name: string
  /** E.g. `CAA`; `TYPE65` where we have no name for it. */
  readonly type: string
  /** The question section as it came: it is repeated to the letter, in the same case. */
  readonly question: Uint8Array
  /** Most octets that the asker takes over UDP, where it speaks EDNS. */
  readonly edns: { readonly payload: number } | undefined
}
/** A packet that can't be: what to say about it. */
export type Refused = Pick<Query, 'id' | 'flags' | 'edns'> & {
  readonly rcode: number
  readonly question: Uint8Array | undefined
}

/** Zone transfers, and what is no type of records (RFC 6895 §3.1). */
const isMeta = (type: number): boolean =>
  type === DNS_TYPES.OPT || type === 0 || (type >= 128 && type < DNS_TYPES.ANY)

const NAMES = new Map<number, string>(Object.entries(DNS_TYPES).map(([name, number]) => [number, name]))

/** Reads what came to the port. Undefined for what must not be answered: too short to have an id, or an answer itself. */
export function readQuery(packet: Uint8Array): Query | Refused | undefined {
  if (packet.length < DNS_HEADER) return undefined
  const header = { id: wordAt(packet, 0), flags: wordAt(packet, 2) }
  if (isResponse(header)) return undefined
  const refused = (rcode: number): Refused => ({ ...header, rcode, question: undefined, edns: undefined })
  if (opcodeOf(header) !== 0) return refused(DNS_RCODES.NOTIMP)
  let message: DnsMessage
  try {
    message = readMessage(packet)
  } catch (error) {
    if (error instanceof MalformedMessage) return refused(DNS_RCODES.FORMERR)
    throw error
  }
  const [asked, ...others] = message.questions
  const options = message.additionals.filter(({ type }) => type === DNS_TYPES.OPT)
  // RFC 9619: one question; RFC 6891 §6.1.1: one OPT record at most.
  if (asked === undefined || others.length > 0 || options.length > 1) return refused(DNS_RCODES.FORMERR)
  const question = packet.slice(DNS_HEADER, message.questionsEnd)
  const [opt] = options
  const edns = opt === undefined ? undefined : { payload: opt.class }
  const query = { ...header, question, edns }
  if (opt !== undefined && ((opt.ttl >>> 16) & 0xff) !== 0) return { ...query, rcode: DNS_RCODES.BADVERS }
  if (asked.class !== DNS_CLASS_IN || isMeta(asked.type)) return { ...query, rcode: DNS_RCODES.REFUSED }
  return { ...query, name: asked.name, type: NAMES.get(asked.type) ?? `TYPE${asked.type}` }
}
