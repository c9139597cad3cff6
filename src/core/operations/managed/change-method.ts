import { systemActor, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import { baseDomain } from '../../domain/domain-validations.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import {
  managedStatus,
  type ManagedCertificate,
  type ValidationMethod,
} from '../../domain/managed-certificates.ts'
import {
  methodChangeAfter,
  methodChangeBegun,
  type MethodChange,
  type NewProof,
} from '../../domain/method-changes.ts'
import type { Ports } from '../../ports/ports.ts'
import { installationSecret } from '../installation/installation-secret.ts'
import { newUuid } from '../new-ids.ts'
import { askedOnce } from '../validation/asked-once.ts'
import { checkDnsRecord } from '../validation/check-dns-record.ts'
import { validationRecord } from '../validation/validation-record.ts'
import { authorizeManaged } from './authorize-managed.ts'
import { managedAt } from './managed-at.ts'

/** Changes worked on in one turn. */
const BATCH = 32

/**
 * Begins to move an issued certificate from approval by mail to a DNS record. The mail counts until every name's record
 * has been seen, for which there are 72 hours.
 * @throws not_found; request_invalid for another way; state_conflict for one that isn't issued, isn't approved by mail,
 * or is on its way already
 */
export async function changeValidationMethod(
  ports: Pick<Ports, 'store' | 'calendar' | 'clock' | 'random'>,
  principal: Principal,
  request: { readonly id: string; readonly method: ValidationMethod },
): Promise<MethodChange> {
  await authorizeManaged(ports, principal, 'acm:UpdateCertificateOptions', request.id)
  if (request.method !== 'DNS')
    refuse('request_invalid', [
      { code: 'method_change', field: 'method', message: 'can be changed from EMAIL to DNS only' },
    ])
  const managed = await managedAt(ports, principal, request.id)
  const now = ports.calendar.now()
  refuseUnchangeable(managed, now)
  const change = methodChangeBegun(managed.id, managed.names, { from: 'EMAIL', to: 'DNS' }, now)
  const time = ports.clock.now()
  const event = auditEvent('UpdateCertificateOptions', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(managed, managed.id)],
    request: { validationMethod: request.method },
  })
  try {
    await ports.store.transact((writes) => [writes.methodChanges.begin(change), writes.audit.append(event)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('state_conflict', 'Its method of validation is being changed already', {
      cause: error,
    })
  }
  return change
}

function refuseUnchangeable(managed: ManagedCertificate, now: number): void {
  const conflict = (message: string) => new ChanceryError('state_conflict', message)
  if (managed.kind !== 'validated') throw conflict('It isn’t validated, and has no method of validation')
  if (managed.validationMethod !== 'EMAIL')
    throw conflict(`It is validated by ${managed.validationMethod ?? 'nothing'}; only EMAIL can be changed`)
  const status = managedStatus(managed, now)
  if (status !== 'ISSUED') throw conflict(`It is ${status}; only an issued one’s method can be changed`)
}

/** The record to set for each name, always the same for the account and the domain. */
export async function newRecords(
  ports: Pick<Ports, 'store' | 'random'>,
  { account, names }: ManagedCertificate,
): Promise<ReadonlyMap<string, ReturnType<typeof validationRecord>>> {
  const secret = await installationSecret(ports)
  return new Map(names.map((name) => [name, validationRecord(secret, account, baseDomain(name))]))
}

/** Looks at every change that is due: at its records, and whether its time is over. */
export async function advanceMethodChanges(ports: Ports): Promise<{ changed: number; failed: number }> {
  const report = { changed: 0, failed: 0 }
  const due = await ports.store.reads.methodChanges.due(ports.calendar.now(), BATCH)
  await Promise.all(
    due.map(async (change) => {
      try {
        const after = await advanced(ports, change)
        if (after?.status === 'SUCCESS') report.changed++
      } catch (error) {
        report.failed++
        ports.logger.error(
          { err: error, certificate: change.managed },
          'a change of method could not be worked on',
        )
      }
    }),
  )
  return report
}

async function advanced(ports: Ports, change: MethodChange): Promise<MethodChange | undefined> {
  const now = ports.calendar.now()
  const managed = await ports.store.reads.managed.byId(change.managed)
  if (managed === undefined) return undefined
  const after = methodChangeAfter(change, await looked(ports, managed, change, now), now)
  const changed = after.status === 'SUCCESS' ? { ...managed, validationMethod: change.to } : undefined
  const validations = changed === undefined ? [] : await ports.store.reads.validations.of(managed.id)
  const event = changedEvent(ports, managed, after)
  try {
    await ports.store.transact((writes) => [
      writes.methodChanges.advance(change, after),
      ...(changed === undefined
        ? []
        : [writes.managed.replace(managed, changed), writes.audit.append(event)]),
      ...validations.map((each) =>
        writes.validations.put({
          ...each,
          method: change.to,
          validationDomain: baseDomain(each.domain),
          status: 'SUCCESS',
          reason: undefined,
          validatedAt: now,
          checkedAt: now,
        }),
      ),
    ])
    return after
  } catch (error) {
    // Somebody else was at it: the next turn decides on what stands then.
    if (error instanceof StoreConflict) return undefined
    throw error
  }
}

/** That the other way counts from now on. */
function changedEvent(
  ports: Pick<Ports, 'clock' | 'random'>,
  managed: ManagedCertificate,
  { from, to }: MethodChange,
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent('UpdateCertificateOptions', systemActor('validator', managed), {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(managed, managed.id)],
    request: { validationMethod: to },
    response: { validationMethodBefore: from },
  })
}

/** A record that was seen once isn't looked at again: the change waits for the others. */
async function looked(
  ports: Ports,
  managed: ManagedCertificate,
  change: MethodChange,
  now: number,
): Promise<readonly NewProof[]> {
  const records = await newRecords(ports, managed)
  const perspectives = askedOnce(ports.perspectives)
  return Promise.all(
    change.proofs.map(async (proof): Promise<NewProof> => {
      const record = records.get(proof.domain)
      if (proof.status === 'SUCCESS' || record === undefined) return proof
      const { verdict, reason } = await checkDnsRecord(perspectives, record, now)
      return verdict === 'passed'
        ? { ...proof, status: 'SUCCESS', reason: undefined }
        : { ...proof, status: 'PENDING_VALIDATION', reason }
    }),
  )
}
