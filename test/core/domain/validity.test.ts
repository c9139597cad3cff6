import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { DAY, HOUR, LAST_MOMENT, SECOND } from '../../../src/core/domain/time.ts'
import { validityFrom, type ValidityRequest } from '../../../src/core/domain/validity.ts'

const moments = fc.integer({ min: 0, max: LAST_MOMENT })
const windows = fc.option(
  fc.tuple(moments, moments).map(([a, b]) => ({
    notBefore: Math.floor(Math.min(a, b) / 1000) * 1000,
    notAfter: Math.floor(Math.max(a, b) / 1000) * 1000,
  })),
  { nil: undefined },
)
const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 1e-9, Number.NaN, Infinity, -Infinity),
)
const requests: fc.Arbitrary<ValidityRequest | undefined> = fc.oneof(
  fc.constant(undefined),
  numbers.map((days) => ({ days })),
  numbers.map((seconds) => ({ seconds })),
  fc.oneof(numbers, moments).map((notAfter) => ({ notAfter })),
)

test('whatever is asked, the answer lies within the issuer, ends in the future in whole seconds, or names its field', () => {
  let granted = 0
  fc.assert(
    fc.property(requests, moments, windows, (request, now, issuer) => {
      try {
        const { notBefore, notAfter, clamped } = validityFrom(request, 90, now, issuer)
        granted++
        expect(notAfter).toBeGreaterThan(now)
        expect(notAfter).toBeLessThanOrEqual(issuer?.notAfter ?? LAST_MOMENT)
        expect(notBefore).toBeGreaterThanOrEqual(issuer?.notBefore ?? now - HOUR - SECOND)
        expect([notBefore, notAfter].map((time) => Math.abs(time % SECOND))).toEqual([0, 0])
        if (clamped) expect(request).toBeUndefined()
      } catch (error) {
        if (!(error instanceof ChanceryError)) throw error
        expect(error.code).toBe('request_invalid')
        expect(error.violations[0]?.field).toMatch(/^validity(\.(days|seconds|notAfter))?$/)
      }
    }),
    { numRuns: 2000 },
  )
  expect(granted).toBeGreaterThan(100)
})

test('a day is a day, also the 29th of February', () => {
  const now = Date.parse('2028-02-28T12:00:00.500Z')
  const issuer = { notBefore: now - DAY, notAfter: now + 400 * DAY }
  const { notAfter } = validityFrom({ days: 1 }, 90, now, issuer)
  expect(new Date(notAfter).toISOString()).toBe('2028-02-29T12:00:00.000Z')
})

test('the latest possible moment is named', () => {
  const issuer = { notBefore: 0, notAfter: Date.parse('2030-01-01T00:00:00Z') }
  expect(() => validityFrom({ days: 1000 }, 90, Date.parse('2029-12-01T00:00:00Z'), issuer)).toThrow(
    /2030-01-01T00:00:00\.000Z/,
  )
})
