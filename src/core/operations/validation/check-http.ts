import type { Check } from '../../domain/evidence.ts'
import type { Millis } from '../../domain/time.ts'
import type { ProbeAnswer, ProbeFailure } from '../../ports/http-probe.ts'
import type { Perspectives } from '../../ports/perspectives.ts'
import { sha256 } from '../../x509/digest.ts'
import { seenFrom, type Finding } from './seen.ts'
import { withQuorum } from './with-quorum.ts'

/** Proof of control over a web server: `from` must return, or redirect to, the content that stands at `to`. */
export type HttpValidation = {
  /** On the domain itself: `http://<domain>/.well-known/pki-validation/<32 hex>.txt`. */
  readonly from: string
  /** On this installation's public repository. */
  readonly to: string
  /** One line of ASCII. Nothing in `from` or `to` gives it away. */
  readonly content: string
}

/** Failures that say something about the name rather than about the day. */
const FINAL: readonly ProbeFailure[] = ['forbidden', 'malformed', 'too_large', 'too_many_redirects']

/**
 * Whether the content is where it should be, as each perspective sees it. White space at its end doesn't count, as for
 * RFC 8555 §8.3's key authorization. `undecided` when nothing was reached, or a server said that it was at fault.
 *
 * @param at when, in the evidence
 */
export function checkHttp(perspectives: Perspectives, expected: HttpValidation, at: Millis): Promise<Check> {
  const asked = { kind: 'http', question: expected.from, at } as const
  return withQuorum(perspectives, async (perspective) =>
    seenFrom(perspective, asked, finding(await perspective.probe.get(expected.from), expected)),
  )
}

function finding(seen: ProbeAnswer, { from, to, content }: HttpValidation): Finding {
  const way = seen.visited.join(' → ')
  const not = (verdict: 'refused' | 'undecided', what: string) => ({
    verdict,
    reason: `${way}: ${what}; ${from} must return or redirect to what stands at ${to}`,
  })
  if (seen.outcome === 'failed') {
    const { reason, detail } = seen
    const verdict = FINAL.includes(reason) ? 'refused' : 'undecided'
    return { ...not(verdict, detail), resolver: 'none', answer: `${way}: ${reason}, ${detail}` }
  }
  const { status, body, address } = seen
  // Of what a stranger serves, only the hash is kept.
  const digest = Buffer.from(sha256(body)).toString('hex')
  const told = {
    resolver: address,
    answer: `${way}: ${status}, ${body.length} octets with SHA-256 ${digest}`,
  }
  if (status >= 500) return { ...not('undecided', `the server answers ${status}`), ...told }
  if (status !== 200) return { ...not('refused', `the server answers ${status}`), ...told }
  return textOf(body) === content
    ? { verdict: 'passed', ...told }
    : { ...not('refused', 'the content is another one'), ...told }
}

/** Each octet as one character; without ASCII white space at the end. */
function textOf(body: Uint8Array): string {
  let end = body.length
  while (end > 0 && [0x09, 0x0a, 0x0d, 0x20].includes(body[end - 1] ?? 0)) end--
  return Buffer.from(body.subarray(0, end)).toString('latin1')
}
