import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../../src/core/domain/time.ts'
import { clockOf, progressLine, progressOn } from '../../../src/faces/cli/progress.ts'
import { factsOf, tableOf } from '../../../src/faces/cli/table.ts'
import { endOf, momentOf, relative, spanFrom, spanOf } from '../../../src/faces/cli/times.ts'
import { visible } from '../../../src/faces/cli/visible.ts'
import { aWorld, NOON } from './a-world.ts'

describe('tables', () => {
  const columns = [
    { title: 'NAME', value: (row: string[]) => row[0] ?? '' },
    { title: 'N', value: (row: string[]) => row[1] ?? '', align: 'right' as const },
  ]
  test('columns are aligned, lines don’t end in blanks', () => {
    expect(
      tableOf(columns, [
        ['größer', '1'],
        ['b', '234'],
      ]),
    ).toBe('NAME      N\ngrößer    1\nb       234\n')
    expect(tableOf(columns, [])).toBe('NAME  N\n')
  })

  test('every cell starts where its title does, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 8 }), (rows) => {
        const second = { title: 'N', value: (row: string[]) => row[1] ?? '' }
        const lines = tableOf([...columns.slice(0, 1), second], rows)
          .slice(0, -1)
          .split('\n')
        expect(lines).toHaveLength(rows.length + 1)
        const offset = (lines[0] ?? '').indexOf('N', 4)
        rows.forEach(([, text], at) => {
          const cell = Array.from(lines[at + 1] ?? '')
            .slice(offset)
            .join('')
          expect(cell).toBe(visible(text).trimEnd())
        })

        expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }),
    )
  })

  test('facts without a value are left out', () => {
    expect(
      factsOf([
        ['A', '1'],
        ['Long', undefined],
        ['Bcd', '2\n3'],
      ]),
    ).toBe('A    1\nBcd  2\ufffd3\n')
  })
})

describe('times', () => {
  test.each([
    [30_000, 'less than a minute'],
    [MINUTE, '1 minute'],
    [90 * MINUTE, '90 minutes'],
    [5 * HOUR, '5 hours'],
    [90 * DAY - 1500, '90 days'],
    [3650 * DAY, '10 years'],
  ])('%d ms is %s', (span, words) => {
    expect(spanOf(span)).toBe(words)
    expect(relative(NOON - span, NOON)).toBe(`${words} ago`)
  })

  test('an end is a date and how far it is', () => {
    expect(endOf('2026-12-22T12:00:00.000Z', NOON)).toBe('2026-12-22 (in 30 days)')
    expect(endOf('2026-11-20T12:00:00Z', NOON)).toBe('2026-11-20 (2 days ago)')
    expect(endOf(undefined, NOON)).toBe('-')
    expect(momentOf('2026-11-22T12:34:56.789+01:00')).toBe('2026-11-22 11:34 UTC')
    expect(momentOf('never')).toBe('never')
  })

  test.each([
    ['12h', 12 * HOUR],
    ['30d', 30 * DAY],
    ['2w', 14 * DAY],
    ['1y', 365 * DAY],
    ['90s', 90_000],
    ['5m', 300_000],
  ])('the span %s', (text, span) => expect(spanFrom(text)).toBe(span))
  test.each(['', '30', 'd', '-1d', '1.5h', '30D', '1 d', '999999999y', '1d\n'])('%j is no span', (text) =>
    expect(spanFrom(text)).toBeUndefined(),
  )
})

describe('progress', () => {
  test('bar, counts, rate and time left', () => {
    expect(progressLine(200, { done: 50, made: 40, failed: 10 }, 5000)).toBe(
      '[######..................]  50/200  10/s  0:15 left  10 failed',
    )
    expect(progressLine(4, { done: 4, made: 4, failed: 0 }, 8000)).toBe(
      '[########################]  4/4  0.5/s',
    )
    expect(progressLine(4, { done: 0, made: 0, failed: 0 }, 0)).toBe('[........................]  0/4  0.0/s')
    expect([clockOf(42_000), clockOf(61_500), clockOf(3_900_000)]).toEqual(['0:42', '1:02', '1:05:00'])
  })

  test('is drawn on a terminal, at most ten times a second, and taken away', () => {
    let now = NOON
    const world = aWorld({ terminal: true, now: () => now })
    const progress = progressOn(world, 10)
    for (let done = 1; done < 10; done++) {
      progress.show({ done, made: done, failed: 0 })
      now += 20
    }
    progress.show({ done: 10, made: 10, failed: 0 })
    progress.end()

    expect(world.stderr.text().match(/\r\u001b\[K\[/g)).toHaveLength(3)
    expect(world.stderr.text().endsWith('\r\u001b[K')).toBe(true)
  })

  test('nothing elsewhere', () => {
    const world = aWorld()
    const progress = progressOn(world, 10)
    progress.show({ done: 1, made: 1, failed: 0 })
    progress.end()
    expect(world.stderr.text()).toBe('')
  })
})
