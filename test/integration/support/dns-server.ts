import { decode, encode, type Answer } from 'dns-packet'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export type DnsServer = {
  readonly port: number
  /** How many questions came. */
  asked(): number
  [Symbol.asyncDispose](): Promise<void>
}

/** What a name has; a function is asked each time. */
export type Records = Readonly<Record<string, readonly Answer[]>>

/**
 * A name server on loopback, over UDP: it knows these names, and none else. `servfail` for everything when it is told so.
 */
export async function dnsServer(records: Records | 'servfail'): Promise<DnsServer> {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', (message, { port, address }) => {
    asked++
    const { id = 0, questions = [] } = decode(message)
    const [{ name, type } = { name: '', type: 'A' }] = questions
    const here = records === 'servfail' ? undefined : records[name.toLowerCase()]
    const rcode = records === 'servfail' ? 2 : here === undefined ? 3 : 0
    const answers = (here ?? []).filter((record) => record.type === type || record.type === 'CNAME')
    // QR, RD and RA.
    socket.send(
      encode({ type: 'response', id, flags: 0x0180 | rcode, questions, answers: [...answers] }),
      port,
      address,
    )
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    port: socket.address().port,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}
