import type { Principal } from '../../domain/access.ts'
import type { Call } from '../../domain/calls.ts'
import { chosenRole, type WantedRole } from '../../domain/chosen-role.ts'
import { ChanceryError } from '../../domain/errors.ts'
import {
  accountOfAudience,
  claimsProblem,
  rolesFor,
  textsOf,
  type Claims,
  type IdentityProvider,
} from '../../domain/identity-providers.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import { isSignedBy, signedTokenFrom, type SignedToken } from '../../x509/jws.ts'
import type { Ports } from '../../ports/ports.ts'
import { cached } from '../generation-cache.ts'
import { refuseRegion } from './authenticate-token.ts'
import { rolePrincipal } from './principals.ts'
import { keysOf } from './provider-keys.ts'
import { sessionNameOf } from './session-name.ts'

type Used = Pick<Ports, 'store' | 'clock' | 'settings' | 'keySets' | 'logger'>

/**
 * Who holds this token of an identity provider (OpenID Connect, RFC 7519): the role that the provider's rules map its
 * claims to. Which account it is for, the token says in its audience, or the caller with the role that is wanted; the
 * token's own word for its algorithm is only ever compared.
 * @returns undefined when no account that it could be for knows its issuer
 * @throws unauthenticated with one text for everything that depends on somebody's providers: why stands in the log;
 * unavailable when its keys can't be fetched
 */
export async function authenticateJwt(
  ports: Used,
  bearer: string,
  call: Call,
  wanted?: WantedRole,
): Promise<Principal | undefined> {
  const token = signedTokenFrom(bearer)
  if (token === undefined) throw refused(ports, call, 'it can’t be read')
  const account = wanted?.account ?? accountIn(token.claims)
  const issuer = token.claims['iss']
  if (account === undefined || typeof issuer !== 'string') return undefined
  const provider = await cached(ports, `identity-provider/${account}/${issuer}`, () =>
    ports.store.reads.identityProviders.byIssuer(account, issuer),
  )
  if (provider === undefined) return undefined
  const now = ports.clock.now()
  if (!(await isGenuine(ports, token, provider))) throw refused(ports, call, 'its signature', provider)
  const problem = claimsProblem(token.claims, provider, now)
  if (problem !== undefined) throw refused(ports, call, problem, provider)
  const chosen = chosenRole(rolesFor(token.claims, provider.rules), account, wanted)
  if ('problem' in chosen) throw refused(ports, call, `it ${chosen.problem}`, provider)
  refuseRegion(ports, call.region)
  return rolePrincipal(ports, chosen.role, sessionNameOf(String(token.claims['sub'])), call, {
    facts: factsOf(token.claims, provider),
  })
}

/** The only account that the audience names. */
function accountIn(claims: Claims): AccountId | undefined {
  const named = textsOf(claims['aud']).flatMap((audience) => accountOfAudience(audience) ?? [])
  return named.length === 1 ? named[0] : undefined
}

/** By an algorithm of the provider's, and one of its keys for that. */
async function isGenuine(ports: Used, token: SignedToken, provider: IdentityProvider): Promise<boolean> {
  const algorithm = provider.algorithms.find((each) => each === token.algorithm)
  if (algorithm === undefined) return false
  for (const key of await keysOf(ports, provider, token.kid))
    if (await isSignedBy(token, key, algorithm)) return true
  return false
}

/** What conditions may ask about the token, claims by the issuer's address as IAM has them (`idp.example.com:sub`). */
function factsOf(claims: Claims, { issuer }: IdentityProvider): Facts {
  const facts: Record<string, string | readonly string[]> = {
    'chancery:credentialtype': 'jwt',
    'aws:federatedprovider': issuer,
  }
  const prefix = issuer.replace(/^https?:\/\//, '')
  // No issuer is called as our own keys are: conditions can't name claims of one without a dot either.
  if (!prefix.split(/[:/]/, 1)[0]?.includes('.')) return facts
  for (const [name, value] of Object.entries(claims)) {
    const key = `${prefix}:${name}`.toLowerCase()
    if (typeof value === 'string') facts[key] = value
    else if (typeof value === 'number' || typeof value === 'boolean') facts[key] = String(value)
    else if (Array.isArray(value)) facts[key] = textsOf(value)
  }
  return facts
}

/** A stranger learns nothing about whom an account believes; its operator finds the reason by the request's id. */
function refused(
  { logger }: Pick<Ports, 'logger'>,
  { requestId, sourceAddress }: Call,
  reason: string,
  provider?: IdentityProvider,
): ChanceryError {
  const about = provider === undefined ? {} : { account: provider.account, identityProvider: provider.name }
  logger.info({ requestId, sourceAddress, reason, ...about }, 'a token was refused')
  return new ChanceryError(
    'unauthenticated',
    'The token is not accepted; the server’s log says why, under the id of this request',
  )
}
