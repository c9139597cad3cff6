import type { IncomingHttpHeaders } from 'node:http'
import { invalid } from '../refusal.ts'
import { plainAddress, type AddressSet } from './addresses.ts'

/** Where proxies that are trusted say whom they forward for. */
export const FORWARDED_HEADERS = ['x-forwarded-for', 'forwarded'] as const
export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number]

export type TrustedProxies = {
  readonly addresses: AddressSet
  /** One of the two and no other: what a proxy doesn't write, it passes on as its caller wrote it. */
  readonly header: ForwardedHeader
}

/** Who calls, and whether everybody on the way says that the caller spoke TLS. */
export type Forwarded = { readonly address: string; readonly secure: boolean }

/** Longer chains of proxies that are all trusted are nobody's. */
const MOST_HOPS = 20

/**
 * Whom a trusted peer forwards for. Read from the right, since each proxy appends whom it heard it from: the first address
 * that is no trusted proxy's is the caller's, and what stands left of it is whatever the caller liked to write.
 * @param peer a trusted proxy's address, where the call came from
 * @param secure whether the call came over TLS from there
 * @throws request_invalid where a trusted proxy wrote something that is no address
 */
export function forwardedBy(
  peer: string,
  secure: boolean,
  headers: IncomingHttpHeaders,
  { addresses, header }: TrustedProxies,
): Forwarded {
  const hops = header === 'forwarded' ? hopsOfForwarded(headers) : hopsOfXForwardedFor(headers)
  let nearest: Forwarded = { address: peer, secure }
  for (const { node, proto } of hops) {
    const address = addressOf(node)
    if (address === undefined)
      throw invalid(header, 'address', `${JSON.stringify(node.slice(0, 60))} is no IP address`)
    nearest = { address, secure: proto === undefined ? nearest.secure : proto === 'https' }
    if (!addresses.has(address)) return nearest
  }
  // Only trusted ones all the way: the one that is farthest calls for itself.
  return nearest
}

type Hop = { readonly node: string; readonly proto: string | undefined }

/** From the right, each read when it is asked for: what the caller wrote isn't even parsed. */
function* hopsOfXForwardedFor(headers: IncomingHttpHeaders): Generator<Hop> {
  const proto = lastOf(headers['x-forwarded-proto'])
  for (const node of listFrom(headers['x-forwarded-for'])) yield { node, proto }
}

function* hopsOfForwarded(headers: IncomingHttpHeaders): Generator<Hop> {
  for (const element of listFrom(headers.forwarded)) {
    const pairs = new Map<string, string>()
    for (const pair of element.split(';')) {
      const equals = pair.indexOf('=')
      const name = pair.slice(0, equals).trim().toLowerCase()
      if (equals === -1 || pairs.has(name))
        throw invalid('forwarded', 'syntax', 'is not as RFC 7239 §4 has it')
      pairs.set(name, unquoted(pair.slice(equals + 1).trim()))
    }
    yield { node: pairs.get('for') ?? '', proto: pairs.get('proto')?.toLowerCase() }
  }
}

/** The last entries of a list, the last one first. */
function listFrom(given: string | readonly string[] | undefined): string[] {
  if (given === undefined) return []
  // At every comma, in quotation marks, too: an opening one that the caller wrote must not swallow what a proxy appended.
  return String(given)
    .split(',')
    .slice(-MOST_HOPS)
    .map((entry) => entry.trim())
    .reverse()
}

const lastOf = (given: string | readonly string[] | undefined): string | undefined =>
  given === undefined ? undefined : String(given).split(',').at(-1)?.trim().toLowerCase()

const unquoted = (text: string): string =>
  text.startsWith('"') && text.endsWith('"') && text.length >= 2 ? text.slice(1, -1) : text

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711` (RFC 7239 §6). */
function addressOf(node: string): string | undefined {
  const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?$/.exec(node)?.[1]
  if (bracketed !== undefined) return bracketed.includes(':') ? plainAddress(bracketed) : undefined
  const withPort = /^([0-9.]+):\d{1,5}$/.exec(node)?.[1]
  return plainAddress(withPort ?? node)
}
