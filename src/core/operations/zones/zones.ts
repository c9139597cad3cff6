import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { recordNameFrom } from '../../domain/dns-names.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { Zone } from '../../domain/zones.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/page.ts'
import { idempotently, stillThere, type Once } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'

/**
 * Makes a part of the DNS simulated, for the caller's account. One with a single label (`test`, `com`) would hold most
 * of everybody's names, so it takes the installation's administrator.
 * @throws request_invalid, forbidden, already_exists, state_conflict when it lies in another account's zone
 */
export async function createZone(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  request: { readonly apex: string } & Once,
): Promise<Zone> {
  authorize(principal, 'chancery:CreateZone', arns.zones(principal.account))
  const read = recordNameFrom(request.apex)
  const problem =
    'problem' in read ? read.problem : read.name.startsWith('*') ? 'can’t be a wildcard' : undefined
  if (problem !== undefined)
    refuse('request_invalid', [{ code: 'zone_apex', field: 'apex', message: problem }])
  const apex = (read as { name: string }).name
  if (!apex.includes('.') && !principal.installation)
    throw new ChanceryError(
      'forbidden',
      `apex: a zone of one label, ${apex}, takes the installation’s administrator`,
      { details: { action: 'chancery:CreateZone' } },
    )
  const zone: Zone = { apex, account: principal.account, createdAt: ports.calendar.now() }
  const time = ports.clock.now()
  const event = auditEvent('CreateZone', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.zone(principal.account, apex)],
    request: { apex },
  })
  return idempotently(ports, principal, request.idempotency, {
    operation: 'CreateZone',
    attempt: async (remember) => {
      try {
        await ports.store.transact((writes) => [
          writes.zones.add(zone),
          ...remember(writes, String(zone.createdAt)),
          writes.audit.append(event),
        ])
        return zone
      } catch (error) {
        throw error instanceof StoreConflict && error.subject === 'zones.add' ? zoneTaken(apex, error) : error
      }
    },
    replay: async (createdAt) =>
      stillThere(
        await ports.store.reads.zones.get(zone.account, apex),
        (found) => String(found.createdAt) === createdAt,
      ),
  })
}

function zoneTaken(apex: string, cause: StoreConflict): ChanceryError {
  if (cause.reason === 'exists') {
    const violations = [{ code: 'zone_taken', field: 'apex', message: 'is taken; choose another' }]
    return new ChanceryError('already_exists', `apex: there is a zone ${apex} already`, { cause, violations })
  }
  const message = 'lies in a zone of another account; choose a name outside it'
  return new ChanceryError('state_conflict', `apex: ${apex} ${message}`, {
    cause,
    violations: [{ code: 'zone_foreign', field: 'apex', message }],
  })
}

/** The zones of the caller's account, by name. */
export async function listZones(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Zone>> {
  authorize(principal, 'chancery:ListZones', arns.zones(principal.account))
  return ports.store.reads.zones.list(principal.account, page)
}

/** @throws not_found */
export async function describeZone(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  apex: string,
): Promise<Zone> {
  authorize(principal, 'chancery:DescribeZone', arns.zone(principal.account, apex))
  return zoneNamed(ports, principal, apex)
}

/** A zone of the caller's account, in any case and with or without the final dot. @throws not_found */
export async function zoneNamed(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  apex: string,
): Promise<Zone> {
  const read = recordNameFrom(apex)
  const zone = 'problem' in read ? undefined : await ports.store.reads.zones.get(principal.account, read.name)
  if (zone === undefined) throw noZone()
  return zone
}

export const noZone = (cause?: StoreConflict): ChanceryError =>
  new ChanceryError('not_found', 'apex: there is no such zone here', { cause })

/** Ends the simulation of a zone, with all its records. @throws not_found */
export async function deleteZone(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  apex: string,
): Promise<void> {
  authorize(principal, 'chancery:DeleteZone', arns.zone(principal.account, apex))
  const zone = await zoneNamed(ports, principal, apex)
  const time = ports.clock.now()
  const event = auditEvent('DeleteZone', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.zone(principal.account, zone.apex)],
    request: { apex: zone.apex },
  })
  try {
    await ports.store.transact((writes) => [
      writes.zones.remove(principal.account, zone.apex),
      writes.audit.append(event),
    ])
  } catch (error) {
    throw error instanceof StoreConflict ? noZone(error) : error
  }
}
