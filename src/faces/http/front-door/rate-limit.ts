import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { SECOND, type Millis } from '../../../core/domain/time.ts'

/**
 * Whom a limit counts by. `operation`: everybody together, each operation by itself. `failure`: an address, and only what
 * couldn't be authenticated.
 */
export const LIMIT_KINDS = ['address', 'account', 'principal', 'operation', 'failure'] as const
export type LimitKind = (typeof LIMIT_KINDS)[number]

export type RateLimitRule = {
  readonly kind: LimitKind
  /** Counts this operation of the contract alone; every request when undefined. */
  readonly operation?: string | undefined
  readonly requests: number
  /** The window in which they are counted. */
  readonly seconds: number
}

/** Where a key stands in the running window, which has so many seconds still. */
export type Standing = { readonly admitted: boolean; readonly left: number; readonly seconds: number }

/** Hits that other servers don't know of yet. */
export type Unshared = { readonly key: string; readonly window: number; readonly hits: number }

/**
 * Keys counted by themselves in one window: about 500 octets each. Those that come when there are as many, count as one:
 * a stranger with many addresses slows down other newcomers, and fills no memory.
 */
export const MOST_KEYS = 20_000
const OTHERS = ''

/**
 * One limit: so many requests in a window, which begins at a multiple of its length, so that all servers have the same ones.
 * The library counts; here is what bounds how much it counts, and what is told to other servers.
 */
export class RateLimit {
  readonly rule: RateLimitRule
  /** What it is called in headers and, with its figures, in the database: other figures begin anew. */
  readonly name: string
  readonly id: string
  readonly #counter: RateLimiterMemory
  readonly #now: () => Millis
  readonly #mostKeys: number
  /** The keys of this window, with the hits that aren't shared yet. */
  readonly #unshared = new Map<string, number>()
  #window = -1

  constructor(rule: RateLimitRule, now: () => Millis = Date.now, mostKeys = MOST_KEYS) {
    this.rule = rule
    this.name = rule.operation === undefined ? rule.kind : `${rule.kind}:${rule.operation}`
    this.id = `${this.name}=${rule.requests}/${rule.seconds}`
    this.#counter = new RateLimiterMemory({ points: rule.requests, duration: rule.seconds })
    this.#now = now
    this.#mostKeys = mostKeys
  }

  /** Counts one request. @returns what is left, and whether it was too many */
  async take(key: string): Promise<Standing> {
    const { remaining } = this.#turn()
    const counted = this.#countedAs(key)
    this.#unshared.set(counted, (this.#unshared.get(counted) ?? 0) + 1)
    try {
      const { remainingPoints } = await this.#counter.consume(counted, 1, { customDuration: remaining })
      return { admitted: true, left: remainingPoints, seconds: remaining }
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      return { admitted: false, left: 0, seconds: remaining }
    }
  }

  /** Counts nothing. @returns whether one more would be admitted */
  async look(key: string): Promise<Standing> {
    const { remaining } = this.#turn()
    const taken = (await this.#counter.get(this.#countedAs(key)))?.consumedPoints ?? 0
    const left = Math.max(0, this.rule.requests - taken)
    return { admitted: left > 0, left, seconds: remaining }
  }

  /** Takes what isn't shared yet, the busiest keys first. */
  takeUnshared(most: number): readonly Unshared[] {
    this.#turn()
    const waiting = [...this.#unshared].filter(([, hits]) => hits > 0).sort(([, a], [, b]) => b - a)
    return waiting.slice(0, most).map(([key, hits]) => {
      this.#unshared.set(key, 0)
      return { key, window: this.#window, hits }
    })
  }

  /** Could not be shared: next time. */
  giveBack({ key, window, hits }: Unshared): void {
    this.#turn()
    if (window === this.#window) this.#unshared.set(key, (this.#unshared.get(key) ?? 0) + hits)
  }

  /** What all servers counted by now, this one's shared hits among them. */
  async learn(key: string, window: number, total: number): Promise<void> {
    const { remaining } = this.#turn()
    if (window !== this.#window) return
    const known = (await this.#counter.get(key))?.consumedPoints ?? 0
    const missing = total + (this.#unshared.get(key) ?? 0) - known
    if (missing > 0) await this.#counter.penalty(key, missing, { customDuration: remaining })
  }

  /** When the running window ends. */
  endOf(window: number): Millis {
    return (window + 1) * this.rule.seconds * SECOND
  }

  #countedAs(key: string): string {
    return !this.#unshared.has(key) && this.#unshared.size >= this.#mostKeys ? OTHERS : key
  }

  /** Begins a new window where the old one is over; @returns the seconds that it still has. */
  #turn(): { readonly remaining: number } {
    const now = this.#now()
    const window = Math.floor(now / (this.rule.seconds * SECOND))
    if (window !== this.#window) {
      this.#window = window
      this.#unshared.clear()
    }
    return { remaining: (this.endOf(window) - now) / SECOND }
  }
}
