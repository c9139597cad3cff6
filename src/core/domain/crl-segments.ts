import type { Millis } from './time.ts'

/** Entries in a row that several CRLs have in common; made once and never changed. */
export type CrlSegment = {
  readonly id: number
  /** It holds what is in the CRL of the revocations with these sequences, both included. */
  readonly first: number
  readonly last: number
  /** Entries. */
  readonly count: number
  /** Octets. */
  readonly length: number
  /** The earliest notAfter of its certificates. */
  readonly endsFirst: Millis
}

/** Entries of a segment at most: some 45 KB, which a revocation writes anew, and a slice of work of a few milliseconds. */
export const SEGMENT_ENTRIES = 1000

/** Segments at most that are made anew in one CRL only because entries in them may go. */
export const TIDIED_AT_ONCE = 64

/** Sequences, both ends included. */
export type Sequences = { readonly first: number; readonly last: number }

/** What a complete CRL is made of: segments of the one before, and sequences to be gone through. */
export type SegmentPlan = {
  readonly kept: readonly CrlSegment[]
  readonly dropped: readonly CrlSegment[]
  readonly made: readonly Sequences[]
}

export type SegmentChanges = {
  /** Highest sequence that the CRL before knew of, and that the next one is to know of. */
  readonly known: number
  readonly through: number
  /** Sequences of revocations that were withdrawn since the CRL before. */
  readonly withdrawn: readonly number[]
  /** Certificates that ended before this need not be in it any more (RFC 5280 §3.3: they may be). */
  readonly endedBefore: Millis
}

/**
 * Which segments of a CRL the next one keeps, in order. Those with withdrawn entries are made anew; of those with ended
 * ones some, since an entry may stay longer than it must, and a CRL of a million entries should cost what has changed.
 * The last is filled up. Small neighbours of what is made anew are made one with it.
 */
export function planSegments(segments: readonly CrlSegment[], changes: SegmentChanges): SegmentPlan {
  const { known, through } = changes
  const anew = new Set([...withWithdrawn(segments, changes.withdrawn), ...withEnded(segments, changes)])
  const last = segments.at(-1)
  const grows = through > known
  if (last !== undefined && grows && last.count < SEGMENT_ENTRIES) anew.add(last)
  for (const [index, segment] of segments.entries()) {
    const before = segments[index - 1]
    const joined = before !== undefined && before.count + segment.count <= SEGMENT_ENTRIES
    if (joined && (anew.has(segment) || anew.has(before))) anew.add(before).add(segment)
  }
  const made: Sequences[] = []
  for (const [index, segment] of segments.entries()) {
    if (!anew.has(segment)) continue
    const open = made.at(-1)
    const before = segments[index - 1]
    if (open !== undefined && before !== undefined && anew.has(before))
      made[made.length - 1] = { first: open.first, last: segment.last }
    else made.push({ first: segment.first, last: segment.last })
  }
  if (grows) {
    const open = last !== undefined && anew.has(last) ? made.pop() : undefined
    made.push({ first: open?.first ?? known + 1, last: through })
  }
  return {
    kept: segments.filter((segment) => !anew.has(segment)),
    dropped: segments.filter((segment) => anew.has(segment)),
    made,
  }
}

const withWithdrawn = (segments: readonly CrlSegment[], withdrawn: readonly number[]) =>
  segments.filter(({ first, last }) => withdrawn.some((sequence) => sequence >= first && sequence <= last))

const withEnded = (segments: readonly CrlSegment[], { endedBefore }: SegmentChanges) =>
  segments
    .filter(({ endsFirst }) => endsFirst < endedBefore)
    .sort((one, other) => one.endsFirst - other.endsFirst)
    .slice(0, TIDIED_AT_ONCE)
