import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { isWithin, recordNameFrom } from '../../domain/dns-names.ts'
import { ChanceryError, refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import { zoneText } from '../../domain/zone-text.ts'
import {
  DEFAULT_TTL,
  MAX_RECORDS_IN_SET,
  MAX_TTL,
  type RecordSet,
  type Zone,
  type ZoneData,
  type ZoneRecordType,
} from '../../domain/zones.ts'
import type { Page, PageRequest } from '../../ports/page.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { perspectiveViolations } from './perspective-named.ts'
import { recordValueFrom } from './record-values.ts'
import { noZone, zoneNamed } from './zones.ts'

export type PutRecordsRequest = {
  readonly apex: string
  /** The apex or a name below it, or `@` for the apex. */
  readonly name: string
  readonly type: ZoneRecordType
  readonly ttl?: number
  /** As in a zone file. */
  readonly values: readonly string[]
  readonly perspective?: string
}

/**
 * Puts a set of records in place of what the zone has of that name and type.
 * @throws request_invalid naming everything that is wrong, not_found (zone), state_conflict when an alias would stand
 * beside something else
 */
export async function putRecords(
  ports: Pick<Ports, 'store' | 'random' | 'clock' | 'perspectives'>,
  principal: Principal,
  request: PutRecordsRequest,
): Promise<RecordSet> {
  authorize(principal, 'chancery:PutRecords', arns.zone(principal.account, request.apex))
  const zone = await zoneNamed(ports, principal, request.apex)
  const { name, violations } = nameIn(zone, request.name)
  const { data, violations: wrong } = valuesFrom(request, name === zone.apex)
  const { type, ttl = DEFAULT_TTL, perspective } = request
  if (ttl < 0 || ttl > MAX_TTL || !Number.isInteger(ttl))
    wrong.push({ code: 'record_ttl', field: 'ttl', message: `must be 0 to ${MAX_TTL} seconds` })
  refuse('request_invalid', [...violations, ...wrong, ...perspectiveViolations(ports, perspective)])
  const set: RecordSet = { apex: zone.apex, name, type, ttl, data, perspective }
  const time = ports.clock.now()
  const event = auditEvent('PutRecords', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.zone(principal.account, zone.apex)],
    request: { name, type, ttl, values: data.map((each) => zoneText(each, type)), perspective },
  })
  try {
    await ports.store.transact((writes) => [
      writes.zones.putSet(principal.account, set),
      writes.audit.append(event),
    ])
    return set
  } catch (error) {
    throw error instanceof StoreConflict ? notPut(set, error) : error
  }
}

function notPut({ name, type }: RecordSet, cause: StoreConflict): ChanceryError {
  if (cause.reason !== 'refused') return noZone(cause)
  const message =
    type === 'CNAME'
      ? `${name} has other records, and an alias can’t stand beside them (RFC 1034 §3.6.2); delete them first`
      : `${name} has a CNAME record, and nothing can stand beside one (RFC 1034 §3.6.2); delete it first`
  return new ChanceryError('state_conflict', `type: ${message}`, {
    cause,
    violations: [{ code: 'record_alias', field: 'type', message }],
  })
}

function nameIn(
  { apex }: Zone,
  text: string,
  field = 'name',
): { readonly name: string; readonly violations: Violation[] } {
  const read = text === '@' ? { name: apex } : recordNameFrom(text)
  if ('problem' in read)
    return { name: '', violations: [{ code: 'record_name', field, message: read.problem }] }
  if (isWithin(read.name, apex)) return { name: read.name, violations: [] }
  const message = `must be ${apex} or end in .${apex}; names aren’t taken as relative, and @ is the zone itself`
  return { name: read.name, violations: [{ code: 'record_name', field, message }] }
}

/** What the values say, and everything that is wrong with them. */
function valuesFrom(
  { type, values }: Pick<PutRecordsRequest, 'type' | 'values'>,
  isApex: boolean,
): { readonly data: ZoneData[]; readonly violations: Violation[] } {
  const violations: Violation[] = []
  if (type === 'CNAME' && isApex) {
    const message = 'can’t be CNAME at the zone itself, which has a SOA record (RFC 1912 §2.4)'
    violations.push({ code: 'record_alias', field: 'type', message })
  }
  const most = type === 'CNAME' ? 1 : MAX_RECORDS_IN_SET
  if (values.length === 0 || values.length > most) {
    const message = `must be ${most === 1 ? 'one value' : `1 to ${most} values`} for ${type}`
    violations.push({ code: 'record_count', field: 'values', message })
  }
  const data = new Map<string, ZoneData>()
  for (const [index, text] of values.slice(0, most).entries()) {
    const read = recordValueFrom(type, text)
    const problem =
      'problem' in read
        ? read.problem
        : data.has(JSON.stringify(read.data))
          ? 'stands there twice (RFC 2181 §5)'
          : undefined
    if (problem === undefined)
      data.set(JSON.stringify((read as { data: ZoneData }).data), (read as { data: ZoneData }).data)
    else violations.push({ code: 'record_value', field: `values[${index}]`, message: problem })
  }
  return { data: [...data.values()], violations }
}

/** The record sets of a zone, those of a name together. @throws not_found, request_invalid for a name outside it */
export async function listRecords(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly apex: string; readonly name?: string },
  page: PageRequest,
): Promise<Page<RecordSet>> {
  authorize(principal, 'chancery:ListRecords', arns.zone(principal.account, request.apex))
  const zone = await zoneNamed(ports, principal, request.apex)
  if (request.name === undefined) return ports.store.reads.zones.sets(zone.apex, undefined, page)
  const { name, violations } = nameIn(zone, request.name)
  refuse('request_invalid', violations)
  return ports.store.reads.zones.sets(zone.apex, name, page)
}

/**
 * Deletes the records of a name, of one type or of all, that everybody sees or that one perspective alone sees.
 * @throws not_found (zone, records), request_invalid
 */
export async function deleteRecords(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  request: {
    readonly apex: string
    readonly name: string
    readonly type?: ZoneRecordType
    readonly perspective?: string
  },
): Promise<void> {
  authorize(principal, 'chancery:DeleteRecords', arns.zone(principal.account, request.apex))
  const zone = await zoneNamed(ports, principal, request.apex)
  const { name, violations } = nameIn(zone, request.name)
  refuse('request_invalid', violations)
  const { type, perspective } = request
  const time = ports.clock.now()
  const event = auditEvent('DeleteRecords', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.zone(principal.account, zone.apex)],
    request: { name, type, perspective },
  })
  try {
    await ports.store.transact((writes) => [
      writes.zones.removeSets(principal.account, { apex: zone.apex, name, type, perspective }),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('not_found', `name: ${name} has no such records here`, { cause: error })
  }
}
