import { connect } from 'node:net'
import type { DnsQuestion } from '../../core/ports/resolver.ts'
import { patientTimer } from './patient-timer.ts'
import type { Endpoint } from './endpoints.ts'
import { queryFor, readAnswer } from './exchange.ts'
import type { Asked } from './over-udp.ts'

/** What remains of a question that was too long for UDP when TCP fails as well: nothing to rely on. */
const TRUNCATED: Asked = { kind: 'failed', reason: 'truncated' }

/** Asks once over TCP (RFC 7766); anything but a whole answer is `truncated`. */
export function askOverTcp(
  { address, port }: Endpoint,
  question: DnsQuestion,
  timeoutMs: number,
): Promise<Asked> {
  const query = queryFor(question)
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    let received = Buffer.alloc(0)
    const done = (result: Asked): void => {
      timer.stop()
      socket.removeAllListeners()
      socket.on('error', () => {})
      socket.destroy()
      resolve(result)
    }
    const timer = patientTimer(timeoutMs, () => done(TRUNCATED))
    socket.on('error', () => done(TRUNCATED))
    socket.on('close', () => done(TRUNCATED))
    socket.on('connect', () => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(query.packet.length)
      socket.write(Buffer.concat([length, query.packet]))
    })
    socket.on('data', (chunk: Buffer) => {
      // At most one message of 64 KiB: what is longer has no place in its length.
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE()) return
      const reading = readAnswer(query, received.subarray(2, 2 + received.readUInt16BE()))
      done(reading.kind === 'foreign' || reading.kind === 'truncated' ? TRUNCATED : reading)
    })
  })
}
