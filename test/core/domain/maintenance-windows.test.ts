import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maintenanceWindowsFrom, nextMaintenance } from '../../../src/core/domain/maintenance-windows.ts'

const at = (text: string): number => Date.parse(text)
const next = (windows: string, now: string): string | undefined => {
  const opens = nextMaintenance(maintenanceWindowsFrom(windows) ?? [], at(now))
  return opens === undefined ? undefined : new Date(opens).toISOString()
}

describe('maintenance windows', () => {
  // 2026-11-27 is a Friday.
  test.each([
    ['03:00-05:00', '2026-11-27T04:59:59Z', undefined],
    ['03:00-05:00', '2026-11-27T05:00:00Z', '2026-11-28T03:00:00.000Z'],
    ['Sat 02:00-06:00', '2026-11-27T12:00:30Z', '2026-11-28T02:00:00.000Z'],
    ['Sat 02:00-06:00', '2026-11-28T02:00:00Z', undefined],
    ['Sun 22:00-04:00', '2026-11-30T03:59:00Z', undefined],
    ['Sun 22:00-04:00', '2026-11-30T04:00:00Z', '2026-12-06T22:00:00.000Z'],
    ['Sat-Mon 00:00-24:00', '2026-11-30T23:59:00Z', undefined],
    ['Sat-Mon 00:00-24:00', '2026-12-01T00:00:00Z', '2026-12-05T00:00:00.000Z'],
  ])('%s at %s: opens %s', (windows, now, expected) => {
    expect(next(windows, now)).toBe(expected)
  })

  test.each([
    '',
    'Sat',
    '2:00-3:00',
    '25:00-26:00',
    '03:00-03:00',
    'Xyz 01:00-02:00',
    '01:00-24:30',
    '01:60-02:00',
  ])('“%s” is none', (text) => {
    expect(maintenanceWindowsFrom(text)).toBeUndefined()
  })

  test('what is waited for is open, and within a week', () => {
    const hour = fc.integer({ min: 0, max: 23 })
    fc.assert(
      fc.property(hour, hour, fc.date({ noInvalidDate: true }), (from, to, now) => {
        fc.pre(from !== to)
        const two = (each: number) => String(each).padStart(2, '0')
        const windows = maintenanceWindowsFrom(`Wed ${two(from)}:00-${two(to)}:00`) ?? []
        const opens = nextMaintenance(windows, now.getTime())
        if (opens === undefined) return
        expect(opens).toBeGreaterThan(now.getTime() - 60_000)
        expect(opens - now.getTime()).toBeLessThanOrEqual(7 * 86_400_000)
        expect(nextMaintenance(windows, opens)).toBeUndefined()
      }),
    )
  })
})
