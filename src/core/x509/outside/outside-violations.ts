import type { AuthorityKind } from '../../domain/authorities.ts'
import { ChanceryError, type Violation } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import { sameOctets } from '../algorithm-identifiers.ts'
import { nameText } from '../distinguished-names.ts'
import { issuerFactsOf } from '../lint-rules/issuer-facts.ts'
import { decodedFrom } from '../lint-rules/decoded.ts'
import { OID } from '../oids.ts'
import { constraintViolations, type ChainConstraints } from '../name-constraints.ts'
import type { ParsedCertificate } from '../types.ts'
import { certificateViolations } from './certificate-rules.ts'
import { namesItself, orderViolations } from './chain-order.ts'
import type { OutsideCertificate } from './read-outside.ts'

/** What the authority has asked for, and can use. */
export type ExpectedCertificate = {
  readonly kind: AuthorityKind
  /** DER of the Name in its certification request. */
  readonly subject: Uint8Array
  /** DER of its public key. */
  readonly spki: Uint8Array
}

/**
 * Everything that is wrong with a certificate to import but for signatures, which are verified elsewhere; each finding
 * with its own code under `certificate`, `chain` or `chain[i]`. The rules are those of AWS Private CA, and RFC 5280
 * §6.1 for the path.
 */
export function outsideViolations(
  outside: OutsideCertificate,
  expected: ExpectedCertificate,
  now: Millis,
): Violation[] {
  const { certificate, chain } = outside
  const place = expected.kind === 'root' ? rootPlace(outside) : subordinatePlace(outside)
  return [
    ...identity(certificate, expected),
    ...place,
    ...certificateViolations(certificate, 'certificate', now),
    ...crlUsage(certificate),
    ...chain.flatMap((each, index) => certificateViolations(each, `chain[${index}]`, now)),
    // A path that doesn't stand allows and forbids nothing.
    ...(place.length > 0 || expected.kind === 'root' ? [] : pathViolations(outside)),
  ]
}

function identity(certificate: ParsedCertificate, { subject, spki }: ExpectedCertificate): Violation[] {
  const violations: Violation[] = []
  if (!sameOctets(certificate.publicKey.spki, spki))
    violations.push({
      code: 'certificate_key',
      field: 'certificate.subjectPublicKeyInfo',
      message: 'is not the key of this authority’s certification request',
    })
  if (!sameOctets(certificate.subject, subject)) {
    const [theirs, ours] = [nameText(certificate.subject), nameText(subject)]
    violations.push({
      code: 'certificate_subject',
      field: 'certificate.subject',
      message:
        theirs === ours
          ? `says ${ours} as the request does, but encoded otherwise; it must be copied octet for octet`
          : `is ${theirs}; the request is for ${ours}`,
    })
  }
  return violations
}

function rootPlace({ certificate, chain }: OutsideCertificate): Violation[] {
  const violations: Violation[] = []
  if (!namesItself(certificate))
    violations.push({
      code: 'certificate_not_self_signed',
      field: 'certificate.issuer',
      message: `is ${nameText(certificate.issuer)}; a root signs itself`,
    })
  if (chain.length > 0)
    violations.push({
      code: 'chain_unexpected',
      field: 'chain',
      message: 'a root has no issuers; leave it out',
    })
  return violations
}

function subordinatePlace(outside: OutsideCertificate): Violation[] {
  const { certificate, chain } = outside
  if (namesItself(certificate))
    return [
      {
        code: 'certificate_self_signed',
        field: 'certificate.issuer',
        message: 'is its own subject; a subordinate is signed by another authority',
      },
    ]
  if (chain.length === 0)
    return [
      {
        code: 'chain_missing',
        field: 'chain',
        message: 'a subordinate needs its issuers: the nearest first, the root last',
      },
    ]
  return orderViolations(outside)
}

/** Without it, its CRLs would be refused (RFC 5280 §6.3.3 (f)). */
function crlUsage({ extensions }: ParsedCertificate): Violation[] {
  const { extensions: known, keyUsage } = decodedFrom(extensions)
  if (!known.has(OID.keyUsage))
    return [
      {
        code: 'key_usage_missing',
        field: 'certificate.keyUsage',
        message: 'is missing; an authority has it',
      },
    ]
  if (keyUsage?.includes('cRLSign') !== false) return []
  return [
    { code: 'key_usage', field: 'certificate.keyUsage', message: 'lacks cRLSign: the key may not sign CRLs' },
  ]
}

/** Path lengths and name constraints of everything above (RFC 5280 §6.1.3 (b), (c), §6.1.4 (l), (m)). */
function pathViolations({ certificate, chain }: OutsideCertificate): Violation[] {
  const path = [certificate, ...chain]
  try {
    return path.slice(0, -1).flatMap((each, place) => {
      const field = place === 0 ? 'certificate' : `chain[${place - 1}]`
      const above = issuerFactsOf(path.slice(place + 1))
      return [...pathLength(each, above.pathLength, field), ...nameProblems(each, above.constraints, field)]
    })
  } catch (error) {
    // An extension that can't be read is named by the rules on each certificate.
    if (error instanceof ChanceryError) return []
    throw error
  }
}

function pathLength(certificate: ParsedCertificate, left: number, field: string): Violation[] {
  // A self-issued certificate doesn't count, but a chain that is too long already allows none.
  if (left >= (namesItself(certificate) ? 0 : 1)) return []
  return [
    {
      code: 'path_length',
      field: `${field}.basicConstraints`,
      message: 'the path length of an authority above allows no further authority',
    },
  ]
}

function nameProblems(
  { subject, extensions }: ParsedCertificate,
  constraints: readonly ChainConstraints[],
  field: string,
): Violation[] {
  const names = decodedFrom(extensions).subjectAltName?.names ?? []
  return constraints.flatMap((each) =>
    constraintViolations(names, subject, each).map((problem) => ({
      code: 'name_constraints',
      field: `${field}.${problem.field}`,
      message: problem.message,
    })),
  )
}
