import { auditEvent } from '../../domain/audit.ts'
import { arns } from '../../domain/arns.ts'
import type { Happening } from '../../domain/certificate-events.ts'
import { isProved, pollingDelay, type DomainValidation } from '../../domain/domain-validations.ts'
import { ChanceryError, StoreConflict, type ErrorCode } from '../../domain/errors.ts'
import {
  MANAGED_FAILURES,
  renewalObstacle,
  type ManagedCertificate,
  type ManagedFailure,
} from '../../domain/managed-certificates.ts'
import { HOUR, type Millis } from '../../domain/time.ts'
import type { StoredEvidence } from '../../ports/managed-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { systemPrincipal } from '../installation/initialize.ts'
import { newUuid } from '../new-ids.ts'
import { askedOnce } from '../validation/asked-once.ts'
import { SERVICE_NOT_PERMITTED } from '../sharing/managed-use.ts'
import { CAA_VIOLATION } from '../validation/authority-caa.ts'
import { validationBegun } from './begin-validation.ts'
import { checkCaaOf, checkNames, type CheckedName } from './check-names.ts'
import { happened } from './happened.ts'
import { issueVersion, spreadOf } from './issue-version.ts'

/** `changed`: somebody else got there first, and whoever that was goes on. */
export type Advance = 'issued' | 'waiting' | 'ended' | 'idle' | 'changed'

/** The installation acting for whoever the certificate belongs to. */
const principalFor = (ports: Pick<Ports, 'settings'>, { account, region }: ManagedCertificate) => ({
  ...systemPrincipal(ports, account),
  region,
})

/**
 * Takes a managed certificate one step on: checks what is to be proved, asks CAA, issues when all of it says yes; or
 * says when to try again. Everything that was found is stored with the decision that it led to.
 * @throws unavailable, kms_unavailable: nothing has changed then
 */
export async function advanceManaged(ports: Ports, managed: ManagedCertificate): Promise<Advance> {
  const now = ports.calendar.now()
  try {
    if (managed.validateUntil !== undefined) return await validate(ports, managed, now)
    if (managed.current === undefined || renewalObstacle(managed, now) !== undefined)
      return await settle(ports, managed, { ...managed, dueAt: undefined }, 'idle')
    return managed.kind === 'validated'
      ? await beginValidation(ports, managed, now)
      : await renewPrivate(ports, managed, now)
  } catch (error) {
    if (error instanceof StoreConflict && error.subject === 'managed.replace') return 'changed'
    throw error
  }
}

async function settle(
  ports: Ports,
  before: ManagedCertificate,
  after: ManagedCertificate,
  result: Advance,
  alsoWrite: (writes: Writes) => readonly Write[] = () => [],
): Promise<Advance> {
  await ports.store.transact((writes) => [writes.managed.replace(before, after), ...alsoWrite(writes)])
  return result
}

async function renewPrivate(ports: Ports, managed: ManagedCertificate, now: Millis): Promise<Advance> {
  try {
    await issueVersion(ports, principalFor(ports, managed), {
      managed,
      now,
      alsoPublish: (writes, after) => [writes.managed.replace(managed, after)],
    })
    return 'issued'
  } catch (error) {
    if (!(error instanceof ChanceryError) || isPassing(error.code)) throw error
    return heldUp(ports, managed, failureOf(error), error.message, now)
  }
}

/** Says nothing about the certificate: the same attempt may succeed at once. */
const isPassing = (code: ErrorCode): boolean =>
  code === 'unavailable' || code === 'kms_unavailable' || code === 'internal'

const FAILURES: Partial<Record<ErrorCode, ManagedFailure>> = {
  not_found: 'PCA_RESOURCE_NOT_FOUND',
  forbidden: 'PCA_ACCESS_DENIED',
  state_conflict: 'PCA_INVALID_STATE',
  request_invalid: 'PCA_INVALID_DURATION',
  policy_refused: 'PCA_INVALID_ARGS',
}

/** By the rule that was broken where that says more than the kind of error. */
const RULES: Readonly<Record<string, ManagedFailure>> = {
  [CAA_VIOLATION]: 'CAA_ERROR',
  [SERVICE_NOT_PERMITTED]: 'PCA_ACCESS_DENIED',
  name_constraints: 'PCA_NAME_CONSTRAINTS_VALIDATION',
}

const failureOf = ({ code, violations }: ChanceryError): ManagedFailure =>
  violations.map((each) => RULES[each.code]).find((failure) => failure !== undefined) ??
  FAILURES[code] ??
  'PCA_REQUEST_FAILED'

async function beginValidation(ports: Ports, managed: ManagedCertificate, now: Millis): Promise<Advance> {
  const validations = await ports.store.reads.validations.of(managed.id)
  const { after, alsoWrite } = validationBegun(managed, validations, now)
  return settle(ports, managed, after, 'waiting', alsoWrite)
}

async function validate(ports: Ports, managed: ManagedCertificate, now: Millis): Promise<Advance> {
  const validations = await ports.store.reads.validations.of(managed.id)
  const rejected = validations.find(({ status }) => status === 'FAILED')
  if (rejected !== undefined) return denied(ports, managed, rejected, now)
  if (now > (managed.validateUntil ?? 0)) return timedOut(ports, managed, now)
  const perspectives = askedOnce(ports.perspectives)
  const checked = await checkNames(ports, managed, validations, perspectives, now)
  const open = checked.find(({ validation }) => !isProved(validation, now))
  if (open !== undefined) {
    const { domain, reason = 'not validated yet' } = open.validation
    return wait(ports, managed, now, checked, [], { failure: undefined, detail: `${domain}: ${reason}` })
  }
  const caa = await checkCaaOf(ports, managed, perspectives, now)
  const objection = caa.find(({ verdict }) => verdict !== 'passed')
  if (objection !== undefined) {
    const detail = `${objection.domain}: ${objection.reason ?? 'CAA could not be asked'}`
    return wait(ports, managed, now, checked, caa, { failure: 'CAA_ERROR', detail })
  }
  return issueValidated(ports, managed, now, checked, caa)
}

async function issueValidated(
  ports: Ports,
  managed: ManagedCertificate,
  now: Millis,
  checked: readonly CheckedName[],
  caa: readonly StoredEvidence[],
): Promise<Advance> {
  try {
    await issueVersion(ports, principalFor(ports, managed), {
      managed,
      now,
      alsoPublish: (writes, after) => [
        writes.managed.replace(managed, after),
        ...storing(writes, checked, caa),
      ],
    })
    return 'issued'
  } catch (error) {
    if (!(error instanceof ChanceryError) || isPassing(error.code)) throw error
    const failure = failureOf(error)
    return wait(ports, managed, now, checked, caa, { failure, detail: error.message })
  }
}

const storing = (
  writes: Writes,
  checked: readonly CheckedName[],
  caa: readonly StoredEvidence[],
): readonly Write[] => [
  ...checked.flatMap(({ validation, evidence }) =>
    evidence === undefined
      ? []
      : [writes.validations.put(validation), writes.validations.putEvidence(evidence)],
  ),
  ...caa.map((each) => writes.validations.putEvidence(each)),
]

type Obstacle = { readonly failure: ManagedFailure | undefined; readonly detail: string }

/** A renewal that has been looked at so often in vain needs somebody. */
const NEEDS_SOMEBODY = 12

/** Later again, with what was found. */
function wait(
  ports: Ports,
  managed: ManagedCertificate,
  now: Millis,
  checked: readonly CheckedName[],
  caa: readonly StoredEvidence[],
  { failure, detail }: Obstacle,
): Promise<Advance> {
  const attempts = managed.attempts + 1
  const polled = { ...managed, attempts, dueAt: now + pollingDelay(managed.attempts) }
  if (managed.current === undefined)
    return settle(ports, managed, { ...polled, failure, failureDetail: detail }, 'waiting', (writes) =>
      storing(writes, checked, caa),
    )
  const after: ManagedCertificate = {
    ...polled,
    renewal: { status: 'PENDING_VALIDATION', reason: detail, updatedAt: now },
  }
  const reason = failure ?? 'PENDING_DOMAIN_VALIDATION'
  return settle(ports, managed, after, 'waiting', (writes) => [
    ...storing(writes, checked, caa),
    ...(attempts >= NEEDS_SOMEBODY ? [actionRequired(ports, after, reason, now)(writes)] : []),
  ])
}

const actionRequired = (ports: Ports, managed: ManagedCertificate, reason: string, now: Millis) =>
  happened(ports, managed, { name: 'RENEWAL_ACTION_REQUIRED', reason }, now)

/** Somebody said no, or nobody could be asked. */
function denied(
  ports: Ports,
  managed: ManagedCertificate,
  { domain, reason }: DomainValidation,
  now: Millis,
): Promise<Advance> {
  const failure = reason === 'NO_AVAILABLE_CONTACTS' ? reason : 'DOMAIN_VALIDATION_DENIED'
  const failureDetail = `${domain}: ${MANAGED_FAILURES[failure]}`
  return managed.current === undefined
    ? ended(ports, managed, now, { ...managed, status: 'FAILED', failure, failureDetail })
    : heldUp(ports, managed, failure, failureDetail, now)
}

/** 72 hours are over. What CAA forbade is named as that; a renewal begins anew, for as long as the certificate is used. */
function timedOut(ports: Ports, managed: ManagedCertificate, now: Millis): Promise<Advance> {
  if (managed.current !== undefined) {
    const detail = managed.renewal?.reason ?? 'the names were not validated in time'
    return heldUp(ports, managed, 'DOMAIN_VALIDATION_DENIED', detail, now)
  }
  const status = managed.failure === 'CAA_ERROR' ? 'FAILED' : 'VALIDATION_TIMED_OUT'
  return ended(ports, managed, now, { ...managed, status })
}

function ended(
  ports: Ports,
  managed: ManagedCertificate,
  now: Millis,
  state: ManagedCertificate,
): Promise<Advance> {
  const time = ports.clock.now()
  const reason = state.failure ?? 'PCA_REQUEST_FAILED'
  const event = auditEvent('FailCertificate', principalFor(ports, managed), {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(managed, managed.id)],
    request: state.status === 'FAILED' ? { status: state.status, reason } : { status: state.status },
  })
  const after = { ...state, validateUntil: undefined, dueAt: undefined }
  const what: Happening =
    state.status === 'FAILED' ? { name: 'FAILED', reason } : { name: 'VALIDATION_TIMED_OUT' }
  return settle(ports, managed, after, 'ended', (writes) => [
    happened(ports, after, what, now)(writes),
    writes.audit.append(event),
  ])
}

/** A renewal that has to be tried again in an hour or so (contract §7.4: hourly). */
function heldUp(
  ports: Ports,
  managed: ManagedCertificate,
  failure: ManagedFailure,
  detail: string,
  now: Millis,
): Promise<Advance> {
  const jitter = managed.current === undefined ? 0 : spreadOf(managed.current) / 4
  const after: ManagedCertificate = {
    ...managed,
    validateUntil: undefined,
    attempts: managed.attempts + 1,
    dueAt: now + Math.round(HOUR * (1 + jitter)),
    renewal: { status: 'FAILED', reason: `${failure}: ${detail}`, updatedAt: now },
  }
  return settle(ports, managed, after, 'waiting', (writes) => [
    actionRequired(ports, after, failure, now)(writes),
  ])
}
