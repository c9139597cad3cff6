import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { DEFAULT_DAYS_BEFORE_EXPIRY, MOST_DAYS_BEFORE_EXPIRY } from '../../domain/certificate-events.ts'
import { refuse } from '../../domain/errors.ts'
import type { ManagedSettings } from '../../ports/managed-options-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { idempotently, type IdempotencyInput } from '../idempotency.ts'

/** What the caller's account has chosen for its managed certificates in the region, or what holds while it hasn't. */
export async function managedSettings(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
): Promise<ManagedSettings> {
  authorize(principal, 'acm:GetAccountConfiguration', arns.allManaged(principal))
  return settingsOf(ports, principal)
}

const settingsOf = async ({ store }: Pick<Ports, 'store'>, principal: Principal): Promise<ManagedSettings> =>
  (await store.reads.managedSettings.get(principal)) ?? { daysBeforeExpiry: DEFAULT_DAYS_BEFORE_EXPIRY }

/**
 * Chooses how many days before a certificate's end that is first told; what isn't named stays.
 * @throws request_invalid naming `daysBeforeExpiry`; idempotency_mismatch, idempotency_in_progress
 */
export async function chooseManagedSettings(
  ports: Pick<Ports, 'store' | 'calendar' | 'clock' | 'random'>,
  principal: Principal,
  request: Partial<ManagedSettings> & { readonly idempotency?: IdempotencyInput },
): Promise<ManagedSettings> {
  authorize(principal, 'acm:PutAccountConfiguration', arns.allManaged(principal))
  const { daysBeforeExpiry: days } = request
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= MOST_DAYS_BEFORE_EXPIRY))
    refuse('request_invalid', [
      { code: 'days', field: 'daysBeforeExpiry', message: `must be from 1 to ${MOST_DAYS_BEFORE_EXPIRY}` },
    ])
  return idempotently(ports, principal, request.idempotency, {
    operation: 'PutAccountConfiguration',
    attempt: async (remember) => {
      const settings = days === undefined ? await settingsOf(ports, principal) : { daysBeforeExpiry: days }
      const time = ports.clock.now()
      const event = auditEvent('PutAccountConfiguration', principal, {
        eventId: newUuid(ports.random, time),
        time,
        request: { expiryEvents: settings },
      })
      await ports.store.transact((writes) => [
        writes.managedSettings.put(principal, settings, ports.calendar.now()),
        ...remember(writes, principal.account),
        writes.audit.append(event),
      ])
      return settings
    },
    replay: () => settingsOf(ports, principal),
  })
}
