import { MINUTE, SECOND, type Millis } from '../time.ts'
import { basicIso, type SignatureClaim } from './claim.ts'
import { signatureRefused } from './refusal.ts'
import type { HeaderFields } from './signed-request.ts'

/** Headers besides `x-amz-*` and `chancery-*` that change what a request means, so that nobody may add or change them. */
const MEANINGFUL: ReadonlySet<string> = new Set([
  'host',
  'content-type',
  'content-encoding',
  'idempotency-key',
  'if-match',
])
const OURS = /^(?:x-amz|chancery)-/
/** A reader that takes the first one and a signer that takes them all would see two requests. */
const ONCE: ReadonlySet<string> = new Set([...MEANINGFUL, 'authorization', 'content-length', 'date'])

const ONLY_HASHES = /^[0-9a-f]{64}$/

/**
 * Every header that counts is covered by the signature, and stands there once.
 * @throws unauthenticated naming the header
 */
export function checkSignedHeaders(claim: SignatureClaim, fields: HeaderFields): void {
  const signed = claim.signedHeaders
  if (!signed.includes('host')) throw unsigned('host')
  for (const name of signed)
    if (!fields.has(name))
      throw signatureRefused('incomplete', `SignedHeaders: ${name} is signed, but is not in the request`)
  for (const [name, values] of fields) {
    const counts = MEANINGFUL.has(name) || OURS.test(name)
    if (values.length > 1 && (counts || ONCE.has(name)))
      throw signatureRefused('incomplete', `${name}: is there ${values.length} times`)
    if (counts && !signed.includes(name)) throw unsigned(name)
  }
  if (!claim.presigned && !fields.has('x-amz-date') && !signed.includes('date')) throw unsigned('date')
}

const unsigned = (name: string) =>
  signatureRefused('unsigned_header', `SignedHeaders: ${name} has to be among the headers that are signed`)

/**
 * The scope is for the time of the request and for a service that answers here.
 * @throws unauthenticated
 */
export function checkScope({ scope, timestamp }: SignatureClaim, services: readonly string[]): void {
  if (!timestamp.startsWith(scope.date))
    throw signatureRefused(
      'scope',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`,
    )
  if (!services.includes(scope.service))
    throw signatureRefused(
      'scope',
      `Credential should be scoped to correct service: ${services.map((service) => `'${service}'`).join(' or ')}.`,
    )
}

/**
 * Within the window: as long as a presigned request says, as far as clocks may differ otherwise. In AWS's own words,
 * which clients know.
 * @param skew how far clocks may differ, in milliseconds
 * @throws unauthenticated
 */
export function checkTime(claim: SignatureClaim, now: Millis, skew: number): void {
  const { signedAt, timestamp, lifetime } = claim
  const minutes = `${skew / MINUTE} min.`
  if (signedAt - skew > now)
    throw signatureRefused(
      'not_current',
      `Signature not yet current: ${timestamp} is still later than ${basicIso(now + skew)} (${basicIso(now)} + ${minutes})`,
    )
  if (lifetime !== undefined) {
    const end = signedAt + lifetime * SECOND
    if (end < now)
      throw signatureRefused(
        'not_current',
        `Signature expired: ${basicIso(end)} is now earlier than ${basicIso(now)}`,
      )
  } else if (signedAt + skew < now)
    throw signatureRefused(
      'not_current',
      `Signature expired: ${timestamp} is now earlier than ${basicIso(now - skew)} (${basicIso(now)} - ${minutes})`,
    )
}

/**
 * What `X-Amz-Content-Sha256` says is what came. `UNSIGNED-PAYLOAD` and the streaming forms sign no body: refused.
 * @throws unauthenticated
 */
function checkPayload(fields: HeaderFields, payloadHash: string): void {
  const claimed = fields.get('x-amz-content-sha256')?.[0]
  if (claimed === undefined || claimed === payloadHash) return
  throw signatureRefused(
    'payload',
    ONLY_HASHES.test(claimed)
      ? 'X-Amz-Content-Sha256: is not the SHA-256 of the body that came'
      : 'X-Amz-Content-Sha256: must be the SHA-256 of the body; a body that isn’t signed is not taken',
  )
}

/** SHA-256 of nothing. */
const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/**
 * What stands for the body in what was signed: its hash, but S3's clients may leave a body unsigned, as they do in every
 * presigned request. That is taken where there is no body.
 * @throws unauthenticated as checkPayload
 */
export function signedPayload(
  { scope, presigned }: SignatureClaim,
  fields: HeaderFields,
  payloadHash: string,
): string {
  const claimed = fields.get('x-amz-content-sha256')?.[0] ?? (presigned ? UNSIGNED : undefined)
  if (scope.service === 's3' && claimed === UNSIGNED && payloadHash === NOTHING) return UNSIGNED
  checkPayload(fields, payloadHash)
  return payloadHash
}
