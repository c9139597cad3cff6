import { beforeEach, afterEach, describe, expect, test, vi } from 'vitest'
import { RateLimit } from '../../../../src/faces/http/front-door/rate-limit.ts'

// The library counts on Date and timers: both are the test's.
const START = Date.UTC(2030, 0, 1)
beforeEach(() => {
  vi.useFakeTimers({ now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

const limit = (requests: number, seconds: number, mostKeys?: number) =>
  new RateLimit({ kind: 'principal', requests, seconds }, Date.now, mostKeys)
const take = async (of: RateLimit, key: string, times = 1) => {
  let admitted = 0
  for (let time = 0; time < times; time++) if ((await of.take(key)).admitted) admitted++
  return admitted
}

describe('a rate limit', () => {
  test('admits so many requests in a window, and says when the next one begins', async () => {
    const three = limit(3, 60)
    vi.advanceTimersByTime(15_000)
    expect(await three.take('a')).toEqual({ admitted: true, left: 2, seconds: 45 })
    expect(await take(three, 'a', 9)).toBe(2)
    vi.advanceTimersByTime(44_000)
    expect(await three.take('a')).toEqual({ admitted: false, left: 0, seconds: 1 })
    vi.advanceTimersByTime(1_000)
    expect(await three.take('a')).toEqual({ admitted: true, left: 2, seconds: 60 })
  })

  test('counts each key by itself', async () => {
    const two = limit(2, 60)
    expect([await take(two, 'a', 5), await take(two, 'b', 5)]).toEqual([2, 2])
  })

  test('counts no more keys than it has room for: those that come later share one count, those that are known keep theirs', async () => {
    const two = limit(2, 60, 100)
    for (let key = 0; key < 100; key++) expect(await take(two, `early ${key}`)).toBe(1)
    let admitted = 0
    for (let key = 0; key < 5000; key++) admitted += await take(two, `late ${key}`)
    expect(admitted).toBe(2)
    expect(await take(two, 'early 7', 5)).toBe(1)
    vi.advanceTimersByTime(60_000)
    expect(await take(two, 'late 7')).toBe(1)
  })

  test('keeps nothing of windows that are over', async () => {
    const two = limit(2, 1, 100)
    for (let second = 0; second < 50; second++) {
      for (let key = 0; key < 100; key++) await two.take(`${second} ${key}`)
      vi.advanceTimersByTime(1000)
    }
    expect(two.takeUnshared(1000)).toEqual([])
    // One timer a key that is counted: none is left over.
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('shared between servers', () => {
  test('what one counted counts for the other, once', async () => {
    const [one, other] = [limit(10, 60), limit(10, 60)]
    await take(one, 'a', 4)
    await take(other, 'a', 3)
    const [fromOne] = one.takeUnshared(10)
    const [fromOther] = other.takeUnshared(10)
    expect([fromOne?.hits, fromOther?.hits]).toEqual([4, 3])
    const window = fromOne?.window ?? 0
    for (const each of [one, other, one, other]) await each.learn('a', window, 7)
    expect((await one.take('a')).left).toBe(2)
    expect((await other.take('a')).left).toBe(2)
    // What it counted since isn't in the total yet.
    await one.learn('a', window, 7)
    expect((await one.take('a')).left).toBe(1)
  })

  test('the busiest keys go first; what could not be told is told next time', async () => {
    const one = limit(10, 60)
    await take(one, 'quiet', 1)
    await take(one, 'busy', 5)
    const [first, ...more] = one.takeUnshared(1)
    expect([first?.key, more.length]).toEqual(['busy', 0])
    if (first !== undefined) one.giveBack(first)
    expect(one.takeUnshared(9).map(({ key, hits }) => [key, hits])).toEqual([
      ['busy', 5],
      ['quiet', 1],
    ])
    expect(one.takeUnshared(9)).toEqual([])
  })

  test('a total of a window that is over says nothing', async () => {
    const one = limit(10, 60)
    await one.take('a')
    const window = one.takeUnshared(1)[0]?.window ?? 0
    vi.advanceTimersByTime(60_000)
    await one.learn('a', window, 10)
    expect((await one.take('a')).left).toBe(9)
  })
})
