import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6, type AddressInfo, type Socket as Connection } from 'node:net'
import type { Ports } from '../../core/ports/ports.ts'
import { outcomeFor } from './answer.ts'
import { createTcpServer } from './tcp.ts'

export type DnsListener = {
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

/** Late answers that wait for their time; more are dropped, as a server under load does. */
const MAX_LATE = 10_000
/** How often a port is tried for that TCP has and UDP hasn't, where the system chooses. */
const ATTEMPTS = 10

/**
 * Serves the simulated zones over UDP and TCP on one port.
 * @param at the address and the port; 0 lets the system choose
 * @throws Error of the system when the port is taken
 */
export async function startDnsListener(
  ports: Pick<Ports, 'store' | 'logger'>,
  at: { readonly address: string; readonly port: number },
): Promise<DnsListener> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listening(ports, at)
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken || at.port !== 0 || attempt === ATTEMPTS) throw error
    }
  }
}

async function listening(
  ports: Pick<Ports, 'store' | 'logger'>,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<DnsListener> {
  const tcp = createTcpServer((packet) => outcomeFor(ports, packet, 'tcp'))
  const connections = new Set<Connection>()
  tcp.on('connection', (connection) => {
    connections.add(connection)
    connection.on('close', () => connections.delete(connection))
  })
  tcp.listen(port, address)
  await once(tcp, 'listening')
  const closeTcp = async (): Promise<void> => {
    for (const connection of connections) connection.destroy()
    await new Promise((resolve) => tcp.close(resolve))
  }
  const own = tcp.address() as AddressInfo
  const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    udp.bind(own.port, address)
    await once(udp, 'listening')
  } catch (error) {
    udp.close()
    await closeTcp()
    throw error
  }
  serveDatagrams(udp, ports)
  const close = async (): Promise<void> => {
    await Promise.all([closeTcp(), new Promise<void>((resolve) => udp.close(resolve))])
  }
  return { address: own.address, port: own.port, close }
}

function serveDatagrams(socket: Socket, ports: Pick<Ports, 'store' | 'logger'>): void {
  let late = 0
  let open = true
  socket.on('close', () => (open = false))
  // What an answer met on its way to somebody who has gone is no concern of others.
  socket.on('error', (error) => ports.logger.warn({ err: error }, 'DNS over UDP'))
  socket.on('message', (packet, from) => {
    const send = (answer: Buffer): void => {
      if (open) socket.send(answer, from.port, from.address, () => {})
    }
    void outcomeFor(ports, packet, 'udp').then((outcome) => {
      if (typeof outcome === 'string') return
      if (outcome.afterMs === 0) return send(outcome.packet)
      if (late >= MAX_LATE) return
      late++
      setTimeout(() => {
        late--
        send(outcome.packet)
      }, outcome.afterMs).unref()
    })
  })
}
