import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import type { Metrics } from '../adapters/system/metrics.ts'
import { limitConnections } from '../faces/http/front-door/connections.ts'
import {
  createFrontDoor,
  type FrontDoorFace,
  type FrontDoorOptions,
  type Listener,
} from '../faces/http/front-door/door.ts'
import { createServer, type ListenerTls } from '../faces/http/server.ts'
import type { Config } from './config.ts'
import type { PrivateListener } from './listener-settings.ts'

/** A face as listeners take it: what answers, and how it says no in front of that. */
export type Face = { readonly inner: Listener; readonly refuse: FrontDoorFace['refuse'] }

/** The service's own user and its group may connect; whose group that is decides who may call. */
const SOCKET_MODE = 0o660

/** A server for a face with its front door, not yet listening. */
export function serverFor(
  { inner, refuse }: Face,
  door: FrontDoorOptions & { readonly name: string },
  { frontDoor }: Config,
  metrics: Metrics,
  tls?: ListenerTls,
): Server {
  const { name, ...options } = door
  const onRefused = (reason: string): void => metrics.doorRefused(name, reason)
  const server = createServer(createFrontDoor(options, { refuse, onRefused }, inner), tls, frontDoor.patience)
  const { connections, connectionsPerAddress, proxies } = frontDoor
  const limits = { most: connections, mostOfAddress: connectionsPerAddress, proxies: proxies?.addresses }
  limitConnections(server, limits, () => metrics.connectionRefused(name))
  return server
}

/** @param setting to name where it doesn't work */
export function listen(server: Server, host: string, port: number, setting: string): Promise<Server> {
  return listening(server, setting, `${host} port ${port}`, () => server.listen(port, host))
}

/**
 * Listens where the operator said, over TLS or on a Unix socket.
 * @throws Error when something else is there
 */
export async function listenPrivately(server: Server, at: PrivateListener): Promise<Server> {
  const setting = `CHANCERY_LISTENERS: ${at.name}`
  if (!('path' in at)) return listen(server, at.host, at.port, setting)
  await removeStaleSocket(at.path, setting)
  await listening(server, setting, at.path, () => server.listen(at.path))
  // Until here nobody but the owner could connect: that takes leave to write.
  chmodSync(at.path, SOCKET_MODE)
  return server
}

function listening(server: Server, setting: string, where: string, begin: () => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message
      reject(new Error(`${setting}: can't listen on ${where}: ${why}`))
    })
    server.once('listening', () => resolve(server))
    begin()
  })
}

/** A killed server leaves its socket's file behind, and nobody could listen there ever again. */
async function removeStaleSocket(path: string, setting: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw new Error(`${setting}: ${path} is there, and is no socket`)
  if (!(await answers(path))) unlinkSync(path)
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** Where a server answers. */
export const urlOf = (server: Server): string =>
  `${server instanceof TlsServer ? 'https' : 'http'}://${addressOf(server)}`

function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : address
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
