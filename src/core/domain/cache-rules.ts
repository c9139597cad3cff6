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
  rules.find((rule) => matches(rule.path, path)) ?? REST

/**
 * How many whole seconds a cache may keep an answer (RFC 9111 §4.2.1). What ends asks for all the time it has left, what
 * doesn't for the usual one, and the rule holds either within its bounds; but nothing is kept beyond its end.
 * @param left until the answer is out of date; undefined where it never is
 */
export function cacheSeconds({ least, usual, most }: CacheRule, left: Millis | undefined): number {
  const kept = Math.max(least, Math.min(most, left ?? usual))
  return Math.floor(Math.max(0, Math.min(kept, left ?? kept)) / SECOND)
}

/** Without backtracking: a pattern is the operator's, a path is anybody's. */
function matches(pattern: string, path: string): boolean {
  const parts = pattern.split(/(\*\*|\*)/)
  let reached = new Set([0])
  for (const part of parts) {
    const next = new Set<number>()
    for (const at of reached) {
      if (part === '*' || part === '**') {
        const slash = part === '*' ? path.indexOf('/', at) : -1
        const end = slash === -1 ? path.length : slash
        for (let to = at; to <= end; to++) next.add(to)
      } else if (path.startsWith(part, at)) next.add(at + part.length)
    }
    reached = next
  }
  return reached.has(path.length)
}
