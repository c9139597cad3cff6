import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  certificateEvent,
  dueNotice,
  NOTICE_DAYS,
  noticesOf,
  type Happening,
  type NewEvent,
} from '../../../src/core/domain/certificate-events.ts'
import { DAY, HOUR } from '../../../src/core/domain/time.ts'
import { aManagedCertificate, aManagedVersion } from '../../support/a-managed-certificate.ts'

const START = Date.UTC(2030, 0, 1)
const lifetime = (days: number) => ({ notBefore: START, notAfter: START + days * DAY })
const daysOf = (days: number): number[] => noticesOf(lifetime(days)).map((notice) => notice.days)

describe('noticesOf', () => {
  it.each([
    [395, [45, 30, 15, 7, 3, 1, 0]],
    [91, [45, 30, 15, 7, 3, 1, 0]],
    [90, [30, 15, 7, 3, 1, 0]],
    [61, [30, 15, 7, 3, 1, 0]],
    [60, [15, 7, 3, 1, 0]],
    [47, [15, 7, 3, 1, 0]],
    [10, [3, 1, 0]],
    [7, [3, 1, 0]],
    [6, [1, 0]],
    [2, [0]],
    [1 / 24, [0]],
  ])('of a certificate for %d days: a threshold of half the lifetime or more is skipped', (days, notices) => {
    expect(daysOf(days)).toEqual(notices)
  })

  it('are in order, within the lifetime, and end with its end, for every lifetime', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 * 24 }), (hours) => {
        const { notBefore, notAfter } = lifetime(hours / 24)
        const notices = noticesOf({ notBefore, notAfter })
        const times = notices.map(({ at }) => at)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect(notices.at(-1)).toEqual({ at: notAfter + 1, days: 0 })
        for (const { at, days } of notices.slice(0, -1)) {
          expect(at).toBe(notAfter - days * DAY)
          expect(at - notBefore).toBeGreaterThan((notAfter - notBefore) / 2)
        }
      }),
    )
  })
})

describe('dueNotice', () => {
  const { notAfter } = lifetime(395)
  it.each([
    [notAfter - 45 * DAY - 1, undefined],
    [notAfter - 45 * DAY, 45],
    [notAfter - 31 * DAY, 45],
    [notAfter - 30 * DAY, 30],
    [notAfter - HOUR, 1],
    [notAfter, 1],
    [notAfter + 1, 0],
    [notAfter + 400 * DAY, 0],
  ])('at %d: only the latest threshold that has passed (%s)', (now, days) => {
    expect(dueNotice(lifetime(395), now)?.days).toBe(days)
  })
})

const NOW = Date.UTC(2030, 5, 15, 12)
const END = NOW + 90 * DAY
const event = (happening: Happening, time = NOW, more: Parameters<typeof aManagedCertificate>[0] = {}) =>
  certificateEvent('e1', time, aManagedCertificate(more), happening)

describe('certificateEvent', () => {
  it('tells of the certificate as it is', () => {
    const told = event({ name: 'AVAILABLE', action: 'ISSUANCE' }, NOW + HOUR, {
      inUseBy: ['arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/a/1'],
      exportedVersion: 1,
    })
    expect(told).toEqual({
      id: 'e1',
      account: '111122223333',
      region: 'us-east-1',
      certificate: '0197a1b2-0000-7000-8000-000000000001',
      name: 'AVAILABLE',
      time: NOW + HOUR,
      detail: {
        domainName: 'www.example.com',
        names: ['www.example.com', 'example.com'],
        kind: 'private',
        inUse: true,
        exportable: true,
        exported: true,
        version: 1,
        serial: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
        createdAt: NOW,
        notBefore: NOW,
        notAfter: END,
        daysToExpiry: 90,
        action: 'ISSUANCE',
      },
      dedupeKey: '0197a1b2-0000-7000-8000-000000000001/1/AVAILABLE',
      notice: { version: 1, at: END - 30 * DAY },
    })
  })

  it('leaves out what one without a version lacks', () => {
    const told = event({ name: 'VALIDATION_TIMED_OUT' }, NOW, {
      kind: 'validated',
      current: undefined,
      status: 'VALIDATION_TIMED_OUT',
      validationMethod: 'DNS',
    })
    expect(told.detail).toEqual({
      domainName: 'www.example.com',
      names: ['www.example.com', 'example.com'],
      kind: 'validated',
      validationMethod: 'DNS',
      inUse: false,
      exportable: true,
      exported: false,
    })
    expect(told.notice).toBeUndefined()
  })

  const notice = (happening: Happening, time: number): NewEvent['notice'] => event(happening, time).notice
  const available: Happening = { name: 'AVAILABLE', action: 'IMPORT' }
  const approaching: Happening = { name: 'APPROACHING_EXPIRATION' }
  it.each([
    ['an import late in its life is spoken of at once', available, END - 10 * DAY, END - 15 * DAY],
    ['an expired import, too', available, END + DAY, END + 1],
    ['after a threshold comes the next', approaching, END - 30 * DAY, END - 15 * DAY],
    ['after several that passed at once, the next that has not', approaching, END - 5 * DAY, END - 3 * DAY],
    ['after the last one, the end', approaching, END - HOUR, END + 1],
    ['after the end, nothing', { name: 'EXPIRED' } as const, END + 1, 'never'],
    [
      'of a revoked one, nothing',
      { name: 'REVOKED', reason: 'keyCompromise' } as const,
      END - 40 * DAY,
      'never',
    ],
  ])('says when its end is spoken of next: %s', (_, happening, time, at) => {
    expect(notice(happening, time)).toEqual({ version: 1, at })
  })

  it('leaves that as it is when a renewal is held up', () => {
    expect(notice({ name: 'RENEWAL_ACTION_REQUIRED', reason: 'CAA_ERROR' }, END - 30 * DAY)).toBeUndefined()
  })

  it('has one key a threshold and version, whenever within the threshold it is told', () => {
    const keys = new Set<string>()
    for (let time = END - 30 * DAY; time <= END; time += HOUR) keys.add(event(approaching, time).dedupeKey)
    expect([...keys].map((key) => key.split('/').at(-1))).toEqual(['30', '15', '7', '3', '1'])
    expect(NOTICE_DAYS).toHaveLength(6)
    const second = aManagedVersion({ number: 2 })
    expect(event(approaching, END - DAY, { current: second }).dedupeKey).not.toBe(
      event(approaching, END - DAY).dedupeKey,
    )
  })

  it('tells of a renewal that is held up once a reason and threshold, not every hour', () => {
    const keys = new Set<string>()
    for (let time = END - 60 * DAY; time <= END; time += HOUR)
      for (const reason of ['CAA_ERROR', 'PENDING_DOMAIN_VALIDATION'])
        keys.add(event({ name: 'RENEWAL_ACTION_REQUIRED', reason }, time).dedupeKey)
    expect(keys.size).toBe(2 * 6)
  })
})
