import type { Check, Evidence, EvidenceKind } from '../../domain/evidence.ts'
import type { Millis } from '../../domain/time.ts'
import type { Perspective } from '../../ports/perspectives.ts'

/** What one perspective made of one question. */
export type Finding = Pick<Check, 'verdict' | 'reason'> & {
  readonly resolver: string
  readonly answer: string
}

/** Most characters of an answer that are kept. */
const MOST_KEPT = 2_000

/** A finding as a check of its own, with the evidence for it. */
export function seenFrom(
  { name: perspective }: Pick<Perspective, 'name'>,
  asked: { readonly kind: EvidenceKind; readonly question: string; readonly at: Millis },
  { verdict, reason, resolver, answer }: Finding,
): Check {
  const kept = answer.length > MOST_KEPT ? `${answer.slice(0, MOST_KEPT - 1)}…` : answer
  const evidence: Evidence = { ...asked, perspective, resolver, answer: kept, verdict }
  return { verdict, ...(reason === undefined ? {} : { reason }), evidence: [evidence] }
}
