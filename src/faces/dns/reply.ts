import { AUTHORITATIVE_ANSWER, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE, type Answer } from 'dns-packet'
import { DNS_HEADER, DNS_RCODES } from '../../core/domain/dns-message.ts'
import type { DnsRecord } from '../../core/domain/dns-records.ts'
import { soaOf } from '../../core/domain/zone-text.ts'
import type { Zone } from '../../core/domain/zones.ts'
import type { Query, Refused } from './query.ts'

export type Reply = {
  readonly rcode: number
  readonly authoritative?: boolean
  readonly truncated?: boolean
  readonly records?: readonly DnsRecord[]
  /** Its SOA record goes with the answer, or with the authority of a negative one. */
  readonly soa?: { readonly zone: Zone; readonly section: 'answer' | 'authority' }
}

/** What we take, and give, over UDP (DNS flag day 2020): it crosses any network in one piece. */
const UDP_PAYLOAD = 1232
const OPCODE_AND_RD = 0x7800 | RECURSION_DESIRED
const CAA = 'UNKNOWN_257'
const MAX_STRING = 255

/** Most octets of a reply over UDP: what the asker takes, 512 without EDNS (RFC 1035 §4.2.1, RFC 6891 §6.2.3). */
export const payloadOf = ({ edns }: Pick<Query, 'edns'>): number =>
  edns === undefined ? 512 : Math.min(UDP_PAYLOAD, Math.max(512, edns.payload))

/** A reply as a packet, with the question as it came. */
export function replyPacket({ id, flags, question, edns }: Query | Refused, reply: Reply): Buffer {
  const { rcode, authoritative = false, truncated = false, records = [], soa } = reply
  const start = soa === undefined ? [] : [soaRecord(soa.zone)]
  const packet = encode({
    type: 'response',
    id,
    flags:
      (flags & OPCODE_AND_RD) |
      (authoritative ? AUTHORITATIVE_ANSWER : 0) |
      (truncated ? TRUNCATED_RESPONSE : 0) |
      (rcode & 0xf),
    answers: [...records.map(recordAnswer), ...(soa?.section === 'answer' ? start : [])],
    authorities: soa?.section === 'authority' ? start : [],
    additionals: edns === undefined ? [] : [optRecord(rcode)],
  })
  if (question === undefined) return packet
  // Between header and answers; nothing points anywhere, since names aren't compressed.
  const whole = Buffer.concat([packet.subarray(0, DNS_HEADER), question, packet.subarray(DNS_HEADER)])
  whole.writeUInt16BE(1, 4)
  return whole
}

const optRecord = (rcode: number): Answer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_PAYLOAD,
  extendedRcode: rcode >> 4,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
})

function soaRecord(zone: Zone): Answer {
  const data = soaOf(zone)
  return { name: zone.apex, type: 'SOA', class: 'IN', ttl: data.minimum, data }
}

function recordAnswer(record: DnsRecord): Answer {
  const { name, ttl } = record
  const common = { name, ttl, class: 'IN' } as const
  switch (record.type) {
    case 'CAA': {
      // As octets: dns-packet would write them as UTF-8, and not every flag.
      const { flags, tag, value } = record.data
      const data = Buffer.concat([
        Buffer.of(flags, tag.length),
        Buffer.from(tag, 'latin1'),
        Buffer.from(value, 'latin1'),
      ])
      return { ...common, type: CAA, data } as unknown as Answer
    }
    case 'TXT':
      return { ...common, type: 'TXT', data: characterStrings(Buffer.from(record.data, 'latin1')) }
    case 'MX':
      return { ...common, type: 'MX', data: { ...record.data } }
    case 'other':
      throw new TypeError('zones hold no records of other types')
    default:
      return { ...common, type: record.type, data: record.data }
  }
}

/** RFC 1035 §3.3.14: one string or more, of at most 255 octets. */
function characterStrings(octets: Buffer): Buffer[] {
  const strings: Buffer[] = []
  for (let at = 0; at < octets.length || at === 0; at += MAX_STRING)
    strings.push(octets.subarray(at, at + MAX_STRING))
  return strings
}

/** A code that says that nothing is known. */
export const SERVFAIL: Reply = { rcode: DNS_RCODES.SERVFAIL }
