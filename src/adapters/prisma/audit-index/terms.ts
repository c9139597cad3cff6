import { hash } from 'node:crypto'
import type { Place } from '../../../core/ports/write.ts'

/** What events are found by. */
export type TermField = 'any' | 'name' | 'principal' | 'resource'

/**
 * A term as the index has it: 48 bits of a hash, which a double holds exactly. What two share by chance is told apart by
 * the record, which is looked at anyway.
 * @param place undefined: events of every account and region
 */
export function termOf(place: Place | undefined, field: TermField, value: string): number {
  const scope = place === undefined ? '*' : `${place.account}/${place.region}`
  return hash('sha256', `${scope}\n${field}\n${value}`, 'buffer').readUIntBE(0, 6)
}

/** What stands in a record, as far as events are found by it. */
export type RecordFacts = { readonly principals: readonly string[]; readonly resources: readonly string[] }

type Shape = {
  readonly userIdentity?: Readonly<Record<'principalId' | 'arn' | 'accessKeyId', unknown>>
  readonly resources?: unknown
}

/** A record that is none, as only tampering makes it, is found by nothing but its columns. */
export function factsIn(record: string): RecordFacts {
  let shape: Shape
  try {
    shape = (JSON.parse(record) ?? {}) as Shape
  } catch {
    return { principals: [], resources: [] }
  }
  const { userIdentity, resources } = shape
  const isText = (value: unknown): value is string => typeof value === 'string'
  const listed: unknown[] = Array.isArray(resources) ? resources : []
  return {
    principals: [userIdentity?.principalId, userIdentity?.arn, userIdentity?.accessKeyId].filter(isText),
    resources: listed.map((each) => (each as { ARN?: unknown } | null)?.ARN).filter(isText),
  }
}

/** Columns of an event that are indexed with it. */
export type IndexedEvent = Place & { readonly name: string; readonly record: string }

/** Hashes of terms that come again and again. */
const MOST_KNOWN = 4096

/** The terms of events, each once for its own account and region and once for all. */
export function createTermReader(): (event: IndexedEvent) => readonly number[] {
  const known = new Map<string, number>()
  const common = (place: Place | undefined, field: TermField, value: string): number => {
    const key = `${place?.account ?? ''}/${place?.region ?? ''}/${field}/${value}`
    const found = known.get(key)
    if (found !== undefined) return found
    const term = termOf(place, field, value)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(key, term)
    return term
  }
  return (event) => {
    const { principals, resources } = factsIn(event.record)
    return [
      common(event, 'any', ''),
      ...[event, undefined].flatMap((place) => [
        common(place, 'name', event.name),
        ...principals.map((value) => common(place, 'principal', value)),
        // Hardly ever the same twice.
        ...resources.map((value) => termOf(place, 'resource', value)),
      ]),
    ]
  }
}
