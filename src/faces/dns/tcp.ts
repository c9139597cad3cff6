import { createServer, type Server, type Socket } from 'node:net'
import type { Outcome } from './answer.ts'

type Answer = (packet: Uint8Array) => Promise<Outcome>

/** RFC 7766 §6.2.3: a few seconds. */
const IDLE_MS = 10_000
const MAX_CONNECTIONS = 200
/** A question with EDNS options is far shorter; whoever sends more has something else in mind. */
const MAX_QUERY = 4096
/** Questions of one connection that wait for their answers. */
const MAX_PENDING = 100

/** Answers questions over TCP (RFC 7766): several a connection, in the order in which answers are ready. */
export function createTcpServer(answer: Answer, idleMs = IDLE_MS): Server {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    // Whoever says nothing makes room for others.
    socket.setTimeout(idleMs, () => socket.destroy())
    serve(socket, answer)
  })
  server.maxConnections = MAX_CONNECTIONS
  return server
}

function serve(socket: Socket, answer: Answer): void {
  let received: Buffer = Buffer.alloc(0)
  let pending = 0
  let ended = false
  // Whoever goes away in the middle is gone.
  socket.on('error', () => socket.destroy())
  const respond = async (query: Buffer): Promise<void> => {
    pending++
    const outcome = await answer(query)
    if (outcome === 'hangUp') socket.destroy()
    else if (outcome !== 'silence') {
      if (outcome.afterMs > 0) await new Promise((resolve) => setTimeout(resolve, outcome.afterMs).unref())
      if (!socket.destroyed) socket.write(withLength(outcome.packet))
    }
    pending--
    advance()
  }
  /** Takes what is complete, as long as not too much is under way: then the sender has to wait. */
  const advance = (): void => {
    while (pending < MAX_PENDING && !socket.destroyed && received.length >= 2) {
      const length = received.readUInt16BE()
      if (length === 0 || length > MAX_QUERY) return void socket.destroy()
      if (received.length < 2 + length) break
      const query = received.subarray(2, 2 + length)
      received = received.subarray(2 + length)
      void respond(query)
    }
    const full = pending >= MAX_PENDING || socket.writableNeedDrain
    if (full) socket.pause()
    else if (socket.isPaused()) socket.resume()
    if (ended && pending === 0) socket.end()
  }
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    advance()
  })
  socket.on('drain', advance)
  socket.on('end', () => {
    ended = true
    advance()
  })
}

function withLength(packet: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(packet.length)
  return Buffer.concat([length, packet])
}
