import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

export type SlowResolver = {
  readonly address: string
  answered(): number
  /** Most questions that waited for their answer at one time. */
  mostAtOnce(): number
  close(): void
}

/** A resolver that knows no name, and takes its time to say so: questions come back with NXDOMAIN (RFC 1035 §4.1.1). */
export async function slowResolver(milliseconds: number): Promise<SlowResolver> {
  const socket: Socket = createSocket('udp4')
  let waiting = 0
  let most = 0
  let answered = 0
  socket.on('message', (message, { address, port }) => {
    waiting++
    most = Math.max(most, waiting)
    const answer = Buffer.from(message)
    answer[2] = (message[2] ?? 0) | 0x80
    answer[3] = 0x83
    setTimeout(() => {
      waiting--
      answered++
      socket.send(answer, port, address)
    }, milliseconds)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  return {
    address: `127.0.0.1:${port}`,
    answered: () => answered,
    mostAtOnce: () => most,
    close: () => socket.close(),
  }
}
