import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CERTIFICATE_STATES } from '../../../src/core/domain/certificates.ts'
import {
  answerTimes,
  certStatusOf,
  goodUntil,
  responderLife,
  responderRenewalAt,
} from '../../../src/core/domain/ocsp.ts'
import { MOST_OCSP_HOURS } from '../../../src/core/domain/revocation-configuration.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/domain/time.ts'

const NOW = Date.UTC(2030, 0, 1)
const revocation = { revokedAt: NOW, reason: 'keyCompromise' } as const

describe('what a responder says', () => {
  test('good only for what was issued and isn’t revoked', () => {
    expect(certStatusOf(undefined)).toEqual({ kind: 'unknown' })
    expect(
      CERTIFICATE_STATES.map((state) => [state, certStatusOf({ state, revocation: undefined }).kind]),
    ).toEqual([
      ['signing', 'unknown'],
      ['issued', 'good'],
      ['abandoned', 'unknown'],
      ['archived', 'good'],
    ])
    for (const state of CERTIFICATE_STATES)
      expect(certStatusOf({ state, revocation })).toEqual({ kind: 'revoked', ...revocation })
  })
})

describe('the times of an answer', () => {
  const hours = fc.integer({ min: 1, max: MOST_OCSP_HOURS })
  const moments = fc.integer({ min: NOW, max: NOW + 10 * 365 * DAY })

  test('RFC 9919 §3.2.4: whole seconds, nextUpdate after thisUpdate and never after the responder’s end', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('good', 'revoked', 'unknown'),
        moments,
        hours,
        fc.integer({ min: 2 * SECOND, max: 100 * DAY }),
        (status, now, life, left) => {
          const ends = Math.ceil((now + left) / SECOND) * SECOND
          const { thisUpdate, nextUpdate, refreshAt } = answerTimes(status, now, life, ends)
          expect(thisUpdate % SECOND).toBe(0)
          expect(now - thisUpdate).toBeLessThan(SECOND)
          expect(nextUpdate).toBeGreaterThan(now)
          expect(nextUpdate).toBeLessThanOrEqual(ends)
          expect(refreshAt).toBeGreaterThan(thisUpdate)
          expect(refreshAt).toBeLessThan(nextUpdate)
        },
      ),
    )
  })

  test('those about unknown serials hold for minutes', () => {
    const { nextUpdate } = answerTimes('unknown', NOW, 24, NOW + 14 * DAY)
    expect(nextUpdate).toBe(NOW + 5 * MINUTE)
  })

  test('none that was made before a revocation holds longer than is told', () => {
    fc.assert(
      fc.property(moments, hours, fc.nat(DAY), (now, life, earlier) => {
        const { nextUpdate } = answerTimes('good', now - earlier, life, now + 100 * DAY)
        expect(nextUpdate).toBeLessThanOrEqual(goodUntil(now, life))
      }),
    )
    expect(goodUntil(NOW + 1, 24)).toBe(NOW + 24 * HOUR)
  })

  test('a responder that is replaced in time outlives every answer of full length', () => {
    fc.assert(
      fc.property(hours, (life) => {
        const window = { notBefore: NOW - HOUR, notAfter: NOW + responderLife(life) }
        expect(window.notAfter - responderRenewalAt(window)).toBeGreaterThanOrEqual(life * HOUR)
      }),
    )
    expect(responderLife(24)).toBe(14 * DAY)
  })
})
