import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent, type AuditEventName } from '../../domain/audit.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { IdentityProvider } from '../../domain/identity-providers.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { idempotently, stillThere, type Once } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { decidedBy, providerViolations, type ProviderMembers } from './identity-provider-request.ts'
import { passRoles } from './pass-roles.ts'

type Changing = Pick<Ports, 'store' | 'random' | 'clock' | 'calendar' | 'keySets'>

/** As IAM has it for an account. */
const rolesOf = ({ rules }: Pick<ProviderMembers, 'rules'>) => rules.map(({ role }) => role)

const MOST = 100

/**
 * Has the caller's account believe the tokens of an issuer, and says which claims may act in which role. Takes the right
 * to pass each of these roles on.
 * @throws request_invalid naming everything that is wrong, already_exists (name or issuer), limit_exceeded
 */
export async function createIdentityProvider(
  ports: Changing,
  principal: Principal,
  request: ProviderMembers & { readonly name: string } & Once,
): Promise<IdentityProvider> {
  const { account } = principal
  const { name, idempotency, ...members } = request
  authorize(principal, 'chancery:CreateIdentityProvider', arns.identityProvider(account, name))
  refuse('request_invalid', providerViolations(ports, members, account))
  await passRoles(ports, principal, rolesOf(members))
  const now = ports.clock.now()
  const provider: IdentityProvider = {
    ...{ account, name, ...decidedBy(members, account) },
    ...{ revision: 1, createdAt: now, updatedAt: now },
  }
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateIdentityProvider',
    attempt: async (remember) => {
      try {
        await ports.store.transact((writes) => [
          writes.identityProviders.add(provider, MOST),
          ...remember(writes, String(now)),
          writes.audit.append(told(ports, principal, 'CreateIdentityProvider', provider)),
        ])
        return provider
      } catch (error) {
        throw meaning(error)
      }
    },
    replay: async (createdAt) =>
      stillThere(
        await ports.store.reads.identityProviders.get(account, name),
        (found) => String(found.createdAt) === createdAt,
      ),
  })
}

/** @throws not_found */
export async function describeIdentityProvider(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<IdentityProvider> {
  authorize(principal, 'chancery:DescribeIdentityProvider', arns.identityProvider(principal.account, name))
  return providerNamed(ports, principal, name)
}

/** In order of names. */
export async function listIdentityProviders(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<IdentityProvider>> {
  authorize(principal, 'chancery:ListIdentityProviders', arns.identityProviders(principal.account))
  return ports.store.reads.identityProviders.list(principal.account, page)
}

/**
 * Replaces all that is said about a provider but its name; the next call with one of its tokens is judged by that.
 * @param precondition what has to hold for the one that stands
 * @throws not_found, request_invalid, already_exists (issuer), precondition_failed, state_conflict
 */
export async function replaceIdentityProvider(
  ports: Changing,
  principal: Principal,
  request: ProviderMembers & { readonly name: string },
  precondition: (current: IdentityProvider) => boolean = () => true,
): Promise<IdentityProvider> {
  const { account } = principal
  const { name, ...members } = request
  authorize(principal, 'chancery:UpdateIdentityProvider', arns.identityProvider(account, name))
  refuse('request_invalid', providerViolations(ports, members, account))
  await passRoles(ports, principal, rolesOf(members))
  const current = await providerNamed(ports, principal, name)
  if (!precondition(current))
    throw new ChanceryError('precondition_failed', 'If-Match: the identity provider was changed meanwhile')
  const provider: IdentityProvider = {
    ...{ ...current, ...decidedBy(members, account) },
    ...{ revision: current.revision + 1, updatedAt: ports.clock.now() },
  }
  try {
    await ports.store.transact((writes) => [
      writes.identityProviders.replace(provider),
      writes.audit.append(told(ports, principal, 'UpdateIdentityProvider', provider)),
    ])
    return provider
  } catch (error) {
    throw meaning(error)
  }
}

/** From then on its tokens are nobody's. @throws not_found, state_conflict */
export async function deleteIdentityProvider(
  ports: Changing,
  principal: Principal,
  name: string,
): Promise<void> {
  authorize(principal, 'chancery:DeleteIdentityProvider', arns.identityProvider(principal.account, name))
  const provider = await providerNamed(ports, principal, name)
  try {
    await ports.store.transact((writes) => [
      writes.identityProviders.remove(provider),
      writes.audit.append(told(ports, principal, 'DeleteIdentityProvider', provider)),
    ])
  } catch (error) {
    throw meaning(error)
  }
}

async function providerNamed(
  ports: Pick<Ports, 'store'>,
  { account }: Principal,
  name: string,
): Promise<IdentityProvider> {
  const provider = await ports.store.reads.identityProviders.get(account, name)
  if (provider === undefined) throw new ChanceryError('not_found', 'There is no such identity provider')
  return provider
}

function told(
  ports: Changing,
  principal: Principal,
  event: AuditEventName,
  { account, name, issuer, audiences, algorithms, keys, rules }: IdentityProvider,
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent(event, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.identityProvider(account, name)],
    request: { name, issuer, audiences, algorithms, rules, ...('url' in keys ? { jwksUrl: keys.url } : {}) },
  })
}

function meaning(error: unknown): unknown {
  if (!(error instanceof StoreConflict)) return error
  if (error.reason === 'exists')
    return new ChanceryError(
      'already_exists',
      'This account has an identity provider of that name or issuer already',
      {
        cause: error,
      },
    )
  if (error.reason === 'refused')
    return new ChanceryError('limit_exceeded', `An account has at most ${MOST} identity providers`, {
      cause: error,
    })
  return new ChanceryError('state_conflict', 'Somebody changed the identity provider meanwhile; look again', {
    cause: error,
  })
}
