import { ChanceryError, refuse } from '../domain/errors.ts'
import { sameOctets, signatureAlgorithmOf } from './algorithm-identifiers.ts'
import { encodeTbs, parseCertificate, parseTbs } from './certificate.ts'
import { assembleCrl, encodeTbsCertList } from './crl.ts'
import { parseCrl } from './crl-parser.ts'
import { lint } from './lint.ts'
import { OID } from './oids.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import type { Violation } from '../domain/errors.ts'
import type { CertListDraft } from './crl.ts'
import type { LintContext } from './lint.ts'
import type { CertificateDraft, Finding } from './types.ts'

/** What a passed lint leaves to be signed. */
type Signable = { readonly tbs: Uint8Array; readonly signatureAlgorithm: SignatureAlgorithm }

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

/** Leave to sign one to-be-signed certificate, once. Only `prepare` makes it. */
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
  refuse('lint_failed', findings.filter(({ severity }) => severity === 'error').map(violationOf))
  const signatureAlgorithm = signatureAlgorithmOf(parsed.signatureAlgorithm)
  if (signatureAlgorithm === undefined)
    throw new ChanceryError('internal', 'tbs.signature: was linted but has no name')
  // A copy goes out: whoever stores the bytes can't change those that will be signed.
  return { prepared: new Token(KEY, { tbs, signatureAlgorithm }), tbs: tbs.slice(), warnings: findings }
}

/**
 * The same for a CRL: read back whole, and checked against RFC 5280 §5 as far as a list can break it.
 * @throws lint_failed with one violation per rule broken; request_invalid for a draft that can't be encoded
 */
export function prepareCrl(draft: CertListDraft): { prepared: Prepared; tbs: Uint8Array } {
  const tbs = encodeTbsCertList(draft)
  // parseCrl reads a whole CertificateList; the signature that completes this one is one zero octet.
  const parsed = parseCrl(assembleCrl(tbs, draft.signatureAlgorithm, Uint8Array.of(0)))
  const oids = parsed.extensions.map(({ oid }) => oid)
  const broken: [boolean, string, string, string][] = [
    [parsed.version !== 2, 'crl_version', 'version', 'must be v2 (RFC 5280 §5.1.2.1)'],
    [!sameOctets(parsed.issuer, draft.issuer), 'crl_issuer', 'issuer', 'is not the issuer given (RFC 5280 §5.1.2.3)'],
    [
      parsed.nextUpdate === undefined || parsed.nextUpdate <= parsed.thisUpdate,
      'crl_next_update',
      'nextUpdate',
      'must be there and later than thisUpdate (RFC 5280 §5.1.2.5)',
    ],
    [!oids.includes(OID.cRLNumber), 'crl_number', 'cRLNumber', 'must be there (RFC 5280 §5.2.3)'],
    [
      !oids.includes(OID.authorityKeyIdentifier),
      'crl_authority_key',
      'authorityKeyIdentifier',
      'must be there (RFC 5280 §5.2.1)',
    ],
    [new Set(oids).size < oids.length, 'crl_extension_twice', 'extensions', 'an extension stands twice (RFC 5280 §4.2)'],
  ]
  refuse(
    'lint_failed',
    broken.filter(([is]) => is).map(([, code, field, message]) => ({ code, field, message })),
  )
  const { signatureAlgorithm } = draft
  return { prepared: new Token(KEY, { tbs, signatureAlgorithm }), tbs: tbs.slice() }
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
