import { expect, test } from 'vitest'
import { dueReason } from '../../../src/main/renew/ask-renewal.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 27)
/** Whether a renewal is asked for, with a window from and to so many days from now, and a draw. */
const due = (from: number, to: number, draw: number): boolean =>
  dueReason(
    {
      suggestedWindow: {
        start: new Date(NOW + from * DAY).toISOString(),
        end: new Date(NOW + to * DAY).toISOString(),
      },
      reason: 'it ends',
    },
    NOW,
    draw,
  ) !== undefined

test.each([
  [1, 3, 0, false, 'the window isn’t open'],
  [-1, 9, 0, true, 'the time drawn is in the past'],
  [-1, 9, 0.19, true, 'the time drawn is before the next run'],
  [-1, 9, 0.21, false, 'the time drawn is after the next run'],
  [-9, -1, 0.999, true, 'the window is over'],
])('RFC 9773 §4.2: window from day %d to %d, draw %d: %s, %s', (from, to, draw, expected) => {
  expect(due(from, to, draw)).toBe(expected)
})
