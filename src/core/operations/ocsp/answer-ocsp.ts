import type { Authority } from '../../domain/authorities.ts'
import { completeScope } from '../../domain/crl-scopes.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { serialOf } from '../../domain/ids.ts'
import { answerTimes, type AnswerTimes, type CertStatus, type OcspError } from '../../domain/ocsp.ts'
import { wholeSecond, type Millis } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import type { CertId } from '../../x509/ocsp-cert-id.ts'
import { MAX_OCSP_REQUEST, parseOcspRequest, type OcspRequest } from '../../x509/ocsp-request.ts'
import { assembleOcspResponse, ocspErrorResponse } from '../../x509/ocsp-response.ts'
import { prepareOcsp } from '../../x509/prepare.ts'
import type { OcspStamp } from '../../ports/ocsp-store.ts'
import type { Store } from '../../ports/store.ts'
import { verifiedSignature } from '../certificates/verified-signature.ts'
import { issuersOf } from './issuers.ts'
import { keepAnswer, keptAnswer, knownStatus, type Found, type KeepableAnswer } from './known-status.ts'
import type { ResponderPorts } from './renew-responder.ts'
import { responderOf, type Responder } from './responder-of.ts'

export type OcspAnswer = {
  /** `several` where it is about more than one certificate. */
  readonly outcome: CertStatus['kind'] | 'several' | OcspError
  readonly der: Uint8Array
  /** Undefined for an answer to one caller: with a nonce, about several, or that there is none. */
  readonly keepable: KeepableAnswer | undefined
  /** Whether it had been signed before. */
  readonly fromCache: boolean
}

export type { KeepableAnswer }

export const MOST_REQUEST_OCTETS = MAX_OCSP_REQUEST

const failed = (outcome: OcspError): OcspAnswer => ({
  outcome,
  der: ocspErrorResponse(outcome),
  keepable: undefined,
  fromCache: false,
})

/** For what isn't even octets of a request. */
export const MALFORMED: OcspAnswer = failed('malformedRequest')

type Single = Found & { readonly certId: CertId }

const KEY_USE = { caller: 'system/ocsp-responder', service: 'acm-pca.amazonaws.com' } as const

/**
 * Answers an OCSPRequest (RFC 6960, RFC 9919), whoever asks. Each request reads from the database whether anything was
 * revoked since what is known was looked up, whether its answer is signed now or was before: a revocation that is durable
 * is in the next answer of every server. Never throws: what fails is said as OCSP says it, and logged.
 */
export async function answerOcsp(ports: ResponderPorts, requestDer: Uint8Array): Promise<OcspAnswer> {
  let request: OcspRequest
  try {
    request = parseOcspRequest(requestDer)
  } catch (error) {
    if (error instanceof ChanceryError) return MALFORMED
    throw error
  }
  try {
    return await answered(ports, request)
  } catch (error) {
    const code = errorFor(error)
    if (code !== 'unauthorized') logFailure(ports, error)
    return failed(code)
  }
}

function errorFor(error: unknown): OcspError {
  // Another server was quicker in making the responder's certificate.
  if (error instanceof StoreConflict) return 'tryLater'
  if (!(error instanceof ChanceryError)) return 'internalError'
  switch (error.code) {
    case 'state_conflict':
    case 'not_found':
      return 'unauthorized'
    case 'kms_unavailable':
    case 'unavailable':
      return 'tryLater'
    default:
      return 'internalError'
  }
}

/** A failure once a second is enough to know of it, however many ask. */
const LOG_EVERY = 1000
const lastLogged = new WeakMap<Store, Millis>()
function logFailure({ store, clock, logger }: ResponderPorts, error: unknown): void {
  const now = clock.now()
  const last = lastLogged.get(store)
  if (last !== undefined && now >= last && now - last < LOG_EVERY) return
  lastLogged.set(store, now)
  logger.error({ err: error }, 'could not answer an OCSP request')
}

async function answered(ports: ResponderPorts, { certIds, nonce }: OcspRequest): Promise<OcspAnswer> {
  const stamp = await ports.store.reads.ocsp.stamp()
  const first = certIds[0] as CertId
  const issuers = await issuersOf(ports, stamp.generation, first)
  if (issuers.length === 0) return failed('unauthorized')
  for (const issuer of issuers) if (await awaitsRevocations(ports, issuer)) return failed('unauthorized')
  const now = ports.calendar.now()
  if (certIds.length === 1 && nonce === undefined) return keepable(ports, first, issuers, stamp, now)
  const singles: Single[] = []
  for (const certId of certIds) {
    // RFC 6960 §4.2.2.2: one signer, who speaks for one issuer; by another hash it may be the same.
    const others = certId === first ? issuers : await issuersOf(ports, stamp.generation, certId)
    if (others[0] !== issuers[0]) return failed('unauthorized')
    singles.push({ certId, ...(await knownStatus(ports, certId, issuers, stamp)) })
  }
  const { authority, status } = singles[0] as Single
  const responder = await responderOf(ports, authority.id, now, stamp.generation)
  const { der } = await signed(ports, responder, singles, now, nonce)
  return {
    outcome: singles.length === 1 ? status.kind : 'several',
    der,
    keepable: undefined,
    fromCache: false,
  }
}

async function keepable(
  ports: ResponderPorts,
  certId: CertId,
  issuers: readonly Authority[],
  stamp: OcspStamp,
  now: Millis,
): Promise<OcspAnswer> {
  const found = await knownStatus(ports, certId, issuers, stamp)
  const kept = keptAnswer(ports, certId, found, now)
  if (kept !== undefined) return { outcome: kept.outcome, der: kept.der, keepable: kept, fromCache: true }
  const { authority, status } = found
  const responder = await responderOf(ports, authority.id, now, stamp.generation)
  const { der, times } = await signed(ports, responder, [{ certId, ...found }], now, undefined)
  const answer = {
    outcome: status.kind,
    der,
    digest: Buffer.from(sha256(der)).toString('hex'),
    authority: authority.id,
    serial: serialOf(certId.serial),
    ...times,
  }
  keepAnswer(ports, certId, found, answer)
  return { outcome: status.kind, der, keepable: answer, fromCache: false }
}

/**
 * Whether an authority that came from elsewhere waits for its revocations: until it has them it is silent, as it
 * publishes no CRL, since it would say `good` of what was revoked there.
 */
async function awaitsRevocations({ store }: ResponderPorts, authority: Authority): Promise<boolean> {
  if (authority.status !== 'DISABLED' || !authority.revocation.crl.enabled) return false
  const { crls } = store.reads
  return (
    (await crls.latest(completeScope(authority.id), 'complete')) === undefined &&
    (await crls.lastNumber(completeScope(authority.id))) > 0n
  )
}

async function signed(
  ports: ResponderPorts,
  responder: Responder,
  singles: readonly Single[],
  now: Millis,
  nonce: Uint8Array | undefined,
): Promise<{ readonly der: Uint8Array; readonly times: AnswerTimes }> {
  const { signatureAlgorithm: algorithm, authority } = responder
  const timesOf = ({ status }: Found): AnswerTimes =>
    answerTimes(status.kind, now, authority.revocation.ocsp.hours, responder.notAfter)
  const { prepared, tbs } = prepareOcsp({
    signatureAlgorithm: algorithm,
    responderKeyHash: responder.keyHash,
    producedAt: wholeSecond(now),
    responses: singles.map((each) => ({ certId: each.certId.der, status: each.status, ...timesOf(each) })),
    nonce,
  })
  const { key, verificationKey } = responder
  const signature = responder.proven
    ? await ports.vault.sign(key, prepared, KEY_USE)
    : // The first one shows that the key is the certificate's; a client verifies each of them anyway.
      await verifiedSignature(ports, { key, verificationKey, algorithm, prepared, tbs, use: KEY_USE })
  responder.proven = true
  return {
    der: assembleOcspResponse(tbs, algorithm, signature, responder.certificates),
    times: timesOf(singles[0] as Single),
  }
}
