import { DNS_RCODES } from '../../core/domain/dns-message.ts'
import { recordNameFrom } from '../../core/domain/dns-names.ts'
import type { ZoneAnswer } from '../../core/domain/zone-answers.ts'
import { answerQuestion } from '../../core/operations/zones/answer-question.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { readQuery, type Query } from './query.ts'
import { payloadOf, replyPacket, SERVFAIL, type Reply } from './reply.ts'

export type Transport = 'udp' | 'tcp'
/** What to send, when; `silence`: nothing; `hangUp`: nothing, and the connection ends. */
export type Outcome = { readonly packet: Buffer; readonly afterMs: number } | 'silence' | 'hangUp'

type AnswerPorts = Pick<Ports, 'store' | 'logger'>
const { NOERROR, NXDOMAIN, REFUSED } = DNS_RCODES

/** Answers whatever came to the DNS port. Never rejects. */
export async function outcomeFor(
  ports: AnswerPorts,
  packet: Uint8Array,
  transport: Transport,
): Promise<Outcome> {
  const query = readQuery(packet)
  if (query === undefined) return 'silence'
  if ('rcode' in query) return { packet: replyPacket(query, { rcode: query.rcode }), afterMs: 0 }
  try {
    return await answered(ports, query, transport)
  } catch (error) {
    ports.logger.error({ err: error }, 'a DNS question could not be answered')
    return { packet: replyPacket(query, SERVFAIL), afterMs: 0 }
  }
}

async function answered(ports: AnswerPorts, query: Query, transport: Transport): Promise<Outcome> {
  const say = (reply: Reply, afterMs = 0): Outcome => ({ packet: fitting(query, reply, transport), afterMs })
  const { name, type } = query
  if ('problem' in recordNameFrom(name)) return say(await nowhere(ports, name))
  const { fault, answer } = await answerQuestion(ports, { name, type, perspective: undefined, transport })
  switch (fault?.kind) {
    case 'timeout':
      return 'silence'
    case 'servfail':
      return say(SERVFAIL)
    case 'nxdomain':
      return say({ rcode: NXDOMAIN, authoritative: true })
    case 'truncate':
    case 'truncate-tcp':
      return transport === 'tcp' ? 'hangUp' : say({ rcode: NOERROR, truncated: true })
    case 'slow':
    case undefined:
      return say(replyFrom(answer), fault?.milliseconds)
  }
}

/** A name that no record can have, though a packet can: it is in a zone or outside all of them, and nowhere. */
async function nowhere({ store }: AnswerPorts, name: string): Promise<Reply> {
  const zone = await store.reads.zones.containing(name)
  return zone === undefined
    ? { rcode: REFUSED }
    : { rcode: NXDOMAIN, authoritative: true, soa: { zone, section: 'authority' } }
}

function replyFrom(answer: ZoneAnswer | 'loop' | undefined): Reply {
  if (answer === undefined) return { rcode: REFUSED }
  if (answer === 'loop') return SERVFAIL
  const { exists, records, zone, soa } = answer
  return {
    rcode: exists ? NOERROR : NXDOMAIN,
    authoritative: true,
    records,
    ...(soa === undefined ? {} : { soa: { zone, section: soa } }),
  }
}

/** As a packet; one too long for UDP says so, and nothing else (RFC 2181 §9). */
function fitting(query: Query, reply: Reply, transport: Transport): Buffer {
  const packet = replyPacket(query, reply)
  if (transport === 'tcp' || packet.length <= payloadOf(query)) return packet
  return replyPacket(query, { rcode: reply.rcode, authoritative: true, truncated: true })
}
