import { isIP } from 'node:net'
import { judgeAddress } from './special-addresses.ts'

/** What a fetch of a URL that a tenant or a stranger named may reach. */
export type OutboundPolicy = {
  readonly schemes: readonly ('http:' | 'https:')[]
  /** Destination ports. */
  readonly ports: readonly number[] | 'any'
  /** Where a URL without a port goes, instead of 80 and 443; the Host header stays as it is. */
  readonly defaultPorts?: Readonly<Record<string, number>>
  /** Whether loopback and private addresses are reachable, too; all other special-purpose ones never are. */
  readonly privateAddresses: boolean
}

/** Gives the addresses of a host name, in the order to try them; empty where there are none. Rejects if DNS fails. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** Addresses that passed, in the order to try them; or why there are none. */
export type Checked =
  | { readonly addresses: readonly string[] }
  | { readonly reason: 'unresolved' | 'forbidden'; readonly detail: string }

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** A name with very many addresses doesn't buy very many attempts. */
const MOST_ADDRESSES = 4

/** The port a URL names or implies. */
export const portOf = (
  { port, protocol }: URL,
  { defaultPorts = DEFAULT_PORTS }: Pick<OutboundPolicy, 'defaultPorts'> = {},
): number => (port === '' ? (defaultPorts[protocol] ?? 0) : Number(port))

/** The URL's host as resolvers and `net` want it: an IPv6 address without its brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

/** Why this address may not be reached, or undefined. */
export function refusalOfAddress(
  address: string,
  policy: Pick<OutboundPolicy, 'privateAddresses'>,
): string | undefined {
  const { kind, block } = judgeAddress(address)
  if (kind === 'public') return undefined
  if (kind !== 'never' && policy.privateAddresses) return undefined
  return `${address} is not a public address (${block})`
}

/**
 * Why this URL may not be fetched, or undefined: scheme, user and password (which a log would keep), port, and, where
 * the host is an address, the address. The URL Standard has by then turned every spelling of an IPv4 address (octal,
 * hexadecimal, one number, fewer parts, full-width digits) into four decimal parts.
 */
export function refusalOfUrl(url: URL, policy: OutboundPolicy): string | undefined {
  if (!policy.schemes.some((scheme) => scheme === url.protocol))
    return `the scheme must be ${policy.schemes.map((scheme) => scheme.slice(0, -1)).join(' or ')}`
  if (url.username !== '' || url.password !== '') return 'it may not carry a user or a password'
  const port = portOf(url, policy)
  if (policy.ports !== 'any' && !policy.ports.includes(port))
    return `port ${port} is not among those that may be reached (${policy.ports.join(', ')})`
  const host = hostOf(url)
  return isIP(host) === 0 ? undefined : refusalOfAddress(host, policy)
}

/**
 * The addresses to connect to for a URL. A caller that connects to one of these, and asks no resolver again, can't be
 * led elsewhere by a name that changes its mind in between (DNS rebinding).
 */
export async function checkedAddresses(url: URL, policy: OutboundPolicy, resolve: Resolve): Promise<Checked> {
  const refusal = refusalOfUrl(url, policy)
  if (refusal !== undefined) return { reason: 'forbidden', detail: refusal }
  const host = hostOf(url)
  if (isIP(host) !== 0) return { addresses: [host] }
  let found: readonly string[]
  try {
    found = await resolve(host)
  } catch {
    return { reason: 'unresolved', detail: `${host} could not be resolved` }
  }
  if (found.length === 0) return { reason: 'unresolved', detail: `${host} has no address` }
  const refusals = found.map((address) => refusalOfAddress(address, policy))
  const addresses = found.filter((_, place) => refusals[place] === undefined).slice(0, MOST_ADDRESSES)
  return addresses.length > 0 ? { addresses } : { reason: 'forbidden', detail: `${host}: ${refusals[0]}` }
}
