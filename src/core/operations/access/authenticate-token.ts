import type { Principal } from '../../domain/access.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Region } from '../../domain/ids.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { cached } from '../generation-cache.ts'

export type BearerCall = {
  readonly bearer: string
  readonly region: Region
  readonly requestId: string
  readonly sourceAddress: string
  readonly userAgent: string | undefined
}

/**
 * Who holds this bearer token. Looked up by the token's hash, so no comparison of secrets takes time that tells.
 * @throws unauthenticated without saying whether the token is unknown, expired or revoked
 */
export async function authenticateToken(
  ports: Pick<Ports, 'store' | 'clock' | 'settings'>,
  call: BearerCall,
): Promise<Principal> {
  const hash = sha256(call.bearer)
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
  return {
    id: `token/${token.id}`,
    kind: 'token',
    account: token.account,
    region: call.region,
    role: token.role,
    installation: token.installation,
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
