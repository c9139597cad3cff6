import { archiveText, checkpointText, type ArchivedStretch, type Checkpoint } from '../domain/audit-trail.ts'
import { certificateArchiveText } from '../domain/certificate-archive.ts'
import { ChanceryError, refuse } from '../domain/errors.ts'
import { sameOctets, signatureAlgorithmOf } from './algorithm-identifiers.ts'
import { encodeTbs, parseCertificate, parseTbs } from './certificate.ts'
import { assembleRequest, encodeRequestInfo } from './certification-request.ts'
import { signedFrame, tbsFrame } from './crl.ts'
import { checkEntries } from './crl-entries.ts'
import { outlineCrl } from './crl-outline.ts'
import { parseCsr } from './csr.ts'
import { lintCrl } from './lint-crl.ts'
import { lintOcsp } from './lint-ocsp.ts'
import { lintRequest } from './lint-request.ts'
import { lint } from './lint.ts'
import { OID } from './oids.ts'
import { encodeResponseData, type OcspDraft } from './ocsp-response.ts'
import { parseResponseData } from './ocsp-response-parser.ts'
import type { KeyPurpose } from '../domain/keys.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import type { Violation } from '../domain/errors.ts'
import type { AlgorithmIdentifier } from './algorithm-identifiers.ts'
import type { RequestDraft } from './certification-request.ts'
import type { CertListDraft, CrlFrame } from './crl.ts'
import type { LintContext } from './lint.ts'
import type { CertificateDraft, Finding } from './types.ts'

/** What a passed lint leaves to be signed. */
type Signable = {
  readonly tbs: Uint8Array | Pieces
  readonly signatureAlgorithm: SignatureAlgorithm
  /** The only kind of key that may sign it: a responder's key makes no certificates, an authority's no answers. */
  readonly signer: KeyPurpose
}

/** Octets that come piece by piece, since they may be too many to be held. */
export type Pieces = AsyncIterable<Uint8Array> & {
  /** Of all of them together. */
  readonly length: number
}

const KEY = Symbol('made by the lint')

/** The class stays in this module, and its field can be read nowhere else: nobody can make or copy one. */
class Token {
  #signable: Signable | undefined

  constructor(key: symbol, signable: Signable) {
    // The class can be reached through the `constructor` of any token; the key can't.
    if (key !== KEY) throw new ChanceryError('internal', 'prepared: only the lint makes one')
    this.#signable = signable
  }

  /** What the token stands for, once; undefined for a used token and for what is none. */
  static take(token: unknown): Signable | undefined {
    if (typeof token !== 'object' || token === null || !(#signable in token)) return undefined
    const signable = token.#signable
    token.#signable = undefined
    return signable
  }
}

/**
 * Leave to sign one certificate, CRL, request, answer or statement about the audit trail, once. Only the functions `prepare…`
 * of this module make it.
 */
export type Prepared = Token

/**
 * Encodes a draft, reads the bytes back as a stranger would, and lints what was read.
 * @throws lint_failed with one violation per error finding; request_invalid for a draft that can't be encoded
 */
export function prepare(
  draft: CertificateDraft,
  context: LintContext,
): { prepared: Prepared; tbs: Uint8Array; warnings: Finding[] } {
  const tbs = encodeTbs(draft)
  const parsed = parseTbs(tbs, 'tbs')
  const findings = lint(parsed, context)
  refuseErrors(findings)
  return { ...tokenFor(tbs, parsed.signatureAlgorithm), warnings: findings }
}

/** The entries of a CRL as they are kept, encoded by `encodeEntries`. */
export type KeptEntries = Pieces & { readonly count: number }

/**
 * As `prepare`, for a CRL: what stands around its entries is encoded, read back and linted now; the entries are, each
 * time, in the moment in which they go into the signature, so that nothing is signed that wasn't read. Damaged ones, or
 * another number of them, end the signing.
 * @throws lint_failed with one violation per finding; request_invalid for a draft that can't be encoded
 */
export function prepareCrl(
  draft: CertListDraft,
  entries: KeptEntries,
): { prepared: Prepared; frame: CrlFrame } {
  const frame = tbsFrame(draft, entries.length)
  // Only whole CRLs can be read; one octet stands in for the signature.
  const { head, tail } = signedFrame(frame, entries.length, draft.signatureAlgorithm, new Uint8Array(1))
  const outline = outlineCrl(head, tail, head.length + entries.length + tail.length)
  refuseErrors(lintCrl(outline))
  const delta = outline.extensions.some(({ oid }) => oid === OID.deltaCRLIndicator)
  const length = frame.head.length + entries.length + frame.tail.length
  const pieces: Pieces = { length, [Symbol.asyncIterator]: () => linted(frame, entries, delta) }
  const signatureAlgorithm = named(outline.signatureAlgorithm)
  return { prepared: new Token(KEY, { tbs: pieces, signatureAlgorithm, signer: 'authority' }), frame }
}

async function* linted(
  { head, tail }: CrlFrame,
  entries: KeptEntries,
  delta: boolean,
): AsyncGenerator<Uint8Array> {
  let length = 0
  let count = 0
  yield head
  for await (const piece of entries) {
    length += piece.length
    count += checkEntries(piece, delta)
    yield piece
  }
  if (length !== entries.length || count !== entries.count)
    throw new ChanceryError('internal', `crl: ${entries.count} entries were to be signed, ${count} are kept`)
  yield tail
}

/**
 * As `prepare`, for an authority's own certification request, which somebody outside is to certify.
 * @throws lint_failed with one violation per finding; request_invalid for a draft that can't be encoded
 */
export function prepareCsr(draft: RequestDraft): { prepared: Prepared; tbs: Uint8Array } {
  const info = encodeRequestInfo(draft)
  // Only whole requests can be parsed; one octet stands in for the signature.
  const parsed = parseCsr(assembleRequest(info, draft.signatureAlgorithm, new Uint8Array(1)), 'csr')
  refuseErrors(lintRequest(parsed, draft))
  return token(info, parsed.signatureAlgorithm)
}

/**
 * As `prepare`, for an answer about certificates, which a responder's key signs.
 * @throws lint_failed with one violation per finding; request_invalid for a draft that can't be encoded
 */
export function prepareOcsp(draft: OcspDraft): { prepared: Prepared; tbs: Uint8Array } {
  const tbs = encodeResponseData(draft)
  refuseErrors(lintOcsp(parseResponseData(tbs)))
  return token(tbs, draft.signatureAlgorithm, 'responder')
}

/** Leave to sign a checkpoint of the audit trail; its text can't be taken for anything that DER begins. */
export const prepareCheckpoint = (checkpoint: Checkpoint): { prepared: Prepared; tbs: Uint8Array } =>
  token(Buffer.from(checkpointText(checkpoint)), 'ED25519', 'checkpoint')

/** Leave to sign an archive of the audit trail. */
export const prepareArchive = (archive: ArchivedStretch): { prepared: Prepared; tbs: Uint8Array } =>
  token(Buffer.from(archiveText(archive)), 'ED25519', 'checkpoint')

/** Leave to sign an archive of certificates. */
export const prepareCertificateArchive = (
  archive: ArchivedStretch,
): { prepared: Prepared; tbs: Uint8Array } =>
  token(Buffer.from(certificateArchiveText(archive)), 'ED25519', 'checkpoint')

const tokenFor = (tbs: Uint8Array, identifier: AlgorithmIdentifier) => token(tbs, named(identifier))

function named(identifier: AlgorithmIdentifier): SignatureAlgorithm {
  const signatureAlgorithm = signatureAlgorithmOf(identifier)
  if (signatureAlgorithm === undefined)
    throw new ChanceryError('internal', 'tbs.signature: was linted but has no name')
  return signatureAlgorithm
}

/** A copy goes out: whoever stores the bytes can't change those that will be signed. */
const token = (
  tbs: Uint8Array,
  signatureAlgorithm: SignatureAlgorithm,
  signer: KeyPurpose = 'authority',
) => ({
  prepared: new Token(KEY, { tbs, signatureAlgorithm, signer }),
  tbs: tbs.slice(),
})

function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  refuse('lint_failed', errors.map(violationOf))
}

const violationOf = ({ rule, field, message, source }: Finding): Violation => ({
  code: rule,
  field,
  message: `${message} (${source})`,
})

/**
 * What a token stands for, at most once: whoever gets it signs it, so a second call would be a second signature.
 * @throws internal for a token used before, and for anything that `prepare` didn't make
 */
export function redeem(token: Prepared): Signable {
  const signable = Token.take(token)
  if (signable === undefined)
    throw new ChanceryError(
      'internal',
      'prepared: used before, or not made by the lint; one lint allows one signature',
    )
  return signable
}

/**
 * Whether a finished certificate is what was linted: its TBSCertificate equals `tbs` byte for byte, and its outer
 * algorithm is the inner one (RFC 5280 §4.1.1.2). The signature itself is the verifier's work.
 * @throws internal when not
 */
export function confirm(tbs: Uint8Array, certificateDer: Uint8Array): void {
  const { tbs: signed, outerAlgorithm, signatureAlgorithm } = parseCertificate(certificateDer, 'certificate')
  if (!sameOctets(signed, tbs))
    throw new ChanceryError('internal', 'certificate: its TBSCertificate is not the one that was linted')
  if (!sameOctets(outerAlgorithm.der, signatureAlgorithm.der))
    throw new ChanceryError('internal', 'certificate: its two signature algorithms differ')
}
