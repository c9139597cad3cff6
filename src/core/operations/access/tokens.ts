import { authorize, type Principal } from '../../domain/access.ts'
import type { Token } from '../../domain/accounts.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { SESSION_NAME } from '../../domain/identities.ts'
import { accountIdFrom, type AccountId, type TokenId } from '../../domain/ids.ts'
import { ROLES, type Role } from '../../domain/policies/built-in.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import { DAY, HOUR, isoOf, LAST_MOMENT, SECOND, type Millis } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { idempotently, secretShown, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { changedMeanwhile, notThere, recorded, type Recording } from './recorded.ts'
import { passOn, standInOf, type StandIn, type StandsFor } from './token-rights.ts'

/** 256 bits; the prefix lets scanners of leaked secrets recognise it. */
export const newTokenSecret = (ports: Pick<Ports, 'random'>): string =>
  `chy_${Buffer.from(ports.random.bytes(32)).toString('base64url')}`

export type CreateTokenRequest = {
  /** Default: the caller's own account. */
  readonly account?: string
  readonly name: string
  /** A fixed role; or one of the following two. */
  readonly role?: Role
  /** Name of a user of the account, as whom it acts. */
  readonly user?: string
  /** Name of a role of the account that it acts in, and what the session is called. */
  readonly assumes?: { readonly role: string; readonly session: string }
  /** A policy beyond which its rights don't reach, as it is written. */
  readonly scope?: string
  /** Administrator of the installation; only one may make another. */
  readonly installation?: boolean
  readonly expiresAt?: Millis
}

/** A token, and the secret that was just made for it. */
export type NewToken = { readonly token: Token; readonly secret: string }

/**
 * Makes a bearer token. The secret is in the answer and nowhere else: only its hash is stored.
 * @throws request_invalid; not_found for an account, user or role that doesn't exist; forbidden, also for what the caller
 * has no right to hand on
 */
export async function createToken(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  { idempotency, ...request }: CreateTokenRequest & Once,
): Promise<NewToken> {
  const account =
    request.account === undefined ? principal.account : accountIdFrom(request.account, 'account')
  authorize(principal, 'chancery:CreateToken', arns.tokens(account))
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateToken',
    attempt: (remember) => addToken(ports, principal, { ...request, account }, remember),
    replay: async (id) => secretShown('token', id, ROTATE),
  })
}

const ROTATE = 'rotate the token for another, with another key'

async function addToken(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  request: CreateTokenRequest & { readonly account: AccountId },
  remember: Remember,
): Promise<NewToken> {
  const { account } = request
  const now = ports.clock.now()
  const installation = request.installation ?? false
  if (installation && !principal.installation)
    throw new ChanceryError(
      'forbidden',
      'installation: only an administrator of the installation may grant that',
    )
  if (installation && request.role !== 'administrator')
    throw invalid('installation', 'goes with the role administrator only')
  const standIn = askedStandIn(request)
  refuseEnd(request.expiresAt, now)
  if (request.scope !== undefined) parsePolicy(request.scope, 'scope', 'scope', 'scope')
  if ((await ports.store.reads.accounts.get(account)) === undefined)
    throw new ChanceryError('not_found', `account: there is no account ${account}`)
  const standsFor = await passOn(ports, principal, account, standIn)
  await refuseBeyondQuota(ports, 'tokens', { account, region: principal.region })
  const secret = newTokenSecret(ports)
  const token: Token = {
    id: newUuid(ports.random, now) as TokenId,
    account,
    name: request.name,
    ...membersOf(standsFor),
    ...(request.scope === undefined ? {} : { scope: request.scope }),
    installation,
    createdAt: now,
    expiresAt: request.expiresAt,
    revokedAt: undefined,
  }
  await recorded(ports, principal, {
    event: 'CreateToken',
    time: now,
    resources: [arns.token(account, token.id)],
    request: {
      account,
      name: token.name,
      role: token.role,
      user: request.user,
      assumes: request.assumes,
      scope: token.scope,
      installation,
    },
    writes: (writes) => [writes.tokens.add(token, sha256(secret)), ...remember(writes, token.id)],
    conflicts: {},
  })
  return { token, secret }
}

/** Exactly one of the three. @throws request_invalid */
function askedStandIn({ role, user, assumes }: CreateTokenRequest): StandIn {
  if ([role, user, assumes].filter((it) => it !== undefined).length !== 1)
    throw invalid('role', 'exactly one of role, user and assumes is expected')
  if (user !== undefined) return { kind: 'user', name: user }
  if (assumes !== undefined) {
    if (!SESSION_NAME.test(assumes.session))
      throw invalid('assumes.session', '2 to 64 letters, digits and _+=,.@- are expected')
    return { kind: 'role', name: assumes.role, session: assumes.session }
  }
  if (role === undefined || !ROLES.includes(role)) throw invalid('role', `there are ${ROLES.join(', ')}`)
  return { kind: 'fixed', role }
}

const membersOf = (standsFor: StandsFor): Pick<Token, 'role' | 'user' | 'assumes'> =>
  standsFor.kind === 'fixed'
    ? { role: standsFor.role }
    : standsFor.kind === 'user'
      ? { role: undefined, user: standsFor.user.id }
      : { role: undefined, assumes: { role: standsFor.role.id, session: standsFor.session } }

/** Written so that it refuses NaN too, which would never come. @throws request_invalid */
function refuseEnd(expiresAt: Millis | undefined, now: Millis): void {
  if (expiresAt !== undefined && !(expiresAt > now && expiresAt <= LAST_MOMENT))
    throw invalid('expiresAt', `must be in the future, up to the year 9999; it is ${isoOf(now)}`)
}

/** The tokens of an account, without their secrets. */
export async function listTokens(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly account?: string; readonly page: PageRequest },
): Promise<Page<Token>> {
  const account =
    request.account === undefined ? principal.account : accountIdFrom(request.account, 'account')
  authorize(principal, 'chancery:ListTokens', arns.tokens(account))
  return ports.store.reads.tokens.list(account, request.page)
}

/** Longest that a token's former secret lives on. */
export const MAX_GRACE_SECONDS = (7 * DAY) / SECOND
const USUAL_GRACE_SECONDS = HOUR / SECOND

export type RotateTokenRequest = {
  readonly id: string
  readonly account?: string
  /** How long the secret before works besides; an hour when absent. */
  readonly graceSeconds?: number
  /** As before when absent. */
  readonly expiresAt?: Millis
}

/**
 * Gives a token another secret; the one before works on for a while, so that whoever has it can change over. A token may
 * do that to itself. Another's secret is as good as a new token, and so is a later end: they need the right to make one.
 * @throws not_found, request_invalid, forbidden, state_conflict
 */
export async function rotateToken(
  ports: Recording,
  principal: Principal,
  { idempotency, ...request }: RotateTokenRequest & Once,
): Promise<NewToken> {
  const account =
    request.account === undefined ? principal.account : accountIdFrom(request.account, 'account')
  authorize(principal, 'chancery:RotateToken', arns.token(account, request.id as TokenId))
  return idempotently(ports, principal, idempotency, {
    operation: 'RotateToken',
    attempt: (remember) => anotherSecret(ports, principal, { ...request, account }, remember),
    replay: async (id) => secretShown('token', id, ROTATE),
  })
}

async function anotherSecret(
  ports: Recording,
  principal: Principal,
  request: RotateTokenRequest & { readonly account: AccountId },
  remember: Remember,
): Promise<NewToken> {
  const { account } = request
  const id = request.id as TokenId
  const now = ports.clock.now()
  const { graceSeconds = USUAL_GRACE_SECONDS } = request
  if (!(Number.isInteger(graceSeconds) && graceSeconds >= 0 && graceSeconds <= MAX_GRACE_SECONDS))
    throw invalid('graceSeconds', `from 0 to ${MAX_GRACE_SECONDS}`)
  refuseEnd(request.expiresAt, now)
  const before = await liveToken(ports, account, id, now)
  const expiresAt = request.expiresAt ?? before.expiresAt
  const later = before.expiresAt !== undefined && (expiresAt === undefined || expiresAt > before.expiresAt)
  if (principal.credential !== `token/${id}` || later) await refuseUnlessMaker(ports, principal, before)
  const secret = newTokenSecret(ports)
  const rotation = { at: now, previousUntil: now + graceSeconds * SECOND }
  await recorded(ports, principal, {
    event: 'RotateToken',
    time: now,
    resources: [arns.token(account, id)],
    request: { account, graceSeconds, expiresAt: expiresAt === undefined ? null : isoOf(expiresAt) },
    writes: (writes) => [
      writes.tokens.rotate(before, sha256(secret), rotation, expiresAt),
      ...remember(writes, id),
    ],
    conflicts: { stale: changedMeanwhile('token') },
  })
  return { token: { ...before, expiresAt, rotation }, secret }
}

/** Whether the caller could have made this token. @throws forbidden */
async function refuseUnlessMaker(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  token: Token,
): Promise<void> {
  authorize(principal, 'chancery:CreateToken', arns.tokens(token.account))
  if (token.installation && !principal.installation)
    throw new ChanceryError('forbidden', 'Only an administrator of the installation may do that to another')
  await passOn(ports, principal, token.account, await standInOf(ports, token))
}

async function liveToken(
  { store }: Pick<Ports, 'store'>,
  account: AccountId,
  id: TokenId,
  now: Millis,
): Promise<Token> {
  const token = await store.reads.tokens.get(account, id)
  const live =
    token !== undefined &&
    token.revokedAt === undefined &&
    (token.expiresAt === undefined || token.expiresAt > now)
  if (!live) throw notThere('token')()
  return token
}

/**
 * Ends a token at once, in every process: of the caller's account, or of the one that an administrator of the
 * installation names.
 * @throws not_found for one that is unknown, revoked already, or another account's; state_conflict for the last
 * administrator's, of the account or of the installation
 */
export async function revokeToken(
  ports: Recording,
  principal: Principal,
  request: { readonly id: string; readonly account?: string },
): Promise<void> {
  const account =
    request.account === undefined ? principal.account : accountIdFrom(request.account, 'account')
  const id = request.id as TokenId
  const arn = arns.token(account, id)
  authorize(principal, 'chancery:RevokeToken', arn)
  const now = ports.clock.now()
  const token = await ports.store.reads.tokens.get(account, id)
  await recorded(ports, principal, {
    event: 'RevokeToken',
    time: now,
    resources: [arn],
    writes: (writes) => [
      writes.tokens.revoke(account, id, now),
      ...(token?.installation === true ? [writes.administrators.keepOfInstallation(now)] : []),
    ],
    conflicts: { stale: notThere('token') },
    keepsAdministrator: account,
  })
}

const invalid = (field: string, message: string): ChanceryError =>
  new ChanceryError('request_invalid', `${field}: ${message}`, {
    violations: [{ code: 'value', field, message }],
  })
