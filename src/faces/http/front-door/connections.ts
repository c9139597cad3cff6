import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { limitedAs, plainAddress, type AddressSet } from './addresses.ts'

export type ConnectionLimits = {
  /** At a time, of everybody. */
  readonly most: number
  /** At a time, of one address, or of one IPv6 network of 64 bits. */
  readonly mostOfAddress: number
  /** Those who stand for many: a limit of their own isn't theirs. */
  readonly proxies?: AddressSet | undefined
}

/**
 * Closes connections beyond the limits as they come, before a TLS handshake or a first octet is read. Over a Unix socket only
 * the number of all counts.
 * @param onClosed told each time
 */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
  onClosed: () => void = () => {},
): void {
  const open = new Map<string, number>()
  server.maxConnections = limits.most
  server.on('drop', onClosed)
  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    if (remoteAddress === undefined) return
    const address = plainAddress(remoteAddress) ?? remoteAddress
    if (limits.proxies?.has(address) === true) return
    const key = limitedAs(address)
    const count = (open.get(key) ?? 0) + 1
    if (count > limits.mostOfAddress) {
      onClosed()
      socket.destroy()
      return
    }
    open.set(key, count)
    socket.once('close', () => {
      const left = (open.get(key) ?? 1) - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
    })
  })
}
