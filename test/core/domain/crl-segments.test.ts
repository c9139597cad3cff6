import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  planSegments,
  SEGMENT_ENTRIES,
  TIDIED_AT_ONCE,
  type CrlSegment,
  type SegmentPlan,
} from '../../../src/core/domain/crl-segments.ts'

let ids = 0
const segment = (first: number, last: number, more: Partial<CrlSegment> = {}): CrlSegment => ({
  id: ++ids,
  first,
  last,
  count: last - first + 1,
  length: 1,
  endsFirst: 1000,
  ...more,
})
const FULL = SEGMENT_ENTRIES
const quiet = { withdrawn: [], endedBefore: 0 }
const boundsOf = ({ made }: SegmentPlan) => made.map(({ first, last }) => [first, last])

describe('segments of the next CRL', () => {
  test('the same again keeps them all', () => {
    const segments = [segment(1, FULL), segment(FULL + 1, FULL + 7)]
    const plan = planSegments(segments, { ...quiet, known: FULL + 7, through: FULL + 7 })
    expect(plan).toEqual({ kept: segments, dropped: [], made: [] })
  })

  test('the last one is filled up, a full one is not touched', () => {
    const [one, two] = [segment(1, FULL), segment(FULL + 1, FULL + 7)]
    const grown = planSegments([one, two], { ...quiet, known: FULL + 7, through: FULL + 9 })
    expect(grown).toEqual({ kept: [one], dropped: [two], made: [{ first: FULL + 1, last: FULL + 9 }] })
    const next = planSegments([one], { ...quiet, known: FULL, through: FULL + 1 })
    expect(next).toEqual({ kept: [one], dropped: [], made: [{ first: FULL + 1, last: FULL + 1 }] })
  })

  test('what was withdrawn is gone, whatever it costs', () => {
    const segments = Array.from({ length: 200 }, (_, i) => segment(i * FULL + 1, (i + 1) * FULL))
    const withdrawn = segments.map(({ first }) => first)
    const plan = planSegments(segments, { ...quiet, known: 200 * FULL, through: 200 * FULL, withdrawn })
    expect(plan.kept).toEqual([])
    expect(boundsOf(plan)).toEqual([[1, 200 * FULL]])
  })

  test('RFC 5280 §3.3: ended entries may stay; the segments with the oldest go first, a few at a time', () => {
    const segments = Array.from({ length: 200 }, (_, i) =>
      segment(i * FULL + 1, (i + 1) * FULL, { endsFirst: 500 - i }),
    )
    const changes = { known: 200 * FULL, through: 200 * FULL, withdrawn: [], endedBefore: 450 }
    const plan = planSegments(segments, changes)
    expect(plan.dropped).toEqual(segments.slice(-TIDIED_AT_ONCE))
    expect(planSegments(segments, { ...changes, endedBefore: 301 }).dropped).toEqual([])
  })

  test('small neighbours become one', () => {
    const few = [segment(1, FULL, { count: 10 }), segment(FULL + 1, 2 * FULL, { count: 20, endsFirst: 5 })]
    const plan = planSegments(few, { known: 2 * FULL, through: 2 * FULL, withdrawn: [], endedBefore: 10 })
    expect(plan).toEqual({ kept: [], dropped: few, made: [{ first: 1, last: 2 * FULL }] })
  })

  test('any changes: each sequence is kept or made exactly once, no kept segment has a withdrawn one', () => {
    const layout = fc.array(
      fc.record({
        gap: fc.nat(3),
        size: fc.integer({ min: 1, max: 30 }),
        count: fc.integer({ min: 1, max: FULL }),
        endsFirst: fc.nat(100),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(
        layout,
        fc.array(fc.nat(400), { maxLength: 5 }),
        fc.nat(100),
        fc.nat(20),
        (drawn, withdrawn, endedBefore, more) => {
          let at = 0
          const segments = drawn.map(({ gap, size, count, endsFirst }) => {
            const first = at + gap + 1
            at = first + size - 1
            return segment(first, at, { count, endsFirst })
          })
          const known = at
          const plan = planSegments(segments, { known, through: known + more, withdrawn, endedBefore })
          const times = new Map<number, number>()
          for (const { first, last } of [...plan.kept, ...plan.made])
            for (let sequence = first; sequence <= last; sequence++)
              times.set(sequence, (times.get(sequence) ?? 0) + 1)
          expect([...times.values()].every((count) => count === 1)).toBe(true)
          for (const { first, last } of segments)
            for (let sequence = first; sequence <= last; sequence++) expect(times.has(sequence)).toBe(true)
          for (let sequence = known + 1; sequence <= known + more; sequence++)
            expect(times.has(sequence)).toBe(true)
          for (const { first, last } of plan.kept)
            expect(withdrawn.some((sequence) => sequence >= first && sequence <= last)).toBe(false)
          expect(new Set([...plan.kept, ...plan.dropped])).toEqual(new Set(segments))
        },
      ),
    )
  })
})
