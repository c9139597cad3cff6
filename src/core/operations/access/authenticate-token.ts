import type { Principal } from '../../domain/access.ts'
import type { Token } from '../../domain/accounts.ts'
import { arns } from '../../domain/arns.ts'
import { factsOfCall, type Call } from '../../domain/calls.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Region } from '../../domain/ids.ts'
import { ROLE_POLICIES } from '../../domain/policies/built-in.ts'
import type { Millis } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { cached } from '../generation-cache.ts'

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
  const token = await cached(ports, `token/${Buffer.from(hash).toString('base64')}`, () =>
    ports.store.reads.tokens.byHash(hash),
  )
  const now = ports.clock.now()
  const live =
    token !== undefined &&
    token.revokedAt === undefined &&
    (token.expiresAt === undefined || token.expiresAt > now)
  if (!live) throw new ChanceryError('unauthenticated', 'The bearer token is unknown, expired or revoked')
  refuseRegion(ports, call.region)
  return tokenPrincipal(token, call, now)
}

function tokenPrincipal({ id, account, role, installation }: Token, call: Call, now: Millis): Principal {
  const arn = arns.token(account, id)
  return {
    id: `token/${id}`,
    kind: 'token',
    arn,
    account,
    region: call.region,
    grants: { identity: [ROLE_POLICIES[role]] },
    installation,
    facts: { ...factsOfCall(call, now), 'aws:principalarn': arn, 'aws:principalaccount': account },
    requestId: call.requestId,
    sourceAddress: call.sourceAddress,
    ...(call.userAgent === undefined ? {} : { userAgent: call.userAgent }),
  }
}

/** Only after the caller has proved who it is: which regions exist is nobody else's business. */
function refuseRegion(ports: Pick<Ports, 'settings'>, region: Region): void {
  const { regions } = ports.settings
  if (regions === undefined || regions.includes(region)) return
  const message = `this installation has the regions ${regions.join(', ')}`
  throw new ChanceryError('request_invalid', `Chancery-Region: ${message}`, {
    violations: [{ code: 'region_unknown', field: 'Chancery-Region', message }],
  })
}
