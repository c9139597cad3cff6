import { matchesPath } from './path-patterns.ts'
import { DAY, HOUR, MINUTE, SECOND, type Millis } from './time.ts'

/** How long caches may keep what lies under a path, in milliseconds. */
export type CacheRule = {
  /** `*` stands for anything but a slash, `**` for anything. */
  readonly path: string
  readonly least: Millis
  /** For what has no end of its own. */
  readonly usual: Millis
  readonly most: Millis
}

const YEAR = 365 * DAY

/**
 * The rules in their order: the first whose path matches counts. They are about paths without decoration, `/crl/<name>.crl`
 * also where a certificate says `/pki/lists/<name>.crl`. Current CRLs and OCSP answers: a revocation makes new ones at
 * once, and nothing tells a client's own cache, however far nextUpdate is.
 */
export const CACHE_RULES: readonly CacheRule[] = [
  { path: '/crl/*/*.crl', least: 0, usual: YEAR, most: YEAR },
  { path: '/crl/*-delta.crl', least: 0, usual: MINUTE, most: MINUTE },
  { path: '/crl/*.crl', least: 0, usual: 5 * MINUTE, most: 5 * MINUTE },
  { path: '/ca/*/*.cer', least: 0, usual: YEAR, most: YEAR },
  { path: '/ca/*', least: 0, usual: DAY, most: DAY },
  { path: '/roots.*', least: 0, usual: HOUR, most: HOUR },
  { path: '/ocsp/*', least: 0, usual: 0, most: DAY },
]

/** What nothing else matches isn't kept. */
const REST: CacheRule = { path: '/**', least: 0, usual: 0, most: 0 }

/** The first rule for a path. */
export const cacheRuleFor = (rules: readonly CacheRule[], path: string): CacheRule =>
  rules.find((rule) => matchesPath(rule.path, path)) ?? REST

/**
 * How many whole seconds a cache may keep an answer (RFC 9111 §4.2.1). What ends asks for all the time it has left, what
 * doesn't for the usual one, and the rule holds either within its bounds; but nothing is kept beyond its end.
 * @param left until the answer is out of date; undefined where it never is
 */
export function cacheSeconds({ least, usual, most }: CacheRule, left: Millis | undefined): number {
  const kept = Math.max(least, Math.min(most, left ?? usual))
  return Math.floor(Math.max(0, Math.min(kept, left ?? kept)) / SECOND)
}
