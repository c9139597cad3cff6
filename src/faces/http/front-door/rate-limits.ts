import type { ServerResponse } from 'node:http'
import type { Principal } from '../../../core/domain/access.ts'
import { ChanceryError } from '../../../core/domain/errors.ts'
import { limitedAs } from './addresses.ts'
import { RateLimit, type LimitKind, type RateLimitRule } from './rate-limit.ts'

/** Who is counted, by each kind of limit that can count him by now. */
type Counted = Partial<Record<LimitKind, string>>

/** All limits of one port. */
export class RateLimits {
  readonly limits: readonly RateLimit[]
  readonly #byAddress: readonly RateLimit[]
  readonly #byFailure: readonly RateLimit[]
  readonly #byCall: readonly RateLimit[]
  readonly #onThrottled: (limit: string) => void

  /** @param onThrottled told the limit's name, of which there are only as many as were configured */
  constructor(rules: readonly RateLimitRule[], onThrottled: (limit: string) => void = () => {}) {
    this.limits = rules.map((rule) => new RateLimit(rule))
    this.#byAddress = this.limits.filter(
      ({ rule }) => rule.kind === 'address' && rule.operation === undefined,
    )
    this.#byFailure = this.limits.filter(({ rule }) => rule.kind === 'failure')
    this.#byCall = this.limits.filter(
      (limit) => !this.#byAddress.includes(limit) && !this.#byFailure.includes(limit),
    )
    this.#onThrottled = onThrottled
  }

  /** Whether any address is limited before it is known who calls. */
  get limitsAddresses(): boolean {
    return this.#byAddress.length > 0
  }

  /** Before anything else is looked at. @throws throttled */
  takeAddress(response: ServerResponse, address: string): Promise<void> {
    return this.#take(response, this.#byAddress, { address: limitedAs(address) })
  }

  /** Whether it is counted who couldn't be authenticated. */
  get limitsFailures(): boolean {
    return this.#byFailure.length > 0
  }

  /** Before a credential is looked at, right or wrong: whoever guesses mustn't learn. @throws throttled */
  async refuseAfterFailures(address: string): Promise<void> {
    for (const limit of this.#byFailure) {
      const { admitted, seconds } = await limit.look(limitedAs(address))
      if (!admitted) throw this.#tooMany(limit, 'failed authentications', seconds)
    }
  }

  /** One that couldn't be authenticated. */
  async countFailure(address: string): Promise<void> {
    for (const limit of this.#byFailure) await limit.take(limitedAs(address))
  }

  /** Whether anybody is limited once it is known who calls. */
  get limitsCalls(): boolean {
    return this.#byCall.length > 0
  }

  /** Once it is known who calls what. @throws throttled */
  takeCall(
    response: ServerResponse,
    principal: Principal | undefined,
    operation: string,
    address: string,
  ): Promise<void> {
    return this.#take(
      response,
      this.#byCall.filter(({ rule }) => rule.operation === undefined || rule.operation === operation),
      {
        address: limitedAs(address),
        operation,
        ...(principal === undefined
          ? {}
          : { account: principal.account, principal: `${principal.account}/${whoIs(principal)}` }),
      },
    )
  }

  async #take(response: ServerResponse, limits: readonly RateLimit[], counted: Counted): Promise<void> {
    for (const limit of limits) {
      const { kind, requests, seconds: window } = limit.rule
      const key = counted[kind]
      if (key === undefined) continue
      const { admitted, left, seconds } = await limit.take(key)
      const rest = wholeSeconds(seconds)
      // As draft-ietf-httpapi-ratelimit-headers has them; a list, since several may hold.
      response.appendHeader('ratelimit-policy', `"${limit.name}";q=${requests};w=${window}`)
      response.appendHeader('ratelimit', `"${limit.name}";r=${left};t=${rest}`)
      if (!admitted) throw this.#tooMany(limit, 'requests', seconds)
    }
  }

  #tooMany({ name, rule }: RateLimit, what: string, seconds: number): ChanceryError {
    this.#onThrottled(name)
    return new ChanceryError(
      'throttled',
      `more than ${rule.requests} ${what} in ${rule.seconds} s (${name})`,
      { retryAfterSeconds: wholeSeconds(seconds) },
    )
  }
}

const wholeSeconds = (seconds: number): number => Math.max(1, Math.ceil(seconds))

/** A role without its session, whose name the caller chooses: another name must not mean another count. */
const whoIs = ({ id }: Principal): string => (id.startsWith('role/') ? id.split('/', 2).join('/') : id)
