import { encode, RECURSION_DESIRED } from 'dns-packet'
import { randomInt } from 'node:crypto'
import {
  DNS_CLASS_IN,
  DNS_RCODES,
  DNS_TYPES,
  isResponse,
  isTruncated,
  MalformedMessage,
  opcodeOf,
  readMessage,
  type DnsMessage,
} from '../../core/domain/dns-message.ts'
import type { DnsQuestion, DnsRecord, ResolutionFailure } from '../../core/ports/resolver.ts'
import { recordFrom } from './record-reader.ts'

/** What one packet asks, so that what comes back can be held against it. */
export type Query = { readonly id: number; readonly question: DnsQuestion; readonly packet: Buffer }

/** What a packet says. `foreign`: no answer to this query, whoever sent it; the right one may still come. */
export type Reading =
  | { readonly kind: 'foreign' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'failed'; readonly reason: ResolutionFailure }
  | { readonly kind: 'answered'; readonly exists: boolean; readonly records: readonly DnsRecord[] }

/** What crosses any network in one piece (DNS flag day 2020). */
const UDP_PAYLOAD = 1232

/** A packet that asks a recursive resolver, with an id that can't be guessed (RFC 5452 §4.3). */
export function queryFor(question: DnsQuestion): Query {
  const id = randomInt(0x10000)
  const packet = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name: question.name, type: question.type, class: 'IN' }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_PAYLOAD,
        flags: 0,
        options: [],
        extendedRcode: 0,
        ednsVersion: 0,
        flag_do: false,
      },
    ],
  })
  return { id, question, packet }
}

/** Reads a packet that came from the resolver. Never throws: whatever came. */
export function readAnswer({ id, question }: Query, packet: Uint8Array): Reading {
  try {
    const message = readMessage(packet)
    if (message.id !== id || !isResponse(message) || opcodeOf(message) !== 0) return { kind: 'foreign' }
    const [asked] = message.questions
    if (message.questions.length !== 1 || asked === undefined || !isSame(asked, question))
      // A resolver that couldn't read a question needn't repeat it.
      return message.questions.length === 0 && rcodeOf(message) === DNS_RCODES.FORMERR
        ? { kind: 'failed', reason: 'refused' }
        : { kind: 'foreign' }
    if (isTruncated(message)) return { kind: 'truncated' }
    return verdictOn(message, packet)
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error
    return { kind: 'failed', reason: 'malformed' }
  }
}

const isSame = (asked: DnsMessage['questions'][number], { name, type }: DnsQuestion): boolean =>
  asked.name === name && asked.type === DNS_TYPES[type] && asked.class === DNS_CLASS_IN

function verdictOn(message: DnsMessage, packet: Uint8Array): Reading {
  const rcode = rcodeOf(message)
  if (rcode === DNS_RCODES.SERVFAIL) return { kind: 'failed', reason: 'servfail' }
  if (rcode !== DNS_RCODES.NOERROR && rcode !== DNS_RCODES.NXDOMAIN)
    return { kind: 'failed', reason: 'refused' }
  return {
    kind: 'answered',
    exists: rcode === DNS_RCODES.NOERROR,
    records: message.answers.map((record) => recordFrom(packet, record)),
  }
}

/** The response code with its upper bits, which stand in the OPT record (RFC 6891 §6.1.3). */
function rcodeOf({ flags, additionals }: DnsMessage): number {
  const opt = additionals.find(({ type }) => type === DNS_TYPES.OPT)
  return (flags & 0xf) | (opt === undefined ? 0 : (opt.ttl >>> 24) << 4)
}
