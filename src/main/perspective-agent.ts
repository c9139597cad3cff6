import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Endpoint } from '../adapters/dns/endpoints.ts'
import { createRecursiveResolver } from '../adapters/dns/recursive-resolver.ts'
import { resolversInOrder } from '../adapters/dns/resolvers-in-order.ts'
import { createAgent } from '../adapters/perspective/agent.ts'
import { createHttpProbe } from '../adapters/probe/http-probe.ts'
import { usage, type CliFailure } from '../faces/cli/failure.ts'
import type { AgentOptions, ServedAgent } from '../faces/cli/world.ts'
import { endpointFrom, systemResolvers } from './dns-settings.ts'
import { drained } from './drain.ts'

const MIN_TOKEN = 32
const LOOPBACK = /^(127[.]|::1$)/

/**
 * Listens as a perspective's agent, until it is stopped.
 * @throws CliFailure with exit code 2 for an option that is wrong, Error where nothing can listen
 */
export async function startPerspectiveAgent(options: AgentOptions): Promise<ServedAgent> {
  const { httpPort: http, httpsPort: https, privateAddresses } = options
  const { address, port } = listenAt(options.listen)
  const tls = tlsOf(options)
  // The token travels in the clear, so only where nobody else listens.
  if (tls === undefined && !LOOPBACK.test(address))
    throw wrong(
      '--listen',
      'without --cert-file and --key-file an agent listens on this machine only, such as 127.0.0.1:8444',
    )
  const endpoints = options.resolvers.length === 0 ? systemResolvers() : options.resolvers.map(resolverAt)
  const [first, ...others] = endpoints.map(createRecursiveResolver)
  if (first === undefined) throw wrong('--resolver', 'this machine has no resolver; name one')
  const resolver = resolversInOrder([first, ...others])
  const probe = createHttpProbe({ resolver, ports: { http, https }, privateAddresses })
  const agent = createAgent({ id: randomUUID(), token: tokenOf(options.tokenFile), resolver, probe })
  const server =
    tls === undefined ? createHttpServer(agent) : createHttpsServer({ ...tls, minVersion: 'TLSv1.2' }, agent)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  const host = address.includes(':') ? `[${address}]` : address
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${bound}`,
    stop: () => drained(server),
  }
}

const wrong = (option: string, message: string): CliFailure => usage(`${option}: ${message}`)

const ADDRESS = 'such as 192.0.2.53:53 or [2001:db8::53]:53'

function resolverAt(text: string): Endpoint {
  const endpoint = endpointFrom(text)
  if (endpoint === undefined) throw wrong('--resolver', `${JSON.stringify(text)} is no address, ${ADDRESS}`)
  return endpoint
}

/** Port 0 lets the system choose. */
function listenAt(text: string): Endpoint {
  const [, host = '', port = ''] = /^(.+):([0-9]{1,5})$/.exec(text) ?? []
  const address = endpointFrom(host)?.address
  if (address === undefined || Number(port) > 65_535)
    throw wrong('--listen', `${JSON.stringify(text)} is no address with a port, ${ADDRESS}`)
  return { address, port: Number(port) }
}

function fileOf(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw wrong(option, `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function tokenOf(path: string): string {
  const token = fileOf(path, '--token-file').trim()
  if (token.length >= MIN_TOKEN && /^[\x21-\x7e]+$/.test(token)) return token
  throw wrong('--token-file', `${path} must hold at least ${MIN_TOKEN} visible ASCII characters`)
}

function tlsOf({
  certFile,
  keyFile,
}: AgentOptions): { readonly cert: string; readonly key: string } | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined)
    throw wrong(certFile === undefined ? '--cert-file' : '--key-file', 'certificate and key go together')
  return { cert: fileOf(certFile, '--cert-file'), key: fileOf(keyFile, '--key-file') }
}
