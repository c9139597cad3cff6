import type { HttpProbe, ProbeAnswer, ProbeFailure } from '../../core/ports/http-probe.ts'
import type { Resolver } from '../../core/ports/resolver.ts'
import { exchange, type OutboundTerms } from '../outbound/exchange.ts'
import { addressesOf } from './addresses.ts'

export type ProbeOptions = {
  /** The perspective's own: a probe believes no other. */
  readonly resolver: Resolver
  /** Where a URL without a port connects to; these, 80 and 443 are the only ports there are. */
  readonly ports: { readonly http: number; readonly https: number }
  /** Whether loopback and private addresses may be reached. */
  readonly privateAddresses: boolean
  /** Milliseconds for everything, redirects included; 15,000 when absent. */
  readonly timeoutMs?: number
}

const MOST_REDIRECTS = 10
const MOST_OCTETS = 65_536
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
const HEADERS = { accept: '*/*', 'user-agent': 'chancery-validation' }

/**
 * Fetches what validation asks for. Each URL, the redirects' too, is resolved by the perspective's resolver, judged by
 * the guard, and fetched over a connection of its own from the very address that was judged: no proxy, no cookie, no
 * credential. Over https the certificate isn't verified: whoever validates a name may have none yet, or an expired one,
 * and what counts is the content (so do public authorities; RFC 8555 §8.3 says nothing of it).
 */
export function createHttpProbe({
  resolver,
  ports,
  privateAddresses,
  timeoutMs = 15_000,
}: ProbeOptions): HttpProbe {
  const terms: Omit<OutboundTerms, 'timeoutMs'> = {
    policy: {
      schemes: ['http:', 'https:'],
      ports: [...new Set([80, 443, ports.http, ports.https])],
      defaultPorts: { 'http:': ports.http, 'https:': ports.https },
      privateAddresses,
    },
    resolve: (host) => addressesOf(resolver, host),
    mostOctets: MOST_OCTETS,
    tls: { verify: false },
  }
  return { get: (url) => fetched(url, terms, performance.now() + timeoutMs) }
}

async function fetched(
  first: string,
  terms: Omit<OutboundTerms, 'timeoutMs'>,
  deadline: number,
): Promise<ProbeAnswer> {
  const began = performance.now()
  const visited: string[] = []
  const milliseconds = (): number => Math.round(performance.now() - began)
  const failed = (reason: ProbeFailure, detail: string): ProbeAnswer => ({
    outcome: 'failed',
    reason,
    detail,
    visited,
    milliseconds: milliseconds(),
  })
  for (let url = first; ;) {
    if (visited.length > MOST_REDIRECTS)
      return failed('too_many_redirects', `there are more than ${MOST_REDIRECTS} redirects`)
    visited.push(url)
    const timeoutMs = Math.ceil(deadline - performance.now())
    if (timeoutMs <= 0) return failed('timeout', 'the redirects took all the time there is')
    const answer = await exchange({ method: 'GET', url, headers: HEADERS }, { ...terms, timeoutMs })
    if (answer.outcome === 'failed') return failed(answer.reason, answer.detail)
    const { status, headers, body, whole, address } = answer
    const { location } = headers
    if (REDIRECTS.includes(status)) {
      if (location === undefined || !URL.canParse(location, url))
        return failed('malformed', `a redirect (${status}) without a target`)
      url = targetOf(location, url)
    } else if (!whole) return failed('too_large', `the body has more than ${MOST_OCTETS} octets`)
    else return { outcome: 'answered', status, body, address, visited, milliseconds: milliseconds() }
  }
}

/** RFC 9110 §10.2.2. The fragment is for browsers. */
function targetOf(location: string, from: string): string {
  const target = new URL(location, from)
  target.hash = ''
  return target.href
}
