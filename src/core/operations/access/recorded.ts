import type { Principal } from '../../domain/access.ts'
import type { Arn } from '../../domain/arns.ts'
import { auditEvent, type AuditEventName } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict, type ConflictReason } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'

export type Recording = Pick<Ports, 'store' | 'random' | 'clock' | 'calendar'>

export type Change = {
  readonly event: AuditEventName
  readonly time: Millis
  readonly resources: readonly Arn[]
  readonly request?: Readonly<Record<string, unknown>>
  readonly response?: Readonly<Record<string, unknown>>
  readonly writes: (writes: Writes) => readonly Write[]
  /** What a conflict of the writes means, by its reason. */
  readonly conflicts: { readonly [Reason in ConflictReason]?: () => ChanceryError }
  /** The account that must not lose its last administrator by it. */
  readonly keepsAdministrator?: AccountId
}

/**
 * Makes a change to who may do what together with its audit event.
 * @throws state_conflict when it would leave the account without an administrator
 */
export async function recorded(ports: Recording, principal: Principal, change: Change): Promise<void> {
  const { event: name, time, resources, request, response, keepsAdministrator: account } = change
  const event = auditEvent(name, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources,
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
  })
  const keep = account === undefined ? false : await mustKeep(ports, principal, account, time)
  try {
    await ports.store.transact((writes) => [
      ...change.writes(writes),
      ...(keep && account !== undefined ? [writes.administrators.keep(account, time)] : []),
      writes.audit.append(event),
    ])
  } catch (error) {
    throw meaningOf(error, change)
  }
}

/**
 * An account without an administrator can't lose its last one; and whoever administers the installation can give another
 * account a new one at any time.
 */
async function mustKeep(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  account: AccountId,
  now: Millis,
): Promise<boolean> {
  if (principal.installation && principal.account !== account) return false
  return store.reads.administrators.any(account, now)
}

function meaningOf(error: unknown, { conflicts }: Change): unknown {
  if (!(error instanceof StoreConflict)) return error
  if (error.subject.startsWith('administrators.'))
    return new ChanceryError(
      'state_conflict',
      'It would take the last administrator away, and nobody could undo that; make another one first',
      { cause: error },
    )
  return conflicts[error.reason]?.() ?? error
}

export const notThere = (what: string) => (): ChanceryError =>
  new ChanceryError('not_found', `There is no such ${what}`)
export const nameTaken = (what: string, name: string) => (): ChanceryError =>
  new ChanceryError('already_exists', `name: there is a ${what} ${name} already`)
export const changedMeanwhile = (what: string) => (): ChanceryError =>
  new ChanceryError('state_conflict', `Somebody changed the ${what} meanwhile; look again`)
