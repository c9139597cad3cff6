import { lookup } from 'node:dns/promises'
import type { KeySets } from '../../core/ports/key-sets.ts'
import { exchange, type OutboundTerms } from '../outbound/exchange.ts'
import { refusalOfUrl, type OutboundPolicy, type Resolve } from '../outbound/guard.ts'

export type KeySetsOptions = {
  /** Loopback and private addresses, too; and `http`, since that can't leave such a network unseen. */
  readonly privateAddresses: boolean
  readonly ports: readonly number[] | 'any'
  /** PEM of the authorities to trust; the runtime's own when undefined. */
  readonly ca: readonly string[] | undefined
  /** Addresses of a host name; the system's resolver when absent. */
  readonly resolve?: Resolve
  /** Milliseconds for a whole exchange; 5 seconds when absent: a caller waits meanwhile. */
  readonly timeoutMs?: number
}

const MOST_OCTETS = 65_536
const TIMEOUT = 5_000
const HEADERS = { accept: 'application/jwk-set+json, application/json', 'user-agent': 'chancery' }

const systemResolver: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/** Fetches key sets through the guard for URLs that somebody else named. */
export function createKeySets(options: KeySetsOptions): KeySets {
  const { privateAddresses, ports, ca, resolve = systemResolver, timeoutMs = TIMEOUT } = options
  const policy: OutboundPolicy = {
    schemes: privateAddresses ? ['https:', 'http:'] : ['https:'],
    ports,
    privateAddresses,
  }
  const tls = { verify: true, ...(ca === undefined ? {} : { ca }) }
  const terms: OutboundTerms = { policy, resolve, timeoutMs, mostOctets: MOST_OCTETS, tls }
  return {
    refusal: (url) => (URL.canParse(url) ? refusalOfUrl(new URL(url), policy) : 'it is no URL'),
    fetch: async (url) => {
      const answer = await exchange({ method: 'GET', url, headers: HEADERS }, terms)
      if (answer.outcome === 'failed') return { failure: `${answer.reason}: ${answer.detail}` }
      if (answer.status !== 200) return { failure: `answered ${answer.status}` }
      if (!answer.whole) return { failure: `answered more than ${MOST_OCTETS} octets` }
      return { text: Buffer.from(answer.body).toString('utf8') }
    },
  }
}
