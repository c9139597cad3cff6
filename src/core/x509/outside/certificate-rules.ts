import type { Violation } from '../../domain/errors.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import { refusedSignature, sameOctets, signatureAlgorithmOf } from '../algorithm-identifiers.ts'
import { thoroughKeyFindings } from '../key-strength.ts'
import { decodedFrom, extensionName, type Decoded } from '../lint-rules/decoded.ts'
import { OID } from '../oids.ts'
import type { ParsedCertificate } from '../types.ts'

/** What AWS Private CA takes when it is critical; any other critical extension is refused. */
const MAY_BE_CRITICAL: ReadonlySet<string> = new Set([
  OID.authorityKeyIdentifier,
  OID.basicConstraints,
  OID.certificatePolicies,
  OID.extKeyUsage,
  OID.inhibitAnyPolicy,
  OID.issuerAltName,
  OID.keyUsage,
  OID.nameConstraints,
  OID.policyMappings,
  OID.subjectAltName,
  OID.subjectDirectoryAttributes,
  OID.subjectKeyIdentifier,
  OID.subjectInfoAccess,
])

type Complain = (code: string, field: string, message: string) => void

/**
 * What is wrong with one certificate of a chain by itself, whoever signed it: it is a certificate of an authority, valid
 * now, with a sound key and a sound signature algorithm, and nothing critical in it goes unheeded.
 * @param field where it stands, e.g. `chain[0]`
 */
export function certificateViolations(
  certificate: ParsedCertificate,
  field: string,
  now: Millis,
): Violation[] {
  const violations: Violation[] = []
  const complain: Complain = (code, path, message) => {
    violations.push({ code, field: path === '' ? field : `${field}.${path}`, message })
  }
  const decoded = decodedFrom(certificate.extensions)
  form(certificate, complain)
  validity(certificate, now, complain)
  extensions(certificate, decoded, complain)
  authority(decoded, complain)
  for (const { rule, message } of thoroughKeyFindings(certificate.publicKey))
    complain(rule, 'subjectPublicKeyInfo', message)
  return violations
}

function form({ version, signatureAlgorithm, outerAlgorithm }: ParsedCertificate, complain: Complain): void {
  if (version !== 3) complain('certificate_version', '', `is of version ${version}; an authority's is of 3`)
  // RFC 5280 §4.1.1.2.
  if (!sameOctets(signatureAlgorithm.der, outerAlgorithm.der))
    complain('signature_algorithms', '', 'names two different signature algorithms')
  if (signatureAlgorithmOf(signatureAlgorithm) !== undefined) return
  const { code, message } = refusedSignature(signatureAlgorithm)
  complain(code, '', message)
}

function validity({ notBefore, notAfter }: ParsedCertificate, now: Millis, complain: Complain): void {
  if (notBefore.time > now)
    complain('certificate_not_yet_valid', 'validity.notBefore', `is valid from ${isoOf(notBefore.time)} only`)
  if (notAfter.time <= now)
    complain('certificate_expired', 'validity.notAfter', `expired at ${isoOf(notAfter.time)}`)
}

function extensions(
  certificate: ParsedCertificate,
  { repeated, unreadable }: Decoded,
  complain: Complain,
): void {
  for (const oid of repeated) complain('extension_twice', extensionName(oid), 'stands there twice')
  for (const { field, message } of unreadable)
    complain('extension_unreadable', field, `can't be read: ${message}`)
  for (const { oid, critical } of certificate.extensions)
    if (critical && !MAY_BE_CRITICAL.has(oid))
      complain(
        'extension_critical',
        extensionName(oid),
        'is critical, and not among the critical extensions that an imported certificate may have',
      )
}

/** RFC 5280 §4.2.1.9, §4.2.1.3. */
function authority({ extensions, basicConstraints, keyUsage }: Decoded, complain: Complain): void {
  const constraints = extensions.get(OID.basicConstraints)
  if (constraints === undefined) complain('basic_constraints_missing', 'basicConstraints', 'is missing')
  else if (!constraints.critical)
    complain('basic_constraints_critical', 'basicConstraints', 'must be critical')
  if (basicConstraints?.ca === false)
    complain(
      'basic_constraints_ca',
      'basicConstraints.cA',
      'must be TRUE: it is not an authority’s certificate',
    )
  if (keyUsage?.includes('keyCertSign') === false)
    complain('key_usage', 'keyUsage', 'lacks keyCertSign: the key may not sign certificates')
}
