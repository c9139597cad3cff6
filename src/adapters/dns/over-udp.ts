import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { patientTimer } from './patient-timer.ts'
import type { Endpoint } from './endpoints.ts'
import { queryFor, readAnswer, type Query, type Reading } from './exchange.ts'
import type { DnsQuestion, ResolutionFailure } from '../../core/ports/resolver.ts'

export type Asked = Exclude<Reading, { kind: 'foreign' }>
const failed = (reason: ResolutionFailure): Asked => ({ kind: 'failed', reason })

/**
 * Asks once over UDP. The socket is made for this question, so that its port is a new one from the system's random
 * range, and connected, so that the system drops what others send (RFC 5452 §4.2, §9.1).
 */
export function askOverUdp(
  { address, port }: Endpoint,
  question: DnsQuestion,
  timeoutMs: number,
): Promise<Asked> {
  const query: Query = queryFor(question)
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    let sawForeign = false
    const done = (result: Asked): void => {
      timer.stop()
      socket.removeAllListeners()
      // What comes after the end, an ICMP error say, is nobody's concern any more.
      socket.on('error', () => {})
      socket.close()
      resolve(result)
    }
    const timer = patientTimer(timeoutMs, () => done(failed(sawForeign ? 'malformed' : 'timeout')))
    socket.on('error', () => done(failed('unreachable')))
    socket.on('message', (packet, from) => {
      if (from.port !== port) return
      const reading = readAnswer(query, packet)
      if (reading.kind === 'foreign') sawForeign = true
      else done(reading)
    })
    socket.connect(port, address, () => socket.send(query.packet))
  })
}
