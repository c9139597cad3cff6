import { canonicalRequest } from '../../domain/sigv4/canonical-request.ts'
import { TERMINATOR, type SignatureClaim } from '../../domain/sigv4/claim.ts'
import { signatureRefused } from '../../domain/sigv4/refusal.ts'
import type { HeaderFields, WireRequest } from '../../domain/sigv4/signed-request.ts'
import { stringToSign } from '../../domain/sigv4/string-to-sign.ts'
import { hmacOver, equalInConstantTime, sha256Hex } from '../../x509/digest.ts'

/**
 * The key that signs within a scope, of the one for its day.
 * @param dateKey HMAC-SHA-256 of the scope's date under "AWS4" and the secret
 */
export const scopedKey = (dateKey: Uint8Array, { region, service }: SignatureClaim['scope']): Uint8Array =>
  hmacOver(hmacOver(hmacOver(dateKey, region), service), TERMINATOR)

/**
 * Compares the signature that came with the one that this request has, in time that says nothing about where they differ.
 * @param payloadHash SHA-256 of the body that came, in hex
 * @throws unauthenticated; the answer doesn't say what was signed here, which a stranger could use to forge
 */
export function checkSignature(
  request: WireRequest,
  fields: HeaderFields,
  claim: SignatureClaim,
  payloadHash: string,
  key: Uint8Array,
): void {
  const canonical = canonicalRequest(request, fields, claim.signedHeaders, payloadHash)
  const expected = hmacOver(key, stringToSign(claim, sha256Hex(canonical)))
  if (!equalInConstantTime(expected, Buffer.from(claim.signature, 'hex')))
    throw signatureRefused(
      'mismatch',
      'The request signature we calculated does not match the signature you provided. Check the secret access key and the signing method.',
    )
}
