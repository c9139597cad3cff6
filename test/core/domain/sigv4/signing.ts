import { createHash, createHmac } from 'node:crypto'
import {
  checkScope,
  checkSignedHeaders,
  checkTime,
  signedPayload,
} from '../../../../src/core/domain/sigv4/checks.ts'
import { headerClaim, isPresigned, queryClaim } from '../../../../src/core/domain/sigv4/claim.ts'
import { headerFields, type WireRequest } from '../../../../src/core/domain/sigv4/signed-request.ts'
import { checkSignature, scopedKey } from '../../../../src/core/operations/access/request-signature.ts'

/** Of AWS's own examples. */
export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
export const KEY_ID = 'AKIDEXAMPLE'
export const MOMENT = Date.UTC(2015, 7, 30, 12, 36)

/** All that the verifier does with a request whose key it knows, without store and clock. @throws as it does */
export function verify(
  request: WireRequest,
  body: string,
  { now = MOMENT, services = ['service'], secret = SECRET, minutes = 5 } = {},
): void {
  const fields = headerFields(request.rawHeaders)
  const claim = isPresigned(request.target) ? queryClaim(request.target) : headerClaim(fields)
  checkSignedHeaders(claim, fields)
  checkScope(claim, services)
  checkTime(claim, now, minutes * 60_000)
  const payloadHash = signedPayload(claim, fields, createHash('sha256').update(body).digest('hex'))
  const dateKey = createHmac('sha256', `AWS4${secret}`).update(claim.scope.date).digest()
  checkSignature(request, fields, claim, payloadHash, scopedKey(dateKey, claim.scope))
}

/** Text as it goes over the wire: UTF-8, a character an octet. */
export const onWire = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
