import {
  authorityStatus,
  type Authority,
  type AuthorityStatus,
  type StoredAuthorityStatus,
} from './authorities.ts'
import { ChanceryError } from './errors.ts'
import { DAY, isoOf, type Millis } from './time.ts'

/** Everything that happens to an authority and depends on its state. */
export const AUTHORITY_ACTIONS = [
  'complete', // its key and its certification request are ready
  'fail', // they will never be
  'readCsr',
  'readIssued', // what it issued
  'importCertificate',
  'enable',
  'disable',
  'update', // what is no question of state: its default, its renewal
  'issue',
  'selfSign', // a root's first certificate, for its own request
  'revoke', // what it issued
  'publishCrl',
  'report', // a list of what it issued
  'delete',
  'restore',
  'purge', // its key is destroyed
] as const
export type AuthorityAction = (typeof AUTHORITY_ACTIONS)[number]

/** `same`: nothing changes; `before`: what it was before it was deleted; `gone`: nothing of it is left. */
type Target = StoredAuthorityStatus | 'same' | 'before' | 'gone'

/** What is allowed, and where it leads; everything else is refused. As AWS Private CA has it. */
const TRANSITIONS: Readonly<Record<AuthorityAction, Readonly<Partial<Record<AuthorityStatus, Target>>>>> = {
  complete: { CREATING: 'PENDING_CERTIFICATE' },
  fail: { CREATING: 'FAILED' },
  // A root's first certificate is there before it is imported.
  readIssued: { PENDING_CERTIFICATE: 'same', ACTIVE: 'same', DISABLED: 'same', EXPIRED: 'same' },
  readCsr: { PENDING_CERTIFICATE: 'same', ACTIVE: 'same', DISABLED: 'same', EXPIRED: 'same' },
  // AWS refuses it while DISABLED. Then a revoked certificate, which disables, could never be replaced.
  importCertificate: { PENDING_CERTIFICATE: 'ACTIVE', ACTIVE: 'same', DISABLED: 'same', EXPIRED: 'same' },
  enable: { ACTIVE: 'same', DISABLED: 'ACTIVE' },
  disable: { ACTIVE: 'DISABLED', DISABLED: 'same' },
  update: { ACTIVE: 'same', DISABLED: 'same' },
  issue: { ACTIVE: 'same' },
  selfSign: { PENDING_CERTIFICATE: 'same' },
  revoke: { ACTIVE: 'same', DISABLED: 'same' },
  // Whoever holds one of its certificates can still read there what was revoked.
  publishCrl: { ACTIVE: 'same', DISABLED: 'same', DELETED: 'same' },
  report: { ACTIVE: 'same', DISABLED: 'same' },
  delete: {
    CREATING: 'gone',
    PENDING_CERTIFICATE: 'DELETED',
    DISABLED: 'DELETED',
    EXPIRED: 'DELETED',
    FAILED: 'gone',
  },
  restore: { DELETED: 'before' },
  purge: { DELETED: 'same' },
}

const REASONS: Readonly<Record<AuthorityStatus, string>> = {
  CREATING: 'its key is still being made',
  PENDING_CERTIFICATE: 'it has no certificate yet; import one first',
  ACTIVE: 'it is active',
  DISABLED: 'enable it first',
  EXPIRED: 'its certificate has expired; import a new one',
  FAILED: 'its creation failed, and it stays so; delete it and create another',
  DELETED: 'restore it first',
}
/** Where the state alone doesn't say what to do. */
const SPECIAL_REASONS: Partial<Record<AuthorityAction, Partial<Record<AuthorityStatus, string>>>> = {
  complete: { DISABLED: 'its key was made before' },
  fail: { PENDING_CERTIFICATE: 'its key was made before', DISABLED: 'its key was made before' },
  selfSign: {
    ACTIVE: 'its certificate has been imported',
    DISABLED: 'its certificate has been imported',
  },
  delete: { ACTIVE: 'disable it first', DELETED: 'it has been deleted before' },
  restore: {
    PENDING_CERTIFICATE: 'it isn’t deleted',
    DISABLED: 'it isn’t deleted',
    EXPIRED: 'it isn’t deleted',
  },
  purge: {
    PENDING_CERTIFICATE: 'it isn’t deleted',
    DISABLED: 'it isn’t deleted',
    EXPIRED: 'it isn’t deleted',
  },
}

/** What becomes of an authority: its stored status afterwards, `GONE`, or why it can't be. */
export type Transition = { readonly to: StoredAuthorityStatus | 'GONE' } | { readonly refused: string }

/** Decides from the state, the kind and the calendar whether an action is possible now, and where it leads. */
export function transitionOf(authority: Authority, action: AuthorityAction, now: Millis): Transition {
  const status = authorityStatus(authority, now)
  const target = TRANSITIONS[action][status]
  if (target === undefined) return { refused: SPECIAL_REASONS[action]?.[status] ?? REASONS[status] }
  const refused = obstacle(authority, action, now)
  if (refused !== undefined) return { refused }
  switch (target) {
    case 'same':
      return { to: authority.status }
    case 'before':
      return { to: authority.deletion?.from ?? 'DISABLED' }
    case 'gone':
      return { to: 'GONE' }
    default:
      return { to: target }
  }
}

/** What stands against an action that the state allows. */
function obstacle(authority: Authority, action: AuthorityAction, now: Millis): string | undefined {
  const { deletion, certificate, kind } = authority
  if (action === 'selfSign' && kind !== 'root') return 'only a root signs itself'
  if (action === 'publishCrl' && (certificate === undefined || certificate.notAfter < now))
    return 'it has no certificate that is valid'
  if (deletion === undefined) return undefined
  const { purgedAt, restorableUntil } = deletion
  if (purgedAt !== undefined) return `its key was destroyed at ${isoOf(purgedAt)}`
  if (action === 'restore' && restorableUntil < now)
    return `it could be restored until ${isoOf(restorableUntil)}`
  if (action === 'purge' && restorableUntil >= now)
    return `it can be restored until ${isoOf(restorableUntil)}`
  return undefined
}

/**
 * The stored status after an action, or `GONE`.
 * @throws state_conflict saying why not, with the state as `details.status`
 */
export function requireTransition<Action extends AuthorityAction>(
  authority: Authority,
  action: Action,
  now: Millis,
): Action extends 'delete' ? StoredAuthorityStatus | 'GONE' : StoredAuthorityStatus {
  const transition = transitionOf(authority, action, now)
  // Only a deletion leaves nothing.
  if ('to' in transition) return transition.to as StoredAuthorityStatus
  const status = authorityStatus(authority, now)
  throw new ChanceryError(
    'state_conflict',
    `authority: “${authority.name}” is ${status}, which doesn’t allow ${AUTHORITY_ACTION_NAMES[action]}: ${transition.refused}`,
    { details: { status } },
  )
}

/** For messages. */
const AUTHORITY_ACTION_NAMES: Readonly<Record<AuthorityAction, string>> = {
  complete: 'completing its creation',
  fail: 'giving up its creation',
  readIssued: 'reading what it issued',
  readCsr: 'reading its certification request',
  importCertificate: 'importing a certificate',
  enable: 'enabling it',
  disable: 'disabling it',
  update: 'changing it',
  issue: 'issuing',
  selfSign: 'signing its own request',
  revoke: 'revoking what it issued',
  publishCrl: 'publishing its CRL',
  report: 'an audit report',
  delete: 'deleting it',
  restore: 'restoring it',
  purge: 'destroying its key',
}

/** Days in which a deleted authority can be restored. */
export const RESTORE_DAYS = { least: 7, most: 30, usual: 30 } as const

/** Until when an authority deleted now can be restored. */
export const restorableUntil = (now: Millis, days: number = RESTORE_DAYS.usual): Millis => now + days * DAY

/** Whether it holds its name: a deleted one gives it up, one whose creation failed never had it. */
export const holdsName = ({ status }: Pick<Authority, 'status'>): boolean =>
  status !== 'DELETED' && status !== 'FAILED'
