import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { staleFrom, type Watched } from '../../domain/repository-alarms.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import { sameOctets, signatureAlgorithmOf } from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { decodeExtKeyUsage } from '../../x509/extension-decoders.ts'
import { encodeCertId, issuerHashes } from '../../x509/ocsp-cert-id.ts'
import { encodeOcspRequest } from '../../x509/ocsp-request.ts'
import {
  parseOcspResponse,
  type ParsedOcspResponse,
  type ParsedSingleResponse,
} from '../../x509/ocsp-response-parser.ts'
import { OID } from '../../x509/oids.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import type { RepositoryClient } from '../../ports/repository-client.ts'
import { amiss, type Observation } from './watch-crl.ts'

type WatchPorts = Pick<Ports, 'store' | 'verifier' | 'calendar'>
type Seen = Observation & { readonly watched: Watched }
type Successful = Extract<ParsedOcspResponse, { readonly status: 'successful' }>

const MOST_OCTETS = 64 * 1024
/** Where nothing has been issued yet: a serial that is nobody's, of which a responder speaks, too. */
const NOBODY = new Uint8Array(16).fill(1)

/**
 * Asks the responder about the newest certificate, as most clients do (GET, SHA-1, no nonce), and looks at its answer: who
 * signed it, and whether answer and responder should have been replaced by now.
 */
export async function watchOcsp(
  ports: WatchPorts,
  client: RepositoryClient,
  authority: Authority,
  grace: Millis,
): Promise<readonly Seen[]> {
  const { id } = authority
  const answered = { kind: 'ocsp', authority: id, name: id } as const
  const alone = (observation: Observation): readonly Seen[] => [{ watched: answered, ...observation }]
  const issuer = parseCertificate(authority.certificate?.der ?? new Uint8Array(), 'authority')
  const certId = await askedFor(ports, authority, issuer)
  const answer = await client.get(ocspPath(certId), MOST_OCTETS)
  if (answer.outcome === 'failed') return alone(amiss('unreachable', answer.detail))
  if (answer.status !== 200) return alone(amiss('unreachable', `the responder answered ${answer.status}`))
  try {
    const { response, single, responder } = await verified(ports, certId, issuer, await whole(answer.body))
    const now = ports.calendar.now()
    return [
      { watched: answered, ...judgedAnswer(single, now, grace) },
      {
        watched: { ...answered, kind: 'responder' },
        ...judgedResponder(response, responder, issuer, now, grace),
      },
    ]
  } catch (error) {
    if (error instanceof ChanceryError) return alone(amiss('invalid', error.message))
    const why = error instanceof Error ? error.message : 'unknown'
    return alone(amiss('unreachable', `the answer broke off: ${why}`))
  }
}

/** RFC 6960 Appendix A.1. */
const ocspPath = (certId: Uint8Array): string =>
  `/ocsp/${encodeURIComponent(Buffer.from(encodeOcspRequest([certId])).toString('base64'))}`

async function askedFor(
  { store }: WatchPorts,
  { id }: Authority,
  { subject, publicKey }: ParsedCertificate,
): Promise<Uint8Array> {
  const newest = await store.reads.repository.newestIssued(id)
  const serial = newest === undefined ? NOBODY : Buffer.from(newest, 'hex')
  return encodeCertId('sha1', issuerHashes('sha1', subject, publicKey.spki), serial)
}

async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

const invalid = (message: string): ChanceryError => new ChanceryError('request_invalid', message)

/** @throws request_invalid unless it is an answer to the question, signed by whom the issuer lets answer (RFC 6960 §4.2.2.2) */
async function verified(
  { verifier }: WatchPorts,
  certId: Uint8Array,
  issuer: ParsedCertificate,
  der: Uint8Array,
): Promise<{
  readonly response: Successful
  readonly single: ParsedSingleResponse
  readonly responder: ParsedCertificate
}> {
  const response = parseOcspResponse(der)
  if (response.status !== 'successful') throw invalid(`the responder says ${response.status}`)
  const single = response.responses.find((each) => sameOctets(each.certId.der, certId))
  const [first] = response.certificates
  if (single === undefined || first === undefined)
    throw invalid('the answer is about something else, or has no responder’s certificate')
  const responder = parseCertificate(first, 'responder')
  const usage = responder.extensions.find(({ oid }) => oid === OID.extKeyUsage)
  const mayAnswer = usage !== undefined && decodeExtKeyUsage(usage.value).includes(OID.ocspSigning)
  const certified =
    mayAnswer &&
    sameOctets(responder.issuer, issuer.subject) &&
    (await signedBy(verifier, issuer, responder.outerAlgorithm, responder.tbs, responder.signature))
  if (!certified) throw invalid('the answer’s signer isn’t one that the authority has certified for it')
  const { algorithm, tbs, signature } = response
  if (!(await signedBy(verifier, responder, algorithm, tbs, signature)))
    throw invalid('the answer isn’t signed by its responder')
  return { response, single, responder }
}

async function signedBy(
  verifier: Ports['verifier'],
  { publicKey }: ParsedCertificate,
  identifier: ParsedCertificate['outerAlgorithm'],
  tbs: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const algorithm = signatureAlgorithmOf(identifier)
  if (algorithm === undefined) return false
  return verifier.verify(verifier.load(publicKey.spki, 'responder'), algorithm, tbs, signature)
}

function judgedAnswer(
  { thisUpdate, nextUpdate }: ParsedSingleResponse,
  now: Millis,
  grace: Millis,
): Observation {
  if (nextUpdate === undefined) return amiss('invalid', 'the answer has no nextUpdate (RFC 9919 §3.2.4)')
  const stale = staleFrom(thisUpdate, nextUpdate, grace)
  return {
    lifeUsed: (now - thisUpdate) / (nextUpdate - thisUpdate),
    finding:
      now <= stale
        ? undefined
        : {
            reason: 'stale',
            detail: `an answer of ${isoOf(thisUpdate)} is still served, although another one should have been made by ${isoOf(stale)}`,
          },
  }
}

/** A responder that lasts as long as its authority has no successor; one that has ended proves nothing. */
function judgedResponder(
  { producedAt }: Successful,
  { notBefore, notAfter }: ParsedCertificate,
  issuer: ParsedCertificate,
  now: Millis,
  grace: Millis,
): Observation {
  const [from, to] = [notBefore.time, notAfter.time]
  if (now > to || producedAt > to) return amiss('stale', `the responder’s certificate ended at ${isoOf(to)}`)
  const stale = staleFrom(from, to, grace)
  const due = now > stale && to < issuer.notAfter.time
  return {
    lifeUsed: (now - from) / (to - from),
    finding: due
      ? {
          reason: 'stale',
          detail: `the responder’s certificate ends at ${isoOf(to)}; another one should have been there by ${isoOf(stale)}`,
        }
      : undefined,
  }
}
