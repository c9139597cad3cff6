import { lookup } from 'node:dns/promises'
import { performance } from 'node:perf_hooks'
import type { WebhookSender } from '../../core/ports/webhook-sender.ts'
import { exchange, type OutboundTerms } from '../outbound/exchange.ts'
import { refusalOfUrl, type OutboundPolicy, type Resolve } from '../outbound/guard.ts'

export type WebhookSenderOptions = {
  /** Loopback and private addresses, too; and `http`, since that can't leave such a network unseen. */
  readonly privateAddresses: boolean
  readonly ports: readonly number[] | 'any'
  /** PEM of the authorities to trust; the runtime's own when undefined. */
  readonly ca: readonly string[] | undefined
  /** PEM of the certificate and key that receivers over https may ask for; none is shown when absent. */
  readonly clientCertificate?: (() => Promise<string>) | undefined
  /** Addresses of a host name; the system's resolver when absent. */
  readonly resolve?: Resolve
  /** Milliseconds for a whole exchange; 15 seconds when absent: Standard Webhooks recommends 15 to 30. */
  readonly timeoutMs?: number
}

/** An answer to a webhook says nothing: this much of it is digested as proof, and the rest isn't read. */
const MOST_OCTETS = 16_384
const TIMEOUT = 15_000

const systemResolver: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/** Sends webhooks through the guard for URLs that somebody else named. */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { privateAddresses, ports, ca, resolve = systemResolver, timeoutMs = TIMEOUT } = options
  const { clientCertificate } = options
  const policy: OutboundPolicy = {
    schemes: privateAddresses ? ['https:', 'http:'] : ['https:'],
    ports,
    privateAddresses,
  }
  const terms: OutboundTerms = {
    policy,
    resolve,
    timeoutMs,
    mostOctets: MOST_OCTETS,
    tls: { verify: true, ...(ca === undefined ? {} : { ca }) },
  }
  return {
    refusal: (url) => (URL.canParse(url) ? refusalOfUrl(new URL(url), policy) : 'it is no URL'),
    send: async (message, stopping) => {
      const begun = performance.now()
      const elapsed = (): number => Math.round(performance.now() - begun)
      let client: string | undefined
      try {
        if (clientCertificate !== undefined && message.url.startsWith('https:'))
          client = await clientCertificate()
      } catch {
        return { milliseconds: elapsed(), failure: 'the client certificate can’t be opened now' }
      }
      const tls = client === undefined ? terms.tls : { ...terms.tls, client }
      const answer = await exchange({ method: 'POST', ...message }, { ...terms, tls }, stopping)
      const milliseconds = elapsed()
      if (answer.outcome === 'failed') return { milliseconds, failure: `${answer.reason}: ${answer.detail}` }
      const { status, address, body } = answer
      return { milliseconds, status, address, body, retryAfter: secondsOf(answer.headers['retry-after']) }
    },
  }
}

/** RFC 9110 §10.2.3; its other form, a date, would need a clock that both sides agree on. */
const secondsOf = (retryAfter: string | undefined): number | undefined =>
  retryAfter !== undefined && /^[0-9]{1,9}$/.test(retryAfter) ? Number(retryAfter) : undefined
