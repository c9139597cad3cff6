import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountId, DeliveryId, KeyId, Region, WebhookId } from '../../../src/core/domain/ids.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/domain/time.ts'
import {
  afterAttempt,
  attemptVerdict,
  DELIVERY_PERIOD,
  retryDelay,
  type Attempt,
  type Delivery,
  type Webhook,
} from '../../../src/core/domain/webhooks.ts'

const NOW = Date.UTC(2030, 5, 15, 12)
const webhook: Webhook = {
  id: 'w' as WebhookId,
  account: '111122223333' as AccountId,
  region: 'us-east-1' as Region,
  revision: 1,
  url: 'https://hooks.example.com/',
  shape: 'cloudevents',
  events: undefined,
  state: 'ACTIVE',
  reason: undefined,
  position: 0,
  failures: 0,
  failingSince: undefined,
  retryAt: undefined,
  secret: 'k' as KeyId,
  previousSecret: undefined,
  createdAt: NOW,
  updatedAt: NOW,
}
const delivery: Delivery = {
  id: 'd' as DeliveryId,
  webhook: webhook.id,
  event: undefined,
  state: 'PENDING',
  attempts: 0,
  dueAt: NOW,
  deadline: NOW + DELIVERY_PERIOD,
  createdAt: NOW,
  last: undefined,
}
const attempt = (status: number | undefined, at = NOW): Attempt => ({
  at,
  milliseconds: 1,
  signature: 'v1,x',
  address: undefined,
  status,
  responseSha256: undefined,
  failure: undefined,
})

describe('retryDelay', () => {
  it('doubles from 5 seconds to 6 hours, spread over half of it', () => {
    expect([1, 2, 3, 13, 14, 1000].map((attempts) => retryDelay(attempts, 1))).toEqual([
      5 * SECOND,
      10 * SECOND,
      20 * SECOND,
      20_480 * SECOND,
      6 * HOUR,
      6 * HOUR,
    ])
    expect(retryDelay(1, 0)).toBe(2.5 * SECOND)
  })

  it('never shrinks below half of the full delay, whatever the spread', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, spread) => {
          expect(retryDelay(n, spread)).toBeGreaterThanOrEqual(retryDelay(n, 0))
          expect(retryDelay(n, spread)).toBeLessThanOrEqual(retryDelay(n, 1))
        },
      ),
    )
  })
})

describe('Standard Webhooks, Delivery success and failure', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [undefined, 'down'],
    [101, 'down'],
    [301, 'refused'],
    [302, 'refused'],
    [400, 'refused'],
    [404, 'refused'],
    [408, 'down'],
    [410, 'gone'],
    [422, 'refused'],
    [425, 'down'],
    [429, 'down'],
    [500, 'down'],
    [502, 'down'],
    [503, 'down'],
    [504, 'down'],
  ])('%s is %s', (status, verdict) => {
    expect(attemptVerdict(status)).toBe(verdict)
  })
})

describe('afterAttempt', () => {
  it('settles what was delivered', () => {
    const after = afterAttempt(webhook, delivery, attempt(204), 1)
    expect(after.delivery).toMatchObject({
      state: 'DELIVERED',
      attempts: 1,
      dueAt: undefined,
      last: { status: 204 },
    })
    expect(after.webhook).toEqual({ outcome: 'delivered' })
  })

  it('tries what was refused later, and leaves others alone; a receiver that is down is left alone', () => {
    const dueAt = NOW + 5 * SECOND
    const refused = afterAttempt(webhook, delivery, attempt(400), 1)
    expect(refused).toMatchObject({ delivery: { state: 'PENDING', dueAt }, webhook: { retryAt: undefined } })
    const down = afterAttempt(webhook, delivery, attempt(undefined), 1)
    expect(down).toMatchObject({ delivery: { state: 'PENDING', dueAt }, webhook: { retryAt: dueAt } })
  })

  it('leaves a receiver alone for 5 minutes at most, unless it asks for more', () => {
    const late = { ...delivery, attempts: 20 }
    expect(afterAttempt(webhook, late, attempt(503), 1)).toMatchObject({
      delivery: { dueAt: NOW + 6 * HOUR },
      webhook: { retryAt: NOW + 5 * MINUTE },
    })
    expect(afterAttempt(webhook, delivery, attempt(429), 1, 3600)).toMatchObject({
      delivery: { dueAt: NOW + HOUR },
      webhook: { retryAt: NOW + HOUR },
    })
    // But not for as long as it likes.
    expect(afterAttempt(webhook, delivery, attempt(429), 1, 999_999_999)).toMatchObject({
      webhook: { retryAt: NOW + 6 * HOUR },
    })
  })

  it('gives a message up at its deadline, not before', () => {
    const at = NOW + DELIVERY_PERIOD
    expect(afterAttempt(webhook, delivery, attempt(400, at - 1), 1).delivery.state).toBe('PENDING')
    expect(afterAttempt(webhook, delivery, attempt(400, at), 1).delivery).toMatchObject({
      state: 'FAILED',
      dueAt: undefined,
    })
  })

  it('disables a webhook after three days of failures, or when it is gone', () => {
    const failing = { ...webhook, failures: 9, failingSince: NOW - 3 * DAY }
    expect(afterAttempt(failing, delivery, attempt(500, NOW - 1), 1).webhook.outcome).toBe('failed')
    expect(afterAttempt(failing, delivery, attempt(500), 1).webhook).toEqual({
      outcome: 'disabled',
      reason: 'every delivery has failed for three days',
    })
    const gone = afterAttempt(webhook, delivery, attempt(410), 1)
    expect(gone.webhook).toEqual({ outcome: 'disabled', reason: 'the receiver answered 410 Gone' })
    // It isn't lost: it is tried again when somebody lets the webhook go on.
    expect(gone.delivery.state).toBe('PENDING')
  })
})
