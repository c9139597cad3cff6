import { describe, expect, test } from 'vitest'
import { completeScope } from '../../../src/core/domain/crl-scopes.ts'
import type { AuthorityId } from '../../../src/core/domain/ids.ts'
import { isDue, nextVariety, type PublishedCrl } from '../../../src/core/domain/published-crls.ts'
import { configuredRevocation, usualRevocation } from '../../../src/core/domain/revocation-configuration.ts'
import { HOUR } from '../../../src/core/domain/time.ts'

const NOW = Date.UTC(2030, 0, 1)
const WEEK = 168 * HOUR
const crl = (kind: PublishedCrl['kind'], age: number, life: number, through = 5): PublishedCrl => ({
  scope: completeScope('01900000-0000-7000-8000-000000000001' as AuthorityId),
  kind,
  number: 3n,
  base: undefined,
  thisUpdate: NOW - age,
  nextUpdate: NOW - age + life,
  length: 100,
  entries: 1,
  through,
  withdrawnThrough: 2,
})
const usual = usualRevocation('GENERAL_PURPOSE')
const daily = configuredRevocation(usual, { crl: { hours: 24 } })
const deltas = configuredRevocation(usual, { crl: { deltaHours: 12 } })
const still = { through: 5, withdrawnThrough: 2 }
const young = crl('complete', HOUR, WEEK)
const freshDelta = crl('delta', HOUR, 12 * HOUR)
const none = { complete: undefined, delta: undefined }

describe('a CRL is due', () => {
  test.each([
    ['when there is none', none, usual, true],
    ['not while it is young and has everything', { complete: young, delta: undefined }, usual, false],
    ['at half of its life', { complete: crl('complete', WEEK / 2, WEEK), delta: undefined }, usual, true],
    [
      'at half of the life that is configured now',
      { complete: crl('complete', 12 * HOUR, WEEK), delta: undefined },
      daily,
      true,
    ],
    ['when it is from the future', { complete: crl('complete', -1, WEEK), delta: undefined }, usual, true],
    ['when it lacks a revocation', { complete: crl('complete', 0, WEEK, 4), delta: undefined }, usual, true],
    ['when there is no delta', { complete: young, delta: undefined }, deltas, true],
    ['not while its delta has everything', { complete: young, delta: freshDelta }, deltas, false],
    [
      'at half of its delta’s life',
      { complete: young, delta: crl('delta', 6 * HOUR, 12 * HOUR) },
      deltas,
      true,
    ],
    ['when its delta lacks one', { complete: young, delta: crl('delta', 0, 12 * HOUR, 4) }, deltas, true],
    [
      'not when only the complete one lacks it',
      { complete: crl('complete', HOUR, WEEK, 4), delta: freshDelta },
      deltas,
      false,
    ],
  ])('%s', (_, crls, configuration, due) => {
    expect(isDue({ ...crls, ...still }, configuration, NOW)).toBe(due)
  })

  test('also when something was withdrawn', () => {
    const state = { complete: young, delta: undefined, through: 5, withdrawnThrough: 3 }
    expect(isDue(state, usual, NOW)).toBe(true)
  })
})

describe('the next one is', () => {
  test.each([
    ['complete without deltas', { complete: young }, usual, 'complete'],
    ['complete when it is the first', { complete: undefined }, deltas, 'complete'],
    ['a delta to a young one', { complete: young }, deltas, 'delta'],
    [
      'complete at half of the complete one’s life',
      { complete: crl('complete', WEEK / 2, WEEK) },
      deltas,
      'complete',
    ],
  ] as const)('%s', (_, state, configuration, kind) => {
    expect(nextVariety(state, configuration, NOW)).toBe(kind)
  })
})
