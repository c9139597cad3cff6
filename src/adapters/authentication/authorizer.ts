import { createHmac, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { z } from 'zod'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { Authorizer, AuthorizerVerdict } from '../../core/ports/authorizer.ts'
import type { AccountId } from '../../core/domain/ids.ts'
import { exchange, type OutboundTerms } from '../outbound/exchange.ts'
import type { Resolve } from '../outbound/guard.ts'

export type AuthorizerOptions = {
  readonly url: string
  /** What questions are signed with (Standard Webhooks 1.0), so that nobody else has them answered. */
  readonly secret: Uint8Array
  readonly headers: readonly string[]
  /** Of the running program. */
  readonly version: string
  readonly clock: SystemClock
  /** PEM of the authorities to trust; the runtime's own when undefined. */
  readonly ca: readonly string[] | undefined
  readonly resolve?: Resolve
  /** Milliseconds for a whole exchange; 5 seconds when absent: a caller waits meanwhile. */
  readonly timeoutMs?: number
}

const MOST_OCTETS = 65_536
const TIMEOUT = 5_000
const MOST_TTL = 3_600

const verdict = z.strictObject({
  principal: z.string().min(1).max(256),
  account: z.string().regex(/^[0-9]{12}$/),
  role: z.string().max(300).optional(),
  policy: z.record(z.string(), z.unknown()).optional(),
  ttlSeconds: z.number().int().min(0).max(MOST_TTL).default(0),
})

const systemResolver: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * Asks the operator's own authorizer, which may be anywhere, as the URL is configuration; what no message has to reach
 * stays closed (a cloud's metadata service). Follows no redirect.
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { url, headers, ca, resolve = systemResolver, timeoutMs = TIMEOUT } = options
  const terms: OutboundTerms = {
    policy: { schemes: ['https:', 'http:'], ports: 'any', privateAddresses: true },
    ...{ resolve, timeoutMs, mostOctets: MOST_OCTETS },
    tls: { verify: true, ...(ca === undefined ? {} : { ca }) },
  }
  return {
    headers,
    ask: async (question) => {
      const body = Buffer.from(JSON.stringify(question))
      const request = { method: 'POST', url, headers: signed(options, body), body } as const
      const answer = await exchange(request, terms)
      if (answer.outcome === 'failed') return failed(`${answer.reason}: ${answer.detail}`)
      if (answer.status === 401 || answer.status === 403) return { outcome: 'refused' }
      if (answer.status !== 200) return failed(`answered ${answer.status}`)
      if (!answer.whole) return failed(`answered more than ${MOST_OCTETS} octets`)
      return verdictIn(Buffer.from(answer.body).toString('utf8'))
    },
  }
}

const failed = (reason: string): AuthorizerVerdict => ({ outcome: 'failed', reason })

function signed({ secret, version, clock }: AuthorizerOptions, body: Uint8Array): Record<string, string> {
  const id = `msg_${randomUUID()}`
  const timestamp = String(Math.floor(clock.now() / 1000))
  const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return {
    'content-type': 'application/json',
    'user-agent': `chancery/${version}`,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac}`,
  }
}

/** Exactly what is expected, or a failure: what can't be understood lets nobody in. */
function verdictIn(text: string): AuthorizerVerdict {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return failed('answered what is no JSON')
  }
  const parsed = verdict.safeParse(json)
  if (!parsed.success)
    return failed(
      `answered something else: ${parsed.error.issues.map(({ path }) => path.join('.') || 'body').join(', ')}`,
    )
  const { principal, account, role, policy, ttlSeconds } = parsed.data
  if ((role === undefined) === (policy === undefined))
    return failed('answered neither a role nor a policy, or both')
  return {
    outcome: 'known',
    principal,
    account: account as AccountId,
    grant: role === undefined ? { policy: JSON.stringify(policy) } : { role },
    ttlSeconds,
  }
}
