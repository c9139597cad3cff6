import { isIPv6 } from 'node:net'

/** Where a resolver is asked: an IP address and a port. */
export type Endpoint = { readonly address: string; readonly port: number }

/** As in a URL. */
export const endpointText = ({ address, port }: Endpoint): string =>
  `${isIPv6(address) ? `[${address}]` : address}:${port}`
