import { endpointText } from '../adapters/dns/endpoints.ts'
import type { Ports } from '../core/ports/ports.ts'
import type { Config } from './config.ts'

/** The port of the simulated DNS. */
export type DnsServer = {
  /** E.g. `127.0.0.1:5300`; undefined where no port is open. */
  readonly endpoint: string | undefined
  close(): Promise<void>
}

/**
 * Opens the port of the simulated DNS, where one is configured.
 * @throws Error with a message for the operator when it can't be had
 */
export async function openDns(ports: Ports, { bind, dns: { port } }: Config): Promise<DnsServer> {
  if (port === undefined) return { endpoint: undefined, close: async () => {} }
  const { startDnsListener } = await import('../faces/dns/listener.ts')
  try {
    const listener = await startDnsListener(ports, { address: bind, port })
    return { endpoint: endpointText(listener), close: () => listener.close() }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there'
        : code === 'EACCES' && port < 1024
          ? 'ports below 1024 take privileges; choose a higher one, such as 5300'
          : message
    throw new Error(`CHANCERY_DNS_PORT: can't listen on ${bind} port ${port}: ${why}`, { cause: error })
  }
}
