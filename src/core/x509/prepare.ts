import { ChanceryError, refuse } from '../domain/errors.ts'
import { sameOctets, signatureAlgorithmOf } from './algorithm-identifiers.ts'
import { encodeTbs, parseCertificate, parseTbs } from './certificate.ts'
import { lint } from './lint.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import type { LintContext } from './lint.ts'
import type { CertificateDraft, Finding } from './types.ts'

/** What a passed lint leaves to be signed. */
type Signable = { readonly tbs: Uint8Array; readonly signatureAlgorithm: SignatureAlgorithm }

declare const prepared: unique symbol
/** Leave to sign one to-be-signed certificate, once. Only `prepare` makes it; it holds nothing to read or copy. */
export type Prepared = { readonly [prepared]: true }

/** What each token stands for. An object that isn't a key here is no token, however it came about. */
const pending = new WeakMap<Prepared, Signable>()

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
  const warnings: Finding[] = []
  const errors: Finding[] = []
  for (const finding of findings) (finding.severity === 'error' ? errors : warnings).push(finding)
  refuse(
    'lint_failed',
    errors.map(({ rule, field, message, source }) => ({
      code: rule,
      field,
      message: `${message} (${source})`,
    })),
  )
  const signatureAlgorithm = signatureAlgorithmOf(parsed.signatureAlgorithm)
  if (signatureAlgorithm === undefined)
    throw new ChanceryError('internal', 'tbs.signature: was linted but has no name')
  const token = Object.freeze({}) as Prepared
  pending.set(token, { tbs, signatureAlgorithm })
  // A copy: whoever stores the bytes can't change those that will be signed.
  return { prepared: token, tbs: tbs.slice(), warnings }
}

/**
 * What a token stands for, at most once: whoever gets it signs it, so a second call would be a second signature.
 * @throws internal for a token used before, and for anything that `prepare` didn't make
 */
export function redeem(token: Prepared): Signable {
  const signable = pending.get(token)
  if (signable === undefined)
    throw new ChanceryError(
      'internal',
      'prepared: used before, or not made by the lint; one lint allows one signature',
    )
  pending.delete(token)
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
