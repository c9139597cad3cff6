import {
  DNS_CLASS_IN,
  DNS_TYPES,
  MalformedMessage,
  nameAt,
  wordAt,
  type WireRecord,
} from '../../core/domain/dns-message.ts'
import type { CaaProperty } from '../../core/domain/caa.ts'
import type { DnsData, DnsRecord } from '../../core/domain/dns-records.ts'
import { soaText } from '../../core/domain/zone-text.ts'
import { ipText } from '../../core/x509/ip-addresses.ts'

/**
 * A record's data as values. dns-packet would read past the data's length, take octets for UTF-8 (which loses those of a
 * CAA value that aren't), and dots within labels for dots between them: this is what decides about issuance.
 * @throws MalformedMessage for data that isn't what its type says
 */
export function recordFrom(message: Uint8Array, record: WireRecord): DnsRecord {
  if (record.class !== DNS_CLASS_IN) throw new MalformedMessage('a record of another class')
  return { name: record.name, ttl: record.ttl, ...dataFrom(message, record) }
}

function dataFrom(message: Uint8Array, { type, start, end }: WireRecord): DnsData {
  const octets = message.subarray(start, end)
  switch (type) {
    case DNS_TYPES.A:
      return { type: 'A', data: ipText(sized(octets, 4)) }
    case DNS_TYPES.AAAA:
      return { type: 'AAAA', data: ipText(sized(octets, 16)) }
    case DNS_TYPES.CNAME:
      return { type: 'CNAME', data: nameUpTo(message, start, end) }
    case DNS_TYPES.NS:
      return { type: 'NS', data: nameUpTo(message, start, end) }
    case DNS_TYPES.MX:
      return {
        type: 'MX',
        data: { preference: wordAt(octets, 0), exchange: nameUpTo(message, start + 2, end) },
      }
    case DNS_TYPES.TXT:
      return { type: 'TXT', data: characterStrings(octets) }
    case DNS_TYPES.CAA:
      return { type: 'CAA', data: caaFrom(octets) }
    case DNS_TYPES.SOA:
      return { type: 'other', data: soaFrom(message, start, end) }
    default:
      // RFC 3597 §5: how a type without a name of its own is written.
      return {
        type: 'other',
        data: `TYPE${type} \\# ${octets.length} ${Buffer.from(octets).toString('hex')}`.trimEnd(),
      }
  }
}

const latin1 = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1')

function sized(octets: Uint8Array, length: number): Uint8Array {
  if (octets.length !== length) throw new MalformedMessage(`an address of ${octets.length} octets`)
  return octets
}

/** A name that takes up all the data. */
function nameUpTo(message: Uint8Array, start: number, end: number): string {
  const read = nameAt(message, start)
  if (read.end !== end) throw new MalformedMessage('a name doesn’t end where the data does')
  return read.name
}

/** RFC 1035 §3.3.14: one or more. */
function characterStrings(octets: Uint8Array): string {
  if (octets.length === 0) throw new MalformedMessage('text without a character string')
  let text = ''
  for (let offset = 0; offset < octets.length;) {
    const next = offset + 1 + (octets[offset] as number)
    if (next > octets.length) throw new MalformedMessage('a character string reaches beyond the data')
    text += latin1(octets.subarray(offset + 1, next))
    offset = next
  }
  return text
}

/** RFC 8659 §4.1: flags, length of the tag (at least 1), tag, and the value up to the end. */
function caaFrom(octets: Uint8Array): CaaProperty {
  const [flags, size] = octets
  if (flags === undefined || size === undefined || size === 0 || 2 + size > octets.length)
    throw new MalformedMessage('a CAA record without a tag')
  return { flags, tag: latin1(octets.subarray(2, 2 + size)), value: latin1(octets.subarray(2 + size)) }
}

const SOA_NUMBERS = 20

function soaFrom(message: Uint8Array, start: number, end: number): string {
  const mname = nameAt(message, start)
  const rname = nameAt(message, mname.end)
  if (rname.end + SOA_NUMBERS !== end) throw new MalformedMessage('a SOA record of another length')
  const number = (index: number): number => {
    const at = rname.end + index * 4
    return wordAt(message, at) * 0x10000 + wordAt(message, at + 2)
  }
  return soaText({
    mname: mname.name,
    rname: rname.name,
    serial: number(0),
    refresh: number(1),
    retry: number(2),
    expire: number(3),
    minimum: number(4),
  })
}
