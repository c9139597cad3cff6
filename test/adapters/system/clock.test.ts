import { describe, expect, it } from 'vitest'
import { SettableCalendar, systemClock } from '../../../src/adapters/system/clock.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { DAY, LAST_MOMENT } from '../../../src/core/domain/time.ts'

const START = Date.UTC(2026, 0, 1)

describe('systemClock', () => {
  it("shows the machine's time", () => {
    const before = Date.now()
    const now = systemClock.now()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })
})

describe('SettableCalendar', () => {
  it('stands still until it is moved, both ways', () => {
    const calendar = new SettableCalendar(START)
    expect(calendar.now()).toBe(START)
    calendar.advance(3 * DAY)
    expect(calendar.now()).toBe(START + 3 * DAY)
    calendar.advance(-5 * DAY)
    expect(calendar.now()).toBe(START - 2 * DAY)
    calendar.set(START + 1)
    expect(calendar.now()).toBe(START + 1)
  })

  it('runs on with a clock, from wherever it was set', () => {
    let time = 500
    const calendar = new SettableCalendar(START, { now: () => time })
    time += 40
    expect(calendar.now()).toBe(START + 40)
    calendar.set(START - DAY)
    expect(calendar.now()).toBe(START - DAY)
    time += 7
    expect(calendar.now()).toBe(START - DAY + 7)
    calendar.advance(DAY)
    time += 1
    expect(calendar.now()).toBe(START + 8)
  })

  it.each([-1, LAST_MOMENT + 1, 0.5, Number.NaN])('refuses to be set to %d', (time) => {
    const calendar = new SettableCalendar(START)
    expect(() => calendar.set(time)).toThrow(ChanceryError)
    expect(() => new SettableCalendar(time)).toThrow(/between 1970-01-01 and 9999-12-31/)
    expect(calendar.now()).toBe(START)
  })

  it('refuses to be moved out of range, and stays where it was', () => {
    const calendar = new SettableCalendar(START)
    expect(() => calendar.advance(-START - 1)).toThrow(ChanceryError)
    expect(calendar.now()).toBe(START)
  })
})
