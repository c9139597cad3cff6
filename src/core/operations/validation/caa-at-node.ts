import type { CaaProperty } from '../../domain/caa.ts'
import type { ResolutionFailure, Resolver } from '../../ports/resolver.ts'
import { aliasOf, questionName } from './aliases.ts'

/** What stands at one node of the tree. */
export type CaaAtNode = {
  readonly resolver: string
  /** Where the aliases led, the node itself first. */
  readonly names: readonly string[]
} & (
  | { readonly outcome: 'records'; readonly records: readonly CaaProperty[] }
  | { readonly outcome: 'failed'; readonly reason: ResolutionFailure }
  | { readonly outcome: 'circular' | 'too_many_aliases' }
)

/** Resolvers themselves follow 8 to 16. */
const MOST_ALIASES = 8

/**
 * CAA(X) of RFC 8659 §3: the records at a name, or at the end of its aliases. Where an answer ends in an alias without
 * saying what stands there, its target is asked for: not every resolver follows out of its own zones.
 */
export async function caaAtNode(resolver: Resolver, node: string): Promise<CaaAtNode> {
  const names = [node]
  for (;;) {
    const asked = names.at(-1) ?? node
    const answer = await resolver.resolve({ name: asked, type: 'CAA' })
    const seen = { resolver: answer.resolver, names }
    if (answer.outcome === 'failed') return { ...seen, outcome: 'failed', reason: answer.reason }
    const stopped = follow(answer.records, names)
    if (stopped === 'several') return { ...seen, outcome: 'failed', reason: 'malformed' }
    if (stopped !== undefined) return { ...seen, outcome: stopped }
    const end = names.at(-1)
    const records = answer.records.flatMap((record) =>
      record.type === 'CAA' && questionName(record.name) === end ? [record.data] : [],
    )
    // RFC 6604 §3: that a name doesn't exist is said of the last of its aliases.
    if (records.length > 0 || end === asked || !answer.exists) return { ...seen, outcome: 'records', records }
  }
}

/** Adds where the aliases of one answer lead; says why they lead nowhere. */
function follow(
  records: Parameters<typeof aliasOf>[0],
  names: string[],
): 'circular' | 'too_many_aliases' | 'several' | undefined {
  for (;;) {
    const alias = aliasOf(records, names.at(-1) ?? '')
    if (alias === undefined || alias === 'several') return alias
    if (names.includes(alias.target)) return 'circular'
    if (names.length > MOST_ALIASES) return 'too_many_aliases'
    names.push(alias.target)
  }
}
