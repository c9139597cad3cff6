import { expect, test } from 'vitest'
import { AnswerCache } from '../../../../src/core/operations/ocsp/answer-cache.ts'

test('holds no more entries than it may; what is asked for again stays', () => {
  const cache = new AnswerCache<number>(100, Number.POSITIVE_INFINITY)
  for (let i = 0; i < 1000; i++) {
    cache.put(`once/${i}`, i, 100)
    if (i % 50 === 0) cache.put('often', -1, 100)
    expect(cache.get('often')).toBe(-1)
    expect(cache.size).toBeLessThanOrEqual(100)
  }
  expect(cache.get('once/999')).toBe(999)
  expect(cache.get('once/800')).toBeUndefined()
})

test('holds no more octets than it may, counting what an entry costs besides', () => {
  const cache = new AnswerCache<string>(1_000_000, 100_000)
  for (let i = 0; i < 1000; i++) cache.put(String(i), 'x', 400)
  expect(cache.size).toBe(100)
  cache.put('large', 'x', 50_000)
  expect(cache.size).toBeLessThan(55)
  cache.put('large', 'y', 400)
  expect(cache.get('large')).toBe('y')
  for (let i = 0; i < 1000; i++) cache.put(String(i), 'x', 400)
  expect(cache.size).toBe(100)
})

test('keeps nothing that is larger than all of it', () => {
  const cache = new AnswerCache<string>(10, 1000)
  cache.put('huge', 'x', 2000)
  expect([cache.size, cache.get('huge')]).toEqual([0, undefined])
})

test('ends, also when everything was asked for', () => {
  const cache = new AnswerCache<number>(10, Number.POSITIVE_INFINITY)
  for (let i = 0; i < 100; i++) {
    cache.put(String(i), i, 1)
    for (let j = 0; j <= i; j++) cache.get(String(j))
  }
  expect(cache.size).toBe(10)
})
