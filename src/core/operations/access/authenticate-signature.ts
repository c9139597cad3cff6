import type { Principal } from '../../domain/access.ts'
import { isAccessKeyId, type SealedAccessKey } from '../../domain/access-keys.ts'
import type { Call } from '../../domain/calls.ts'
import { isRegion, type AccessKeyId, type Region } from '../../domain/ids.ts'
import { signedPayload, checkScope, checkSignedHeaders, checkTime } from '../../domain/sigv4/checks.ts'
import { headerClaim, isPresigned, queryClaim, type SignatureClaim } from '../../domain/sigv4/claim.ts'
import { signatureRefused } from '../../domain/sigv4/refusal.ts'
import { headerFields, type HeaderFields, type WireRequest } from '../../domain/sigv4/signed-request.ts'
import { equalInConstantTime, sha256, sha256Hex } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { cached } from '../generation-cache.ts'
import { refuseRegion } from './authenticate-token.ts'
import { noteKeyUse } from './key-uses.ts'
import { accessKeyPrincipal } from './principals.ts'
import { checkSignature, scopedKey } from './request-signature.ts'

/** What a request may be signed for, besides the face's own name. */
export type SignedServices = readonly string[]

type Used = Pick<Ports, 'store' | 'clock' | 'settings' | 'vault'>

/**
 * Who signed a request (AWS Signature Version 4), in its header or in its query. Everything that needs neither secret nor
 * body is checked first: a stranger can't make us read the one or open the other.
 * @param services what the scope may name, as the face that the request came to
 * @param body the octets as they came, read when they are asked for
 * @throws unauthenticated; `details.signature` says what is wrong
 */
export async function authenticateSignature(
  ports: Used,
  request: WireRequest,
  services: SignedServices,
  body: () => Promise<Uint8Array>,
  call: Call,
): Promise<Principal> {
  const fields = headerFields(request.rawHeaders)
  const claim = isPresigned(request.target) ? queryClaim(request.target) : headerClaim(fields)
  checkSignedHeaders(claim, fields)
  checkScope(claim, services)
  const region = regionOf(claim, fields)
  checkTime(claim, ports.clock.now(), ports.settings.signatureSkew)
  const key = await liveKey(ports, claim)
  const payloadHash = signedPayload(claim, fields, sha256Hex(await body()))
  checkSignature(request, fields, claim, payloadHash, await signingKey(ports, key, claim, call))
  refuseRegion(ports, region)
  const principal = await accessKeyPrincipal(ports, key, { ...call, region })
  noteKeyUse(ports, key.id, { at: ports.clock.now(), service: claim.scope.service, region })
  return { ...principal, facts: { ...principal.facts, 'chancery:credentialtype': 'sigv4' } }
}

/** The region of the scope is the one that the call acts in; a header that says another would be a second opinion. */
function regionOf({ scope }: SignatureClaim, fields: HeaderFields): Region {
  const { region } = scope
  if (!isRegion(region))
    throw signatureRefused('scope', 'Credential should be scoped to a valid Region, such as eu-central-1.')
  const other = fields.get('chancery-region')?.[0]
  if (other !== undefined && other !== region)
    throw signatureRefused(
      'scope',
      `Credential should be scoped to a valid Region, not '${region}': Chancery-Region names another.`,
    )
  return region
}

/** One answer for a key that isn't there, isn't enabled, has ended, or comes without the token of its session. */
async function liveKey(ports: Used, { accessKeyId, sessionToken }: SignatureClaim): Promise<SealedAccessKey> {
  const key = isAccessKeyId(accessKeyId) ? await accessKey(ports, accessKeyId) : undefined
  const holder = key?.holder
  const tokenIsRight =
    holder?.kind === 'session'
      ? sessionToken !== undefined && equalInConstantTime(sha256(sessionToken), holder.tokenHash)
      : sessionToken === undefined
  if (key === undefined || key.status !== 'ACTIVE' || !tokenIsRight)
    throw signatureRefused('key', 'The security token included in the request is invalid.')
  if (key.expiresAt !== undefined && key.expiresAt <= ports.clock.now())
    throw signatureRefused('expired_token', 'The security token included in the request is expired')
  return key
}

const accessKey = (ports: Used, id: AccessKeyId): Promise<SealedAccessKey | undefined> =>
  cached(ports, `access-key/${id}`, () => ports.store.reads.accessKeys.get(id))

/** The same for a day, a region and a service, and good for nothing else; gone with the next generation. */
const signingKey = (
  ports: Used,
  { id, sealedSecret }: SealedAccessKey,
  { scope }: SignatureClaim,
  { requestId }: Call,
): Promise<Uint8Array> =>
  cached(ports, `signing-key/${id}/${scope.date}/${scope.region}/${scope.service}`, async () => {
    const use = { caller: `access-key/${id}`, service: 'sts.amazonaws.com', requestId } as const
    return scopedKey(await ports.vault.mac(sealedSecret, Buffer.from(scope.date), use), scope)
  })
