import { authorize, type Principal } from '../../domain/access.ts'
import type { Token } from '../../domain/accounts.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { accountIdFrom, type TokenId } from '../../domain/ids.ts'
import { ROLES, type Role } from '../../domain/policies/built-in.ts'
import { isoOf, LAST_MOMENT, type Millis } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { newUuid } from '../new-ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'

/** 256 bits; the prefix lets scanners of leaked secrets recognise it. */
export const newTokenSecret = (ports: Pick<Ports, 'random'>): string =>
  `chy_${Buffer.from(ports.random.bytes(32)).toString('base64url')}`

export type CreateTokenRequest = {
  /** Default: the caller's own account. */
  readonly account?: string
  readonly name: string
  readonly role: Role
  /** Administrator of the installation; only one may make another. */
  readonly installation?: boolean
  readonly expiresAt?: Millis
}

/**
 * Makes a bearer token. The secret is in the answer and nowhere else: only its hash is stored.
 * @throws request_invalid, not_found for an account that doesn't exist, forbidden
 */
export async function createToken(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'settings'>,
  principal: Principal,
  request: CreateTokenRequest,
): Promise<{ readonly token: Token; readonly secret: string }> {
  const account =
    request.account === undefined ? principal.account : accountIdFrom(request.account, 'account')
  authorize(principal, 'chancery:CreateToken', arns.tokens(account))
  const now = ports.clock.now()
  if (request.installation === true && !principal.installation)
    throw new ChanceryError(
      'forbidden',
      'installation: only an administrator of the installation may grant that',
    )
  if (request.installation === true && request.role !== 'administrator')
    throw invalid('installation', 'goes with the role administrator only')
  if (!ROLES.includes(request.role)) throw invalid('role', `there are ${ROLES.join(', ')}`)
  // Written so that it refuses NaN too, which would never expire.
  if (request.expiresAt !== undefined && !(request.expiresAt > now && request.expiresAt <= LAST_MOMENT))
    throw invalid('expiresAt', `must be in the future, up to the year 9999; it is ${isoOf(now)}`)
  if ((await ports.store.reads.accounts.get(account)) === undefined)
    throw new ChanceryError('not_found', `account: there is no account ${account}`)
  await refuseBeyondQuota(ports, 'tokens', { account, region: principal.region })
  const secret = newTokenSecret(ports)
  const token: Token = {
    id: newUuid(ports.random, now) as TokenId,
    account,
    name: request.name,
    role: request.role,
    installation: request.installation ?? false,
    createdAt: now,
    expiresAt: request.expiresAt,
    revokedAt: undefined,
  }
  const event = auditEvent('CreateToken', principal, {
    eventId: newUuid(ports.random, now),
    time: now,
    resources: [arns.token(account, token.id)],
    request: { account, name: token.name, role: token.role, installation: token.installation },
  })
  await ports.store.transact((writes) => [
    writes.tokens.add(token, sha256(secret)),
    writes.audit.append(event),
  ])
  return { token, secret }
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

/**
 * Ends a token at once, in every process: of the caller's account, or of the one that an administrator of the
 * installation names.
 * @throws not_found for one that is unknown, revoked already, or another account's
 */
export async function revokeToken(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  request: { readonly id: string; readonly account?: string },
): Promise<void> {
  const account =
    request.account === undefined ? principal.account : accountIdFrom(request.account, 'account')
  const id = request.id as TokenId
  const arn = arns.token(account, id)
  authorize(principal, 'chancery:RevokeToken', arn)
  const now = ports.clock.now()
  const event = auditEvent('RevokeToken', principal, {
    eventId: newUuid(ports.random, now),
    time: now,
    resources: [arn],
  })
  try {
    await ports.store.transact((writes) => [
      writes.tokens.revoke(account, id, now),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError('not_found', 'There is no such token', { cause: error })
    throw error
  }
}

const invalid = (field: string, message: string): ChanceryError =>
  new ChanceryError('request_invalid', `${field}: ${message}`, {
    violations: [{ code: 'value', field, message }],
  })
