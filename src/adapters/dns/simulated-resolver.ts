import { setTimeout as after } from 'node:timers/promises'
import type { DnsFault } from '../../core/domain/dns-faults.ts'
import type { DnsRecord } from '../../core/domain/dns-records.ts'
import type { ZoneAnswer } from '../../core/domain/zone-answers.ts'
import { soaOf, soaText } from '../../core/domain/zone-text.ts'
import type { DnsAnswer, QueryType, ResolutionFailure, Resolver } from '../../core/ports/resolver.ts'

export type SimulatedOptions = {
  /** What the zones have to say, and which fault spoils it. */
  readonly answer: (question: {
    readonly name: string
    readonly type: QueryType
    readonly perspective: string | undefined
    readonly transport: 'direct'
  }) => Promise<{ readonly fault: DnsFault | undefined; readonly answer: ZoneAnswer | 'loop' | undefined }>
  /** Where it stands: records and faults may be for one perspective alone. */
  readonly perspective: string
  /** Asked for everything outside the zones; there is nothing outside when absent. */
  readonly beyond?: Resolver
  /** A slower answer comes too late; 3,000 when absent. */
  readonly timeoutMs?: number
}

type Told = DnsAnswer extends infer Each
  ? Each extends DnsAnswer
    ? Omit<Each, 'resolver' | 'milliseconds'>
    : never
  : never

const RESOLVER = 'simulated'
const FAILURES: Readonly<Partial<Record<DnsFault['kind'], ResolutionFailure>>> = {
  servfail: 'servfail',
  // Nobody waits for what won't come: a test suite has better things to do.
  timeout: 'timeout',
  'truncate-tcp': 'truncated',
}

/**
 * A recursive resolver over the simulated zones. Names outside them don't exist, at once, or are another resolver's.
 * Never rejects.
 */
export function createSimulatedResolver(options: SimulatedOptions): Resolver {
  const { answer, perspective, beyond, timeoutMs = 3000 } = options
  return {
    resolve: async (question) => {
      const began = performance.now()
      const own = (told: Told): DnsAnswer => ({
        ...told,
        resolver: RESOLVER,
        milliseconds: Math.round(performance.now() - began),
      })
      try {
        const { fault, answer: found } = await answer({ ...question, perspective, transport: 'direct' })
        const spoilt = fault === undefined ? undefined : await spoiltBy(fault, timeoutMs)
        if (spoilt !== undefined) return own(spoilt)
        if (found === 'loop') return own({ outcome: 'failed', reason: 'servfail' })
        if (found === undefined) return (await beyond?.resolve(question)) ?? own(NOWHERE)
        if (found.beyond === undefined) return own(toldBy(found))
        const aliases = found.records
        if (beyond === undefined) return own({ ...NOWHERE, records: aliases })
        const rest = await beyond.resolve({ ...question, name: found.beyond })
        return rest.outcome === 'failed' ? rest : { ...rest, records: [...aliases, ...rest.records] }
      } catch {
        // The database failed: nothing is known.
        return own({ outcome: 'failed', reason: 'servfail' })
      }
    },
  }
}

const NOWHERE = { outcome: 'answered', exists: false, records: [] } as const

/** What a fault makes of an answer; undefined when that comes all the same. */
async function spoiltBy({ kind, milliseconds = 0 }: DnsFault, timeoutMs: number): Promise<Told | undefined> {
  if (kind === 'nxdomain') return NOWHERE
  const reason = FAILURES[kind]
  if (reason !== undefined) return { outcome: 'failed', reason }
  if (kind !== 'slow') return undefined
  await after(Math.min(milliseconds, timeoutMs))
  return milliseconds >= timeoutMs ? { outcome: 'failed', reason: 'timeout' } : undefined
}

/** With the SOA record, where that is what was asked for. */
function toldBy({ exists, records, zone, soa }: ZoneAnswer): Told {
  if (soa !== 'answer') return { outcome: 'answered', exists, records }
  const start = soaOf(zone)
  const record: DnsRecord = { name: zone.apex, ttl: start.minimum, type: 'other', data: soaText(start) }
  return { outcome: 'answered', exists, records: [...records, record] }
}
