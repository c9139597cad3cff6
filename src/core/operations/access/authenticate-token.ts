import type { Principal } from '../../domain/access.ts'
import type { Token } from '../../domain/accounts.ts'
import { arns } from '../../domain/arns.ts'
import type { Call } from '../../domain/calls.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Region } from '../../domain/ids.ts'
import { ROLE_POLICIES, type Role } from '../../domain/policies/built-in.ts'
import type { Facts, Policy } from '../../domain/policies/policy.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { cached } from '../generation-cache.ts'
import { storedPolicy } from './documents.ts'
import { accountFacts, callerWith, sessionPrincipal, userPrincipal, type Identity } from './principals.ts'

/** A token with what is made of it once. */
type KnownToken = {
  readonly token: Token
  readonly scope: readonly Policy[] | undefined
  /** Of one with a fixed role. */
  readonly identity: Identity | undefined
}

/**
 * Who holds this bearer token. Looked up by the token's hash, so no comparison of secrets takes time that tells.
 * @throws unauthenticated without saying whether the token is unknown, expired or revoked
 */
export async function authenticateToken(
  ports: Pick<Ports, 'store' | 'clock' | 'settings'>,
  bearer: string,
  call: Call,
): Promise<Principal> {
  const hash = sha256(bearer)
  const known = await cached(ports, `token/${Buffer.from(hash).toString('base64')}`, () =>
    loadToken(ports, hash),
  )
  const now = ports.clock.now()
  const live =
    known !== undefined &&
    known.token.revokedAt === undefined &&
    (known.token.expiresAt === undefined || known.token.expiresAt > now)
  if (!live) throw new ChanceryError('unauthenticated', 'The bearer token is unknown, expired or revoked')
  refuseRegion(ports, call.region)
  return tokenPrincipal(ports, known, call)
}

async function loadToken(ports: Pick<Ports, 'store'>, hash: Uint8Array): Promise<KnownToken | undefined> {
  const token = await ports.store.reads.tokens.byHash(hash)
  if (token === undefined) return undefined
  const scope = token.scope === undefined ? undefined : [storedPolicy(token.scope, 'scope', 'scope')]
  return {
    token,
    scope,
    identity: token.role === undefined ? undefined : await fixed(ports, token, token.role, scope),
  }
}

async function fixed(
  ports: Pick<Ports, 'store'>,
  { id, account, installation }: Token,
  role: Role,
  scope: readonly Policy[] | undefined,
): Promise<Identity> {
  const arn = arns.token(account, id)
  const identity = [ROLE_POLICIES[role]]
  return {
    id: `token/${id}`,
    kind: 'token',
    arn,
    account,
    grants: scope === undefined ? { identity } : { identity, session: scope },
    installation,
    facts: {
      ...(await accountFacts(ports, account)),
      ...BY_TOKEN,
      'aws:principalarn': arn,
      'aws:userid': id,
    },
  }
}

const BY_TOKEN: Facts = { 'chancery:credentialtype': 'token' }

/** A token with a fixed role is somebody by itself; others are the user or the role that they act as. */
async function tokenPrincipal(
  ports: Pick<Ports, 'store' | 'clock'>,
  known: KnownToken,
  call: Call,
): Promise<Principal> {
  const { token, identity } = known
  if (identity !== undefined) return callerWith(identity, call, ports.clock.now(), `token/${token.id}`)
  const principal = await standingFor(ports, known, call)
  return { ...principal, facts: { ...principal.facts, ...BY_TOKEN } }
}

async function standingFor(
  ports: Pick<Ports, 'store' | 'clock'>,
  { token, scope }: KnownToken,
  call: Call,
): Promise<Principal> {
  const { account, user, assumes } = token
  const credential = `token/${token.id}`
  if (user !== undefined) {
    const principal = await userPrincipal(ports, account, user, call, credential)
    return scope === undefined ? principal : { ...principal, grants: { ...principal.grants, session: scope } }
  }
  if (assumes === undefined) throw new ChanceryError('unauthenticated', 'The bearer token stands for nobody')
  return sessionPrincipal(ports, account, assumes.role, assumes.session, call, {
    ...(scope === undefined ? {} : { session: scope }),
    credential,
  })
}

/** Only after the caller has proved who it is: which regions exist is nobody else's business. */
export function refuseRegion(ports: Pick<Ports, 'settings'>, region: Region): void {
  const { regions } = ports.settings
  if (regions === undefined || regions.includes(region)) return
  const message = `this installation has the regions ${regions.join(', ')}`
  throw new ChanceryError('request_invalid', `Chancery-Region: ${message}`, {
    violations: [{ code: 'region_unknown', field: 'Chancery-Region', message }],
  })
}
