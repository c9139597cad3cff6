import { caaRefusal, caaText, type CaaRequest } from '../../domain/caa.ts'
import type { Check } from '../../domain/evidence.ts'
import type { Millis } from '../../domain/time.ts'
import type { Perspectives } from '../../ports/perspectives.ts'
import type { Resolver } from '../../ports/resolver.ts'
import { questionName } from './aliases.ts'
import { caaAtNode, type CaaAtNode } from './caa-at-node.ts'
import { seenFrom, type Finding } from './seen.ts'
import { withQuorum } from './with-quorum.ts'

export type CaaQuestion = Omit<CaaRequest, 'wildcard'> & {
  /** May begin with `*.`. */
  readonly domain: string
}

/** RFC 1035 §2.3.4, as text: 255 octets with lengths and root. */
const MOST_CHARACTERS = 253
/** Aliases on the whole way up, so that a name of 127 labels isn't a thousand questions. */
const MOST_FOLLOWED = 20
const LABEL = /^[a-z0-9_-]{1,63}$/

/**
 * Whether CAA allows this authority to issue for a name (RFC 8659, RFC 8657), as each perspective sees it. `undecided`
 * when DNS gave no answer to rely on: nothing may be issued then. Ask through `askedOnce` for many names.
 *
 * @param at when, in the evidence
 */
export function checkCaa(perspectives: Perspectives, question: CaaQuestion, at: Millis): Promise<Check> {
  const name = questionName(question.domain)
  const wildcard = name.startsWith('*.')
  const start = wildcard ? name.slice(2) : name
  const asked = { kind: 'caa', question: `CAA ${name}`, at } as const
  return withQuorum(perspectives, async (perspective) =>
    seenFrom(perspective, asked, await climb(perspective.resolver, start, { ...question, wildcard })),
  )
}

/** RelevantCAASet of RFC 8659 §3: up from the name itself, never from where an alias leads, and not to the root. */
async function climb(resolver: Resolver, start: string, request: CaaRequest): Promise<Finding> {
  if (start.length > MOST_CHARACTERS || !start.split('.').every((label) => LABEL.test(label)))
    return { verdict: 'refused', reason: `${start} is no domain name`, resolver: 'none', answer: 'not asked' }
  const told: string[] = []
  let followed = 0
  let asked = 'none'
  for (let node = start; node !== ''; node = parentOf(node)) {
    const seen = await caaAtNode(resolver, node)
    told.push(textOf(seen))
    asked = seen.resolver
    followed += seen.names.length - 1
    const decided =
      decision(node, seen, request) ?? (followed > MOST_FOLLOWED ? tooManyAliases(start) : undefined)
    if (decided !== undefined) return { ...decided, resolver: asked, answer: told.join('\n') }
  }
  return { verdict: 'passed', resolver: asked, answer: told.join('\n') }
}

/** The name with a label less; of a top-level domain, nothing. */
const parentOf = (name: string): string => (name.includes('.') ? name.slice(name.indexOf('.') + 1) : '')

const tooManyAliases = (name: string): Pick<Finding, 'verdict' | 'reason'> => ({
  verdict: 'refused',
  reason: `${name} and what is above it have more aliases than are followed`,
})

/** Undefined: there are none here, climb on. */
function decision(
  node: string,
  seen: CaaAtNode,
  request: CaaRequest,
): Pick<Finding, 'verdict' | 'reason'> | undefined {
  switch (seen.outcome) {
    case 'failed':
      return { verdict: 'undecided', reason: `the CAA records of ${node} can't be asked: ${seen.reason}` }
    case 'circular':
      return { verdict: 'refused', reason: `the aliases of ${node} lead in a circle` }
    case 'too_many_aliases':
      return {
        verdict: 'refused',
        reason: `${node} has more aliases, one after the other, than are followed`,
      }
    case 'records': {
      if (seen.records.length === 0) return undefined
      const refusal = caaRefusal(seen.records, request)
      return refusal === undefined
        ? { verdict: 'passed' }
        : { verdict: 'refused', reason: `CAA at ${seen.names.join(' → ')}: ${refusal}` }
    }
  }
}

function textOf(seen: CaaAtNode): string {
  const where = seen.names.join(' → ')
  if (seen.outcome === 'failed') return `${where}: ${seen.reason}`
  if (seen.outcome !== 'records') return `${where}: ${seen.outcome}`
  return `${where}: ${seen.records.length === 0 ? 'none' : seen.records.map(caaText).join(', ')}`
}
