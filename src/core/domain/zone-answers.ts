import { isWithin, parentOf } from './dns-names.ts'
import type { DnsRecord } from './dns-records.ts'
import type { RecordSet, Zone } from './zones.ts'

/** What the algorithm asks of wherever zones are kept. */
export type ZoneLookup = {
  /** The most specific zone that a name lies in. */
  containing(name: string): Promise<Zone | undefined>
  /** What a perspective sees at a name: undefined when there is no such name, empty when there are only names below. */
  node(apex: string, name: string, perspective: string | undefined): Promise<readonly RecordSet[] | undefined>
}

/** An authoritative answer. */
export type ZoneAnswer = {
  readonly exists: boolean
  /** The aliases that were followed, then what stands at their end. */
  readonly records: readonly DnsRecord[]
  /** The zone that has the last word. */
  readonly zone: Zone
  /** Where its SOA record belongs: it is what was asked for, or goes with a negative answer (RFC 2308 §3). */
  readonly soa: 'answer' | 'authority' | undefined
  /** An alias's target that no simulated zone has: others have to be asked for it. */
  readonly beyond: string | undefined
}

/** Most aliases that are followed, as common servers do. */
const MAX_ALIASES = 16

/**
 * Answers a question from the zones, following aliases within them (RFC 1034 §4.3.2, wildcards as RFC 4592 has them).
 * Undefined for a name outside all zones; `loop` when aliases don't come to an end.
 * @param question its name in lower case without the final dot; `ANY` gets the first set there is (RFC 8482 §4.1)
 */
export async function answerFromZones(
  lookup: ZoneLookup,
  question: { readonly name: string; readonly type: string },
  perspective: string | undefined,
): Promise<ZoneAnswer | 'loop' | undefined> {
  const records: DnsRecord[] = []
  let zone = await lookup.containing(question.name)
  if (zone === undefined) return undefined
  for (let name = question.name; ;) {
    const found = await setsFor(lookup, zone, name, perspective)
    const answer = { records, zone, beyond: undefined }
    if (found === undefined) return { ...answer, exists: false, soa: 'authority' }
    const alias = question.type === 'CNAME' ? undefined : found.find((set) => set.type === 'CNAME')
    if (alias === undefined) {
      const wanted =
        question.type === 'ANY' ? found.slice(0, 1) : found.filter((set) => set.type === question.type)
      records.push(...wanted.flatMap((set) => recordsOf(set, name)))
      const isSoa = name === zone.apex && question.type === 'SOA'
      return {
        ...answer,
        exists: true,
        soa: isSoa ? 'answer' : wanted.length === 0 ? 'authority' : undefined,
      }
    }
    if (records.length === MAX_ALIASES) return 'loop'
    records.push(...recordsOf(alias, name))
    name = alias.data[0] as string
    // As the name says: also a target in another zone is answered, or is for others to answer.
    const next = await lookup.containing(name)
    if (next === undefined) return { ...answer, exists: true, soa: undefined, beyond: name }
    zone = next
  }
}

/** The sets that answer for a name: its own, or those of the wildcard at its closest encloser (RFC 4592 §3.3.1). */
async function setsFor(
  lookup: ZoneLookup,
  { apex }: Zone,
  name: string,
  perspective: string | undefined,
): Promise<readonly RecordSet[] | undefined> {
  const own = await lookup.node(apex, name, perspective)
  if (own !== undefined) return own
  // The apex always exists, so this ends there.
  for (let encloser = parentOf(name); isWithin(encloser, apex); encloser = parentOf(encloser)) {
    if ((await lookup.node(apex, encloser, perspective)) === undefined) continue
    return lookup.node(apex, `*.${encloser}`, perspective)
  }
  return undefined
}

const recordsOf = ({ type, ttl, data }: RecordSet, name: string): DnsRecord[] =>
  data.map((each) => ({ name, ttl, type, data: each }) as DnsRecord)
