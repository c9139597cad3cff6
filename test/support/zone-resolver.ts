import type { HttpProbe } from '../../src/core/ports/http-probe.ts'
import type { Perspective, Perspectives } from '../../src/core/ports/perspectives.ts'
import type {
  DnsAnswer,
  DnsQuestion,
  DnsRecord,
  ResolutionFailure,
  Resolver,
} from '../../src/core/ports/resolver.ts'

type Data<Record> = Record extends { type: infer Type; data: infer Data } ? { type: Type; data: Data } : never
export type ZoneRecord = Data<DnsRecord>

/** Records by name; or how a question for the name fails. */
export type Zone = Readonly<Record<string, readonly ZoneRecord[] | ResolutionFailure>>

export type ZoneResolver = Resolver & { readonly questions: DnsQuestion[] }

/**
 * A recursive resolver over a table, as the real ones answer: with the aliases on the way, and what stands at their end.
 * @param stops answers with the first alias only, as a server does whose zone ends there
 */
export function zoneResolver(zone: Zone, { stops = false, at = 'table' } = {}): ZoneResolver {
  const questions: DnsQuestion[] = []
  const resolve = async ({ name, type }: DnsQuestion): Promise<DnsAnswer> => {
    questions.push({ name, type })
    const records: DnsRecord[] = []
    const asked = { resolver: at, milliseconds: 0 }
    for (let current = name, steps = 0; ; steps++) {
      const here = zone[current]
      if (typeof here === 'string') return { ...asked, outcome: 'failed', reason: here }
      // What a resolver does when it has had enough of a circle.
      if (steps > 32) return { ...asked, outcome: 'answered', exists: true, records }
      const matching = (here ?? []).filter((record) => record.type === type)
      const alias = (here ?? []).find((record) => record.type === 'CNAME')
      const found = matching.length > 0 || alias === undefined ? matching : [alias]
      records.push(...found.map((record) => ({ ...record, name: current, ttl: 60 })))
      const done = matching.length > 0 || alias === undefined
      if (done || stops) return { ...asked, outcome: 'answered', exists: here !== undefined, records }
      current = (alias as { data: string }).data.toLowerCase().replace(/\.$/, '')
    }
  }
  return { questions, resolve }
}

const probe: HttpProbe = {
  get: async (url) => ({
    outcome: 'failed',
    reason: 'unreachable',
    detail: 'no web in this test',
    visited: [url],
    milliseconds: 0,
  }),
}

export const perspectiveOn = (resolver: Resolver, name = 'primary', web = probe): Perspective => ({
  name,
  resolver,
  probe: web,
})

/** The primary, and as many remote ones, named `remote-1` and so on. */
export const perspectivesOn = (
  primary: Resolver,
  remote: readonly Resolver[] = [],
  quorum = remote.length,
): Perspectives => ({
  primary: perspectiveOn(primary),
  remote: remote.map((resolver, at) => perspectiveOn(resolver, `remote-${at + 1}`)),
  quorum,
})

export const caa = (tag: string, value: string, flags = 0): ZoneRecord => ({
  type: 'CAA',
  data: { flags, tag, value },
})
export const cname = (target: string): ZoneRecord => ({ type: 'CNAME', data: target })
