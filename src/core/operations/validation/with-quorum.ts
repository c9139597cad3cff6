import type { Check, Verdict } from '../../domain/evidence.ts'
import type { Perspective, Perspectives } from '../../ports/perspectives.ts'

/**
 * Lets every perspective look, all at once, and makes one verdict of what they say: `passed` needs the primary and at
 * least `quorum` of the remote ones. One that is `undecided` might turn out either way; the verdict is the one that
 * every way leads to, and `undecided` where they lead to different ones. So it is `refused` as soon as the primary
 * refuses or so many remote ones do that the quorum can't be reached any more. All evidence is kept.
 */
export async function withQuorum(
  { primary, remote, quorum }: Perspectives,
  look: (perspective: Perspective) => Promise<Check>,
): Promise<Check> {
  const [first, ...others] = await Promise.all([look(primary), ...remote.map(look)])
  const count = (verdict: Verdict): number => others.filter((check) => check.verdict === verdict).length
  const agreed = count('passed')
  const corroborated: Verdict =
    agreed >= quorum ? 'passed' : agreed + count('undecided') < quorum ? 'refused' : 'undecided'
  const verdict = lesser(first.verdict, corroborated)
  const evidence = [first, ...others].flatMap((check) => check.evidence)
  if (verdict === 'passed') return { verdict, evidence }
  const differing = others.flatMap(({ verdict, reason }, at) =>
    verdict === 'passed' ? [] : [`from ${remote[at]?.name}: ${reason}`],
  )
  const outvoted = `${agreed} of ${remote.length} other perspectives agree, and ${quorum} must`
  const reason = first.verdict === verdict ? (first.reason ?? verdict) : [outvoted, ...differing].join('; ')
  return { verdict, reason, evidence }
}

const ORDER: readonly Verdict[] = ['refused', 'undecided', 'passed']
const lesser = (one: Verdict, other: Verdict): Verdict =>
  ORDER.indexOf(one) <= ORDER.indexOf(other) ? one : other
