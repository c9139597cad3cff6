import { ChanceryError } from '../../domain/errors.ts'
import { sameOctets } from '../algorithm-identifiers.ts'
import { ANY_POLICY_STATE, policiesBelow } from '../policies.ts'
import { decodedFrom } from './decoded.ts'
import type { Millis } from '../../domain/time.ts'
import type { ChainConstraints } from '../name-constraints.ts'
import type { PolicyState } from '../policies.ts'
import type { ParsedCertificate } from '../types.ts'

/** What a chain of authorities allows below it; computed once per authority, read for every certificate. */
export type IssuerFacts = {
  /** DER of the issuing authority's Name. */
  readonly subject: Uint8Array
  readonly subjectKeyIdentifier: Uint8Array | undefined
  /** OID of the issuing key's algorithm, e.g. `1.2.840.10045.2.1`. */
  readonly keyOid: string
  /** When the whole chain is valid: an imported one needn't nest. */
  readonly notBefore: Millis
  readonly notAfter: Millis
  /** Whether basicConstraints and keyUsage let the key sign certificates. */
  readonly signsCertificates: boolean
  /** How many more CA certificates may follow (RFC 5280 §6.1.4 l, m); Infinity where nothing limits it, -1 if none may even sign leaves. */
  readonly pathLength: number
  /** One per authority of the chain that has constraints; names must satisfy each of them. */
  readonly constraints: readonly ChainConstraints[]
  /** What a certificate may say about policies, and whether it must. */
  readonly policies: PolicyState
  /** Purposes that every authority of the chain allows; undefined where none limits them. */
  readonly purposes: ReadonlySet<string> | undefined
}

const KEY_CERT_SIGN = 'keyCertSign'
const ANY_PURPOSE = '2.5.29.37.0'

/**
 * Facts of the chain `issuing CA first, root last`. The signatures of the chain are not verified here.
 * @throws state_conflict when the chain is empty, not linked by name, or an extension in it can't be read
 */
export function issuerFactsOf(chain: readonly ParsedCertificate[]): IssuerFacts {
  const issuing = chain[0]
  if (issuing === undefined) throw new ChanceryError('state_conflict', 'chain: has no certificate')
  const constraints: ChainConstraints[] = []
  let pathLength = Number.POSITIVE_INFINITY
  let purposes: ReadonlySet<string> | undefined
  let signsCertificates = true
  let policies = ANY_POLICY_STATE
  let notBefore = Number.NEGATIVE_INFINITY
  let notAfter = Number.POSITIVE_INFINITY
  for (let place = chain.length - 1; place >= 0; place--) {
    const certificate = chain[place] as ParsedCertificate
    const above = chain[place + 1]
    if (above !== undefined && !sameOctets(above.subject, certificate.issuer))
      throw new ChanceryError(
        'state_conflict',
        `chain[${place}]: its issuer is not the subject of the next certificate`,
      )
    const decoded = decodedFrom(certificate.extensions)
    const unreadable = decoded.unreadable[0]
    if (unreadable !== undefined)
      throw new ChanceryError('state_conflict', `chain[${place}].${unreadable.field}: ${unreadable.message}`)
    const selfIssued = sameOctets(certificate.subject, certificate.issuer)
    // RFC 5280 §6.1.4 (l): a self-issued certificate doesn't count; the topmost one is the trust anchor, nor does it.
    if (above !== undefined && !selfIssued) pathLength -= 1
    pathLength = Math.min(pathLength, decoded.basicConstraints?.pathLength ?? pathLength)
    if (decoded.nameConstraints !== undefined) constraints.push(decoded.nameConstraints)
    // §6.1: a trust anchor isn't part of the path, so verifiers don't look at a root's policies.
    if (above !== undefined || !selfIssued) policies = policiesBelow(policies, decoded, selfIssued)
    notBefore = Math.max(notBefore, certificate.notBefore.time)
    notAfter = Math.min(notAfter, certificate.notAfter.time)
    purposes = narrowed(purposes, decoded.extendedKeyUsage)
    signsCertificates &&=
      decoded.basicConstraints?.ca === true && (decoded.keyUsage?.includes(KEY_CERT_SIGN) ?? true)
  }
  return {
    subject: issuing.subject,
    subjectKeyIdentifier: decodedFrom(issuing.extensions).subjectKeyIdentifier,
    keyOid: issuing.publicKey.oid,
    notBefore,
    notAfter,
    signsCertificates,
    pathLength,
    constraints,
    policies,
    purposes,
  }
}

function narrowed(
  purposes: ReadonlySet<string> | undefined,
  own: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  if (own === undefined || own.includes(ANY_PURPOSE)) return purposes
  return new Set(purposes === undefined ? own : own.filter((purpose) => purposes.has(purpose)))
}
