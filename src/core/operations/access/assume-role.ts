import { authorize, type Principal } from '../../domain/access.ts'
import type { SealedAccessKey } from '../../domain/access-keys.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import {
  CHAINED_SESSION_SECONDS,
  DEFAULT_SESSION_SECONDS,
  EXTERNAL_ID,
  MIN_SESSION_SECONDS,
  SESSION_NAME,
  type AssumableRole,
} from '../../domain/identities.ts'
import type { AccessKeyId, AccountId } from '../../domain/ids.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import { isoOf, SECOND, type Millis } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { newAwsId, newUuid } from '../new-ids.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { newSecret, sealedSecret } from './access-keys.ts'
import { namedPolicy, policyText } from './identity-references.ts'
import { splitRoleArn } from './principals.ts'
import type { Recording } from './recorded.ts'
import { trusts } from './trust.ts'

export type AssumeRoleRequest = {
  /** ARN, or the name of a role of the caller's account. */
  readonly role: string
  readonly session: string
  readonly seconds?: number
  readonly externalId?: string
  /** Policies beyond which the session's rights don't reach, as they are written. */
  readonly policies?: readonly string[]
  /** The same by ARN: policies of the role's account, or built-in ones. */
  readonly policyArns?: readonly string[]
}

/** Credentials for a while; what is secret of them stands here and nowhere else in the clear. */
export type Session = {
  readonly arn: Arn
  /** `AROA…:<session>` */
  readonly userId: string
  readonly accessKeyId: AccessKeyId
  readonly secret: string
  readonly sessionToken: string
  readonly expiresAt: Millis
}

/** More than the keys' in length, so that nobody takes one for the other. */
const SESSION_TOKEN_OCTETS = 72
const MAX_SESSION_POLICIES = 10
const MAX_SESSION_POLICY_CHARACTERS = 20_480

/**
 * Takes on a role. Both must allow it: the caller's own policies `sts:AssumeRole` on the role, and the role's trust policy
 * the caller, in every account.
 * @throws request_invalid, limit_exceeded; forbidden for a role that doesn't trust the caller exactly as for one that isn't there
 */
export async function assumeRole(
  ports: Recording & Pick<Ports, 'vault' | 'settings'>,
  principal: Principal,
  request: AssumeRoleRequest,
): Promise<Session> {
  const { session, externalId } = request
  refuseRequest(request)
  const arn = roleArnOf(principal, request.role)
  const facts: Facts = {
    'sts:rolesessionname': session,
    ...(externalId === undefined ? {} : { 'sts:externalid': externalId }),
  }
  authorize(principal, 'sts:AssumeRole', arn, facts)
  const role = await trustingRole(ports, principal, arn, facts)
  const seconds = secondsOf(principal, role, request.seconds)
  const policies = await limitsOf(ports, role.account, request)
  await refuseBeyondQuota(ports, 'sessions', { account: role.account, region: principal.region })
  const time = ports.clock.now()
  const secret = newSecret(ports)
  const sessionToken = Buffer.from(ports.random.bytes(SESSION_TOKEN_OCTETS)).toString('base64')
  const key: SealedAccessKey = {
    id: newAwsId(ports.random, 'ASIA') as AccessKeyId,
    account: role.account,
    holder: {
      kind: 'session',
      role: role.id,
      session,
      policies,
      facts: {},
      tokenHash: sha256(sessionToken),
    },
    status: 'ACTIVE',
    createdAt: time,
    expiresAt: time + seconds * SECOND,
    lastUse: undefined,
    sealedSecret: await sealedSecret(ports, role.account, secret),
  }
  await begin(ports, principal, role, key, { ...request, role: arn, seconds })
  return {
    arn: arns.session(role.account, role.name, session),
    userId: `${role.id}:${session}`,
    accessKeyId: key.id,
    secret,
    sessionToken,
    expiresAt: time + seconds * SECOND,
  }
}

/** Stores it with an event in the caller's account, and in the role's where that is another one. */
async function begin(
  ports: Recording,
  principal: Principal,
  role: AssumableRole,
  key: SealedAccessKey,
  { role: roleArn, session, seconds, externalId, policies, policyArns }: AssumeRoleRequest,
): Promise<void> {
  const accounts = [...new Set([principal.account, role.account])]
  const sharedEventId = accounts.length === 1 ? undefined : newUuid(ports.random, key.createdAt)
  const eventFor = (recipient: AccountId) =>
    auditEvent('AssumeRole', principal, {
      eventId: newUuid(ports.random, key.createdAt),
      time: key.createdAt,
      recipient,
      sharedEventId,
      resources: [arns.role(role.account, role.name)],
      request: {
        roleArn,
        roleSessionName: session,
        durationSeconds: seconds,
        externalId,
        policies,
        policyArns,
      },
      response: {
        accessKeyId: key.id,
        expiration: key.expiresAt === undefined ? null : isoOf(key.expiresAt),
        assumedRole: arns.session(role.account, role.name, session),
      },
    })
  try {
    await ports.store.transact((writes) => [
      writes.accessKeys.add(key, 0),
      ...accounts.map((account) => writes.audit.append(eventFor(account))),
    ])
  } catch (error) {
    // The role went meanwhile.
    throw error instanceof StoreConflict ? notTrusted(principal) : error
  }
}

function roleArnOf({ account }: Principal, reference: string): Arn {
  if (!reference.startsWith('arn:')) return arns.role(account, reference)
  if (splitRoleArn(reference) === undefined)
    refuse('request_invalid', [
      { code: 'arn', field: 'role', message: 'a name, or arn:aws:iam::<account>:role/<name>, is expected' },
    ])
  return reference as Arn
}

async function trustingRole(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  arn: Arn,
  facts: Facts,
): Promise<AssumableRole> {
  const { account, name } = splitRoleArn(arn) ?? {}
  const role =
    account === undefined || name === undefined ? undefined : await store.reads.roles.get(account, name)
  if (role === undefined || !trusts(role, principal, facts)) throw notTrusted(principal)
  return role
}

/** Every policy that limits the session, as it is written now; undefined: none does. */
async function limitsOf(
  ports: Pick<Ports, 'store'>,
  account: AccountId,
  { policies, policyArns = [] }: AssumeRoleRequest,
): Promise<readonly string[] | undefined> {
  policies?.forEach((text, index) => parsePolicy(text, 'scope', 'session', `policies[${index}]`))
  const named: string[] = []
  for (const [index, arn] of policyArns.entries()) {
    const text = await policyText(ports, account, namedPolicy(account, arn))
    parsePolicy(text, 'scope', 'session', `policyArns[${index}]`)
    named.push(text)
  }
  return policies === undefined && named.length === 0 ? undefined : [...(policies ?? []), ...named]
}

/** As `authorize` says it: whether there is such a role is its account's business. */
const notTrusted = ({ id }: Principal): ChanceryError =>
  new ChanceryError('forbidden', `${id} may not sts:AssumeRole`, { details: { action: 'sts:AssumeRole' } })

function refuseRequest({ session, externalId, policies = [], policyArns = [] }: AssumeRoleRequest): void {
  const violations: Violation[] = []
  const add = (field: string, message: string) => violations.push({ code: 'value', field, message })
  if (!SESSION_NAME.test(session)) add('session', '2 to 64 letters, digits and _+=,.@- are expected')
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId))
    add('externalId', '2 to 1224 letters, digits and _+=,.@:/- are expected')
  if (policies.length + policyArns.length > MAX_SESSION_POLICIES)
    add('policies', `there are at most ${MAX_SESSION_POLICIES}`)
  if (policies.reduce((sum, text) => sum + text.length, 0) > MAX_SESSION_POLICY_CHARACTERS)
    add('policies', `together they have at most ${MAX_SESSION_POLICY_CHARACTERS} characters`)
  refuse('request_invalid', violations)
}

/** Known only after the role trusts the caller: how long its sessions last is nobody else's business. */
function secondsOf(principal: Principal, role: AssumableRole, asked: number | undefined): number {
  const chained = principal.kind === 'role'
  const most = chained ? Math.min(CHAINED_SESSION_SECONDS, role.maxSessionSeconds) : role.maxSessionSeconds
  const seconds = asked ?? Math.min(DEFAULT_SESSION_SECONDS, most)
  if (Number.isInteger(seconds) && seconds >= MIN_SESSION_SECONDS && seconds <= most) return seconds
  const why = chained ? ', since the caller acts in a role itself' : ''
  refuse('request_invalid', [
    { code: 'range', field: 'seconds', message: `from ${MIN_SESSION_SECONDS} to ${most} seconds${why}` },
  ])
  return seconds
}
