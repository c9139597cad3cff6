import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
import { isLoopback } from './loopback.ts'

/** What a test gets that tries to leave the machine. */
class NetworkClosed extends Error {
  constructor(target: string) {
    super(`the network is closed to this test: ${target}`)
    this.name = 'NetworkClosed'
  }
}

/** Where `connect` goes; undefined for a path (a Unix socket), which stays on the machine. */
function hostOf(args: readonly unknown[]): string | undefined {
  // Node's own callers hand over normalized arguments: an array in the first place.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as readonly unknown[]) : args
  if (typeof first === 'object' && first !== null) {
    const options = first as { path?: unknown; host?: unknown }
    if (typeof options.path === 'string') return undefined
    return typeof options.host === 'string' ? options.host : 'localhost'
  }
  if (typeof first === 'string' && Number.isNaN(Number(first))) return undefined
  return typeof second === 'string' ? second : 'localhost'
}

function refuseUnlessLocal(host: string): void {
  if (!isLoopback(host)) throw new NetworkClosed(host)
}

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
  const host = hostOf(args)
  if (host !== undefined) refuseUnlessLocal(host)
  return (connect as (...args: unknown[]) => net.Socket).apply(this, args)
}

const send = dgram.Socket.prototype.send
dgram.Socket.prototype.send = function (this: dgram.Socket, ...args: unknown[]): void {
  // send(msg, [offset, length,] [port] [, address] [, callback]): the address is the one string after the message
  const host = args.slice(1).find((arg) => typeof arg === 'string')
  if (typeof host === 'string') refuseUnlessLocal(host)
  ;(send as (...args: unknown[]) => void).apply(this, args)
} as typeof send

const connectDatagram = dgram.Socket.prototype.connect
dgram.Socket.prototype.connect = function (this: dgram.Socket, ...args: unknown[]): void {
  const host = args.slice(1).find((arg) => typeof arg === 'string')
  if (typeof host === 'string') refuseUnlessLocal(host)
  ;(connectDatagram as (...args: unknown[]) => void).apply(this, args)
}

// The machine's resolver is asked by the C library, past every socket of ours.
const lookup = dns.lookup
dns.lookup = Object.assign((hostname: string, ...rest: unknown[]): void => {
  refuseUnlessLocal(hostname)
  ;(lookup as (...args: unknown[]) => void)(hostname, ...rest)
}, lookup)

const lookupPromise = dns.promises.lookup
dns.promises.lookup = (async (hostname: string, ...rest: unknown[]) => {
  refuseUnlessLocal(hostname)
  return (lookupPromise as (...args: unknown[]) => Promise<unknown>)(hostname, ...rest)
}) as typeof lookupPromise

// So is every other question: c-ares opens its own sockets. A resolver may ask name servers on this machine only.
type Resolving = Record<string, (...args: unknown[]) => unknown> & { getServers(): string[] }

function closeQuestions(resolver: object): void {
  const methods = resolver as Resolving
  for (const name of Object.getOwnPropertyNames(resolver)) {
    const original = methods[name]
    if (!/^(resolve|reverse)/.test(name) || typeof original !== 'function') continue
    methods[name] = function (this: unknown, ...args: unknown[]): unknown {
      const asker =
        typeof (this as Resolving | undefined)?.getServers === 'function' ? (this as Resolving) : methods
      for (const server of asker.getServers()) refuseUnlessLocal(server.replace(/^(\[.*\]|[^:]*):\d+$/, '$1'))
      return original.apply(this, args)
    }
  }
}

for (const resolver of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  closeQuestions(resolver)
}
