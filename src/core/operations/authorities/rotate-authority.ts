import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import { authorityStatus, type Authority } from '../../domain/authorities.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import {
  isDone,
  nextGeneration,
  nextStep,
  type Dependents,
  type Rotation,
  type RotationStep,
  type SuccessorRequest,
} from '../../domain/rotations.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { reverseSteps } from './reverse-rotation.ts'
import { STEPS } from './rotation-steps.ts'
import { findAuthority } from './signing-authority.ts'

/** How far a rotation is, and what still hangs on the old key. */
export type RotationReport = {
  readonly rotation: Rotation
  readonly authority: Authority
  /** Undefined before the first step. */
  readonly successor: Authority | undefined
  readonly next: RotationStep | undefined
  /** Leaves that the successor issued anew, and authorities that it certified. */
  readonly reissued: number
  readonly moved: number
  readonly dependents: Dependents
}

/**
 * Records that an authority is to be rotated; nothing is done yet.
 * @throws not_found; state_conflict when it can't be, or is on its way already; already_exists for the successor's name
 */
export async function startRotation(
  ports: Ports,
  principal: Principal,
  { reference, idempotency, ...wishes }: SuccessorRequest & { readonly reference: string } & Once,
): Promise<RotationReport> {
  await authorizeRotation(ports, principal, reference)
  const authority = await findAuthority(ports, principal, reference)
  return idempotently(ports, principal, idempotency, {
    operation: 'StartRotation',
    attempt: (remember) => begin(ports, principal, authority, wishes, remember),
    replay: async (id) => {
      const latest = await ports.store.reads.rotations.latest(authority.id)
      return report(
        ports,
        stillThere(latest, (found) => found.id === id),
      )
    },
  })
}

async function begin(
  ports: Ports,
  principal: Principal,
  authority: Authority,
  wishes: SuccessorRequest,
  remember: Remember,
): Promise<RotationReport> {
  const now = ports.calendar.now()
  refuseUnrotatable(authority, now)
  const name = wishes.name ?? nextGeneration(authority.name)
  if ((await ports.store.reads.authorities.byName(principal, name)) !== undefined)
    throw new ChanceryError(
      'already_exists',
      `name: there is an authority named “${name}”; give the successor another`,
      {
        violations: [{ code: 'name_taken', field: 'name', message: 'is taken; choose another' }],
      },
    )
  const rotation: Rotation = {
    id: newUuid(ports.random, now),
    account: authority.account,
    region: authority.region,
    authority: authority.id,
    successor: newUuid(ports.random, now) as AuthorityId,
    step: undefined,
    request: { ...wishes, name },
    createdAt: now,
    updatedAt: now,
    end: undefined,
  }
  try {
    await ports.store.transact((writes) => [
      writes.rotations.add(rotation),
      ...remember(writes, rotation.id),
      writes.audit.append(rotationEvent(ports, principal, rotation, 'start')),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError(
        'state_conflict',
        'authority: it is being rotated already; look at that rotation',
        {
          cause: error,
        },
      )
    throw error
  }
  return report(ports, rotation)
}

function refuseUnrotatable(authority: Authority, now: number): void {
  const status = authorityStatus(authority, now)
  const refusal = (message: string) =>
    new ChanceryError('state_conflict', `authority: “${authority.name}” ${message}`, { details: { status } })
  if (status !== 'ACTIVE') throw refusal(`is ${status}; only an ACTIVE one can be rotated`)
  if (authority.successor !== undefined) throw refusal('was rotated already; rotate its successor')
  if (authority.kind === 'subordinate' && authority.parent === undefined)
    throw refusal('was certified outside; create its successor there, too')
}

type Advance = { readonly reference: string; readonly force?: boolean }

/**
 * Does the next step, or goes on with one that takes several calls (`reissue`). Each step may be repeated: what is done
 * already is found done.
 * @param force retires an authority on which valid certificates depend
 * @throws not_found, state_conflict; as the operations that the steps consist of
 */
export async function advanceRotation(
  ports: Ports,
  principal: Principal,
  { idempotency, ...request }: Advance & Once,
): Promise<RotationReport> {
  await authorizeRotation(ports, principal, request.reference)
  return idempotently(ports, principal, idempotency, {
    operation: 'AdvanceRotation',
    attempt: (remember) => takeStep(ports, principal, request, remember),
    replay: async () => report(ports, await latestRotation(ports, principal, request.reference)),
  })
}

async function takeStep(
  ports: Ports,
  principal: Principal,
  request: Advance,
  remember: Remember,
): Promise<RotationReport> {
  const rotation = await runningRotation(ports, principal, request.reference)
  const step = nextStep(rotation)
  if (step === undefined) throw ended(rotation)
  const done = await STEPS[step]({ ports, principal, rotation, force: request.force ?? false })
  if (done === undefined) return report(ports, rotation)
  const at = ports.calendar.now()
  const event = rotationEvent(ports, principal, rotation, step)
  try {
    await ports.store.transact((writes) => [
      ...done(writes),
      step === 'retire'
        ? writes.rotations.end(rotation.id, rotation.step, 'completed', at)
        : writes.rotations.advance(rotation.id, rotation.step, step, at),
      ...remember(writes, rotation.id),
      writes.audit.append(event),
    ])
  } catch (error) {
    throw error instanceof StoreConflict ? changed(error) : error
  }
  return describeRotation(ports, principal, request.reference)
}

/**
 * Undoes what the steps did: issuing goes back, authorities get their former certificates back, the successor is
 * disabled and its cross-certificates are revoked. Nothing that was issued meanwhile is lost.
 * @throws not_found; state_conflict once it is completed
 */
export async function reverseRotation(
  ports: Ports,
  principal: Principal,
  request: { readonly reference: string },
): Promise<RotationReport> {
  await authorizeRotation(ports, principal, request.reference)
  const rotation = await runningRotation(ports, principal, request.reference)
  const done = await reverseSteps({ ports, principal, rotation })
  const event = rotationEvent(ports, principal, rotation, 'reverse')
  try {
    await ports.store.transact((writes) => [
      ...done(writes),
      writes.rotations.end(rotation.id, rotation.step, 'reversed', ports.calendar.now()),
      writes.audit.append(event),
    ])
  } catch (error) {
    throw error instanceof StoreConflict ? changed(error) : error
  }
  return describeRotation(ports, principal, request.reference)
}

/** The latest rotation of an authority. @throws not_found when it never had one */
export async function describeRotation(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  reference: string,
): Promise<RotationReport> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:DescribeCertificateAuthority', reference)
  return report(ports, await latestRotation(ports, principal, reference))
}

async function latestRotation(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<Rotation> {
  const authority = await findAuthority(ports, principal, reference)
  const rotation = await ports.store.reads.rotations.latest(authority.id)
  if (rotation === undefined)
    throw new ChanceryError('not_found', `authority: “${authority.name}” has no rotation; start one`)
  return rotation
}

async function authorizeRotation(ports: Ports, principal: Principal, reference: string): Promise<void> {
  await authorizeOnAuthority(ports, principal, 'chancery:RotateCertificateAuthority', reference)
}

/** @throws not_found; state_conflict for one that has ended */
async function runningRotation(ports: Ports, principal: Principal, reference: string): Promise<Rotation> {
  const rotation = await latestRotation(ports, principal, reference)
  if (rotation.end !== undefined) throw ended(rotation)
  return rotation
}

const ended = ({ end }: Rotation): ChanceryError =>
  new ChanceryError(
    'state_conflict',
    `rotation: it is ${end?.outcome ?? 'over'}; nothing of it can be changed any more`,
    {
      details: { outcome: end?.outcome ?? '' },
    },
  )
const changed = (cause: StoreConflict): ChanceryError =>
  new ChanceryError('state_conflict', 'rotation: somebody else moved it on just now; look at it again', {
    cause,
  })

function rotationEvent(
  ports: Pick<Ports, 'random' | 'clock'>,
  principal: Principal,
  rotation: Rotation,
  step: RotationStep | 'start' | 'reverse',
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent('RotateCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(rotation, rotation.authority), arns.authority(rotation, rotation.successor)],
    request: { step },
  })
}

async function report(ports: Pick<Ports, 'store' | 'calendar'>, rotation: Rotation): Promise<RotationReport> {
  const { authorities, rotations } = ports.store.reads
  const authority = await authorities.get(rotation, rotation.authority)
  if (authority === undefined)
    throw new ChanceryError('internal', 'the rotated authority is not in the database')
  const [successor, reissued, children, dependents] = await Promise.all([
    isDone(rotation, 'create') ? authorities.get(rotation, rotation.successor) : undefined,
    rotations.reissued(rotation.id),
    rotations.children(rotation.id),
    rotations.dependents(authority, ports.calendar.now()),
  ])
  return {
    rotation,
    authority,
    successor,
    next: nextStep(rotation),
    reissued,
    moved: children.length,
    dependents,
  }
}
