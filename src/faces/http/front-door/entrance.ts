import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { plainAddress, UNIX } from './addresses.ts'

/** How a request came in. */
export type Entrance = {
  /** The caller's: the peer's, or the one that trusted proxies name; `unix` over a Unix socket. */
  readonly address: string
  /** Whether the caller spoke TLS, as far as is known: over a Unix socket nobody else listens. */
  readonly secure: boolean
  /** Name of the listener. */
  readonly listener: string
}

/** Where the API is; other listeners have the names that the operator gave them. */
export const API_LISTENER = 'api'
/** A connection that ended before it was looked at. */
export const UNKNOWN = 'unknown'

const entrances = new WeakMap<IncomingMessage, Entrance>()

/** Remembers what the front door found out. */
export const enter = (request: IncomingMessage, entrance: Entrance): void =>
  void entrances.set(request, entrance)

/** How a request came in; where no front door stands, as its connection says. */
export const entranceOf = (request: IncomingMessage): Entrance =>
  entrances.get(request) ?? { ...peerOf(request, false), listener: API_LISTENER }

/** The other end of the connection. @param unix whether the listener is a Unix socket */
export function peerOf({ socket }: IncomingMessage, unix: boolean): Omit<Entrance, 'listener'> {
  if (unix) return { address: UNIX, secure: true }
  // None for a connection that was reset meanwhile: that must not make it look like one of this machine.
  const { remoteAddress = UNKNOWN } = socket
  return { address: plainAddress(remoteAddress) ?? remoteAddress, secure: socket instanceof TLSSocket }
}
