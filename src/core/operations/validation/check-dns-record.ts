import type { Check } from '../../domain/evidence.ts'
import type { Millis } from '../../domain/time.ts'
import type { Perspectives } from '../../ports/perspectives.ts'
import type { Resolver } from '../../ports/resolver.ts'
import { aliasOf, questionName } from './aliases.ts'
import { seenFrom, type Finding } from './seen.ts'
import { withQuorum } from './with-quorum.ts'

/** The CNAME that proves control over a domain, e.g. `_<32 hex>.example.com` to `_<32 hex>.<token>.<base>`. */
export type ValidationRecord = { readonly name: string; readonly value: string }

/** CNAMEs one after the other, as ACM follows them. */
const MOST_ALIASES = 5

/**
 * Whether the validation record stands in DNS, as each perspective sees it: a CNAME whose target is the value, with or
 * without its leading underscore, directly or over others. `refused` says what stands there and what should.
 *
 * @param at when, in the evidence
 */
export function checkDnsRecord(
  perspectives: Perspectives,
  record: ValidationRecord,
  at: Millis,
): Promise<Check> {
  const name = questionName(record.name)
  const value = questionName(record.value)
  const asked = { kind: 'dns', question: `CNAME ${name}`, at } as const
  return withQuorum(perspectives, async (perspective) =>
    seenFrom(perspective, asked, await look(perspective.resolver, name, value)),
  )
}

async function look(resolver: Resolver, name: string, value: string): Promise<Finding> {
  const names = [name]
  for (;;) {
    const current = names.at(-1) ?? name
    const answer = await resolver.resolve({ name: current, type: 'CNAME' })
    const found = (verdict: Finding['verdict'], what: string): Finding => ({
      verdict,
      ...(verdict === 'passed' ? {} : { reason: `${what}; ${name} must be a CNAME to ${value}` }),
      resolver: answer.resolver,
      answer: what,
    })
    if (answer.outcome === 'failed') return found('undecided', `${current} can't be asked: ${answer.reason}`)
    const alias = aliasOf(answer.records, current)
    if (alias === 'several')
      return found('undecided', `${current} has several CNAMEs, of which DNS allows one`)
    if (alias === undefined)
      return found('refused', names.length > 1 ? names.join(' → ') : `${name} has no CNAME`)
    const { target } = alias
    const way = [...names, target].join(' → ')
    if (names.includes(target)) return found('refused', `${way} is a circle`)
    if (target === value || `_${target}` === value) return found('passed', way)
    if (names.length === MOST_ALIASES)
      return found('refused', `${way} doesn't end within ${MOST_ALIASES} CNAMEs`)
    names.push(target)
  }
}
