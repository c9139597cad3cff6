import type { Facts } from './policy.ts'

/**
 * What a policy's text comes to when a call is compared with it. Undefined: it names a variable that the call has no
 * value for, so nothing can be said.
 */
export type Pattern = (text: string, facts: Facts) => boolean | undefined

/** A piece of a pattern: text, `*` for any number of characters, `?` for one, or a variable. */
export type Piece =
  | { readonly text: string }
  | { readonly wild: '*' | '?' }
  | { readonly key: string; readonly otherwise: string | undefined }

/** The pieces of a text in which nothing but `*` and `?` is special. */
export const wildPieces = (text: string): Piece[] =>
  (text.match(/[*?]|[^*?]+/g) ?? []).map((each) =>
    each === '*' || each === '?' ? { wild: each } : { text: each },
  )

/** Matches a whole text. Characters are UTF-16 units. */
export function patternOf(pieces: readonly Piece[]): Pattern {
  if (!hasVariables(pieces)) return remembering('text', pieces, globOf(pieces))
  return (text, facts) => {
    const resolved = resolve(pieces, facts)
    return resolved && globOf(resolved)(text)
  }
}

export const hasVariables = (pieces: readonly Piece[]): boolean => pieces.some((each) => 'key' in each)

const shared = new Map<string, Pattern>()
/** What is shared is a saving, no need. */
const MOST_SHARED = 10_000

/**
 * One pattern for all that say the same, which remembers its last answer: the policies of an account repeat themselves,
 * and a decision asks hundreds of statements about the same text.
 */
export function remembering(
  kind: 'text' | 'arn',
  pieces: readonly Piece[],
  matches: (text: string) => boolean,
): Pattern {
  const key = `${kind} ${JSON.stringify(pieces)}`
  const known = shared.get(key)
  if (known !== undefined) return known
  let last: string | undefined
  let answer = false
  const pattern = (text: string): boolean => {
    if (text === last) return answer
    answer = matches(text)
    last = text
    return answer
  }
  if (shared.size >= MOST_SHARED) shared.clear()
  shared.set(key, pattern)
  return pattern
}

/**
 * Puts the call's values in the place of variables. They are text: a `*` in a user's name is no wildcard.
 * @returns undefined when one has no value, or more than one
 */
export function resolve(pieces: readonly Piece[], facts: Facts): Piece[] | undefined {
  const resolved: Piece[] = []
  for (const piece of pieces) {
    if (!('key' in piece)) resolved.push(piece)
    else {
      const value = facts[piece.key] ?? piece.otherwise
      if (typeof value !== 'string') return undefined
      resolved.push({ text: value })
    }
  }
  return resolved
}

/** The text between two `*`, with `?` at the marked places. */
type Segment = { readonly text: string; readonly holes: readonly boolean[] | undefined }

/**
 * Greedy from `*` to `*`, each part at the first place where it fits: that is enough, as what fits later also fits
 * after it, and needs no way back. So the work is at most length × longest part, whatever the pattern.
 */
function globOf(pieces: readonly Piece[]): (text: string) => boolean {
  const [first, ...others] = segmentsOf(pieces) as [Segment, ...Segment[]]
  const last = others.pop()
  if (last === undefined) {
    const { text: whole, holes } = first
    return holes === undefined
      ? (text) => text === whole
      : (text) => text.length === whole.length && standsAt(first, text, 0)
  }
  const least = first.text.length + last.text.length
  return (text) => {
    if (text.length < least || !standsAt(first, text, 0)) return false
    const end = text.length - last.text.length
    if (!standsAt(last, text, end)) return false
    let at = first.text.length
    for (const segment of others) {
      const found = find(segment, text, at)
      if (found === -1) return false
      at = found + segment.text.length
      if (at > end) return false
    }
    return true
  }
}

function segmentsOf(pieces: readonly Piece[]): Segment[] {
  const segments: { text: string; holes: boolean[] }[] = [{ text: '', holes: [] }]
  for (const piece of pieces) {
    const last = segments.at(-1) as { text: string; holes: boolean[] }
    if ('wild' in piece && piece.wild === '*') {
      // Two in a row say what one says.
      if (segments.length === 1 || last.text !== '') segments.push({ text: '', holes: [] })
      continue
    }
    const text = 'text' in piece ? piece.text : '?'
    last.text += text
    for (let i = 0; i < text.length; i++) last.holes.push('wild' in piece)
  }
  return segments.map(({ text, holes }) => ({ text, holes: holes.includes(true) ? holes : undefined }))
}

function standsAt({ text: part, holes }: Segment, text: string, at: number): boolean {
  if (holes === undefined) return text.startsWith(part, at)
  for (let i = 0; i < part.length; i++)
    if (holes[i] !== true && part.charCodeAt(i) !== text.charCodeAt(at + i)) return false
  return true
}

function find(segment: Segment, text: string, from: number): number {
  if (segment.holes === undefined) return text.indexOf(segment.text, from)
  const end = text.length - segment.text.length
  for (let at = from; at <= end; at++) if (standsAt(segment, text, at)) return at
  return -1
}
