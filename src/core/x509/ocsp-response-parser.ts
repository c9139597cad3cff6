import { OCSP_ERRORS, type CertStatus, type OcspError } from '../domain/ocsp.ts'
import { reasonNamed } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import { readAlgorithmIdentifier, type AlgorithmIdentifier } from './algorithm-identifiers.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed, contextPrimitive } from './der/tags.ts'
import { readName } from './distinguished-names.ts'
import { readExtensions } from './extension-list.ts'
import { readCertId, type CertId } from './ocsp-cert-id.ts'
import { nonceIn } from './ocsp-request.ts'
import { OID } from './oids.ts'
import type { Extension } from './types.ts'

export type ParsedSingleResponse = {
  readonly certId: CertId
  readonly status: CertStatus
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis | undefined
  readonly extensions: readonly Extension[]
}
export type ParsedResponseData = {
  /** DER of the responder's Name, or the SHA-1 of its key. */
  readonly responder: { readonly name: Uint8Array } | { readonly keyHash: Uint8Array }
  readonly producedAt: Millis
  readonly responses: readonly ParsedSingleResponse[]
  readonly nonce: Uint8Array | undefined
  readonly extensions: readonly Extension[]
}
export type ParsedOcspResponse =
  | { readonly status: OcspError | 'sigRequired' }
  | ({ readonly status: 'successful' } & ParsedResponseData & {
        /** DER of the ResponseData: the signed bytes. */
        readonly tbs: Uint8Array
        readonly algorithm: AlgorithmIdentifier
        readonly signature: Uint8Array
        readonly certificates: readonly Uint8Array[]
      })

const RESPONSE = 'the response'
const STATUSES: ReadonlyMap<number, OcspError | 'sigRequired' | 'successful'> = new Map([
  [0, 'successful'],
  [5, 'sigRequired'],
  ...Object.entries(OCSP_ERRORS).map(([name, code]) => [code, name as OcspError] as const),
])

/**
 * Parses an OCSPResponse (RFC 6960 §4.2) with a BasicOCSPResponse in it; its signature is not verified.
 * @throws request_invalid naming `field`
 */
export function parseOcspResponse(der: Uint8Array, field = 'ocspResponse'): ParsedOcspResponse {
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(der)
    const outer = reader.enter(TAG.sequence, RESPONSE)
    reader.finish(RESPONSE)
    const code = outer.smallInteger('the status', TAG.enumerated)
    const status = STATUSES.get(code)
    if (status === undefined) throw new DerError('ocsp_status', `the status ${code} doesn't exist`)
    if (status !== 'successful') {
      outer.finish(RESPONSE)
      return { status }
    }
    const tagged = outer.enter(contextConstructed(0), RESPONSE)
    outer.finish(RESPONSE)
    const bytes = tagged.enter(TAG.sequence, RESPONSE)
    tagged.finish(RESPONSE)
    if (bytes.oid('the type') !== OID.ocspBasic)
      throw new DerError('ocsp_type', 'isn’t a basic response (RFC 6960 §4.2.1)')
    const basic = new DerReader(bytes.octetString(RESPONSE))
    bytes.finish(RESPONSE)
    return { status, ...readBasic(basic) }
  })
}

function readBasic(reader: DerReader) {
  const outer = reader.enter(TAG.sequence, RESPONSE)
  reader.finish(RESPONSE)
  const start = outer.at
  const data = readResponseData(outer)
  const tbs = outer.bytes.subarray(start, outer.at)
  const algorithm = readAlgorithmIdentifier(outer, 'the signature algorithm')
  const signature = outer.bitString('the signature')
  const certificates = outer.has(contextConstructed(0)) ? readCertificates(outer) : []
  outer.finish(RESPONSE)
  return { ...data, tbs, algorithm, signature, certificates }
}

function readCertificates(outer: DerReader): Uint8Array[] {
  const tagged = outer.enter(contextConstructed(0), 'the certificates')
  const list = tagged.enter(TAG.sequence, 'the certificates')
  tagged.finish('the certificates')
  const certificates: Uint8Array[] = []
  while (!list.done) certificates.push(list.element('the certificates'))
  return certificates
}

/** Parses a ResponseData by itself. @throws request_invalid naming `field` */
export function parseResponseData(der: Uint8Array, field = 'ocspResponse'): ParsedResponseData {
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(der)
    const data = readResponseData(reader)
    reader.finish(RESPONSE)
    return data
  })
}

function readResponseData(reader: DerReader): ParsedResponseData {
  const inside = reader.enter(TAG.sequence, RESPONSE)
  // The version is v1, the default, which DER doesn't write.
  const responder = readResponder(inside)
  const producedAt = readTime(inside, 'producedAt')
  const list = inside.enter(TAG.sequence, 'the list of responses')
  const responses: ParsedSingleResponse[] = []
  while (!list.done) responses.push(readSingleResponse(list))
  const extensions = inside.has(contextConstructed(1)) ? readTagged(inside, 1) : []
  inside.finish(RESPONSE)
  const nonce = extensions.find(({ oid }) => oid === OID.ocspNonce)
  return {
    responder,
    producedAt,
    responses,
    nonce: nonce === undefined ? undefined : nonceIn(nonce.value),
    extensions,
  }
}

function readResponder(inside: DerReader): ParsedResponseData['responder'] {
  const byName = inside.has(contextConstructed(1))
  const tagged = inside.enter(contextConstructed(byName ? 1 : 2), 'the responder')
  const responder = byName
    ? { name: readName(tagged, 'the responder') }
    : { keyHash: tagged.octetString('the responder') }
  tagged.finish('the responder')
  return responder
}

function readSingleResponse(list: DerReader): ParsedSingleResponse {
  const one = list.enter(TAG.sequence, 'a single response')
  const certId = readCertId(one)
  const status = readStatus(one)
  const thisUpdate = readTime(one, 'thisUpdate')
  let nextUpdate: Millis | undefined
  if (one.has(contextConstructed(0))) {
    const tagged = one.enter(contextConstructed(0), 'nextUpdate')
    nextUpdate = readTime(tagged, 'nextUpdate')
    tagged.finish('nextUpdate')
  }
  const extensions = one.has(contextConstructed(1)) ? readTagged(one, 1) : []
  one.finish('a single response')
  return { certId, status, thisUpdate, nextUpdate, extensions }
}

function readStatus(one: DerReader): CertStatus {
  if (one.has(contextConstructed(1))) {
    const inside = one.enter(contextConstructed(1), 'the revocation')
    const revokedAt = readTime(inside, 'the revocation time')
    const reason = inside.done ? 'unspecified' : readReason(inside)
    inside.finish('the revocation')
    return { kind: 'revoked', revokedAt, reason }
  }
  const good = one.has(contextPrimitive(0))
  one.null('the status', contextPrimitive(good ? 0 : 2))
  return { kind: good ? 'good' : 'unknown' }
}

function readReason(inside: DerReader) {
  const tagged = inside.enter(contextConstructed(0), 'the revocation reason')
  const reason = reasonNamed(tagged.smallInteger('the revocation reason', TAG.enumerated))
  tagged.finish('the revocation reason')
  return reason
}

function readTime(reader: DerReader, what: string): Millis {
  const { time, tag } = reader.time(what)
  if (tag !== 'generalized') throw new DerError('ocsp_time', `${what}: must be a GeneralizedTime`)
  return time
}

function readTagged(reader: DerReader, tag: number): Extension[] {
  const tagged = reader.enter(contextConstructed(tag), 'the extensions')
  const extensions = readExtensions(tagged, 'the extensions')
  tagged.finish('the extensions')
  return extensions
}
