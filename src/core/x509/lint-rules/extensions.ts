import { isRefusal } from '../dns-names.ts'
import { OID } from '../oids.ts'
import { canonicalUri } from '../uris.ts'
import { extensionName } from './decoded.ts'
import { BACKDATE_MINUTES } from '../../domain/profiles.ts'
import { DAY, MINUTE } from '../../domain/time.ts'
import type { Complain, Facts, Rule } from './rule.ts'

/** Extensions that relying parties of RFC 5280 and RFC 7633 process: the only ones that may be critical. */
const MAY_BE_CRITICAL: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.nameConstraints,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
  OID.cRLDistributionPoints,
])
/** RFC 5280: "Conforming CAs MUST mark this extension as critical". */
const MUST_BE_CRITICAL: readonly string[] = [OID.nameConstraints, OID.policyConstraints, OID.inhibitAnyPolicy]
/** Known and "MUST mark as non-critical". */
const MUST_NOT_BE_CRITICAL: readonly string[] = [
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.authorityInfoAccess,
  OID.subjectInfoAccess,
  OID.freshestCRL,
]
const FOR_AUTHORITIES: readonly string[] = [
  OID.nameConstraints,
  OID.policyConstraints,
  OID.policyMappings,
  OID.inhibitAnyPolicy,
]
/** 160 bits (RFC 5280 §4.2.1.2 (1), RFC 7093 §2 (1)) or a whole SHA-256 (RFC 7093 §2 (4)). */
const IDENTIFIER_OCTETS: readonly number[] = [20, 32]
/** CA/Browser Forum BR §1.6.1 "Short-lived": revocation may be left to expiry. Besides what notBefore lies in the past. */
const SHORT_LIVED = 7 * DAY + BACKDATE_MINUTES * MINUTE

function once({ decoded }: Facts, complain: Complain): void {
  for (const oid of decoded.repeated) complain(extensionName(oid), 'stands there twice')
}

function readable({ decoded }: Facts, complain: Complain): void {
  for (const { field, message } of decoded.unreadable) complain(field, `can't be read: ${message}`)
}

function criticalUnknown({ tbs }: Facts, complain: Complain): void {
  for (const { oid, critical } of tbs.extensions)
    if (critical && !MAY_BE_CRITICAL.has(oid) && !MUST_NOT_BE_CRITICAL.includes(oid))
      complain(extensionName(oid), 'is critical, but relying parties are not known to process it')
}

function criticality({ decoded: { extensions } }: Facts, complain: Complain): void {
  for (const oid of MUST_BE_CRITICAL)
    if (extensions.get(oid)?.critical === false) complain(extensionName(oid), 'must be critical')
  for (const oid of MUST_NOT_BE_CRITICAL)
    if (extensions.get(oid)?.critical === true) complain(extensionName(oid), 'must not be critical')
}

function authorityOnly({ decoded, isAuthority }: Facts, complain: Complain): void {
  if (isAuthority) return
  for (const oid of FOR_AUTHORITIES)
    if (decoded.extensions.has(oid)) complain(extensionName(oid), 'is only for authorities')
}

function policiesOnce({ decoded: { policies } }: Facts, complain: Complain): void {
  for (const [place, policy] of (policies ?? []).entries())
    if (policies?.indexOf(policy) !== place)
      complain(`certificatePolicies[${place}]`, `${policy} stands there twice`)
}

function policyMappings({ decoded }: Facts, complain: Complain): void {
  for (const [place, { issuer, subject }] of (decoded.policyMappings ?? []).entries())
    if (issuer === OID.anyPolicy || subject === OID.anyPolicy)
      complain(`policyMappings[${place}]`, 'maps anyPolicy, which stands for no policy of its own')
}

function subjectKeyIdentifier({ decoded, isAuthority }: Facts, complain: Complain): void {
  const identifier = decoded.subjectKeyIdentifier
  if (isAuthority && !decoded.extensions.has(OID.subjectKeyIdentifier))
    complain('subjectKeyIdentifier', 'is missing; an authority has it')
  if (identifier !== undefined && !IDENTIFIER_OCTETS.includes(identifier.length))
    complain(
      'subjectKeyIdentifier',
      `has ${identifier.length} octets, but is a hash of ${IDENTIFIER_OCTETS.join(' or ')}`,
    )
}

function problemOf(url: string): string | undefined {
  const canonical = canonicalUri(url)
  if (isRefusal(canonical)) return canonical.message
  // RFC 5280 §8: fetching over https can need the very revocation check that it is for.
  return canonical.startsWith('http://') ? undefined : 'must be an http URL'
}

/** Lists found to be in order; decoded lists are shared by the certificates of an issuer, see `Memo`. */
const inOrder = new WeakSet<readonly string[]>()

function checkUrls(field: string, list: readonly string[] | undefined, complain: Complain): void {
  if (list === undefined || inOrder.has(list)) return
  let sound = true
  for (const [place, url] of list.entries()) {
    const problem = problemOf(url)
    if (problem === undefined) continue
    sound = false
    complain(`${field}[${place}]`, `${JSON.stringify(url)} ${problem}`)
  }
  if (sound) inOrder.add(list)
}

function urls({ decoded: { crlUrls, freshestCrlUrls, access } }: Facts, complain: Complain): void {
  if (crlUrls?.length === 0) complain('cRLDistributionPoints', 'names no URL')
  if (freshestCrlUrls?.length === 0) complain('freshestCRL', 'names no URL')
  if (access?.ocsp.length === 0 && access.caIssuers.length === 0)
    complain('authorityInfoAccess', 'names no URL of a responder or a certificate')
  checkUrls('cRLDistributionPoints', crlUrls, complain)
  checkUrls('freshestCRL', freshestCrlUrls, complain)
  checkUrls('authorityInfoAccess.ocsp', access?.ocsp, complain)
  checkUrls('authorityInfoAccess.caIssuers', access?.caIssuers, complain)
}

function revocationPointer({ decoded, tbs, isAuthority }: Facts, complain: Complain): void {
  if (isAuthority || tbs.notAfter.time - tbs.notBefore.time <= SHORT_LIVED) return
  const { extensions, access } = decoded
  if (
    extensions.has(OID.cRLDistributionPoints) ||
    extensions.has(OID.ocspNoCheck) ||
    (access?.ocsp.length ?? 0) > 0
  )
    return
  complain(
    'cRLDistributionPoints',
    "neither a CRL nor an OCSP responder is named, so clients can't learn of a revocation",
  )
}

/** Rules on extensions as such, and on those that name keys and places. */
export const EXTENSION_RULES: readonly Rule[] = [
  { id: 'extension_once', severity: 'error', source: 'RFC 5280 §4.2', check: once },
  { id: 'extension_readable', severity: 'error', source: 'RFC 5280 §4.2', check: readable },
  { id: 'extension_critical_unknown', severity: 'error', source: 'RFC 5280 §4.2', check: criticalUnknown },
  {
    id: 'extension_criticality',
    severity: 'error',
    source: 'RFC 5280 §4.2.1.1, §4.2.1.2, §4.2.1.10, §4.2.1.11, §4.2.1.14, §4.2.1.15, §4.2.2.1',
    check: criticality,
  },
  {
    id: 'extension_authority_only',
    severity: 'error',
    source: 'RFC 5280 §4.2.1.5, §4.2.1.10, §4.2.1.11, §4.2.1.14',
    check: authorityOnly,
  },
  { id: 'policies_once', severity: 'error', source: 'RFC 5280 §4.2.1.4', check: policiesOnce },
  { id: 'policy_mappings', severity: 'error', source: 'RFC 5280 §4.2.1.5', check: policyMappings },
  {
    id: 'subject_key_identifier',
    severity: 'error',
    source: 'RFC 5280 §4.2.1.2; RFC 7093 §2',
    check: subjectKeyIdentifier,
  },
  { id: 'urls', severity: 'error', source: 'RFC 5280 §4.2.1.13, §4.2.2.1, §8', check: urls },
  {
    id: 'revocation_pointer',
    severity: 'warning',
    source: 'RFC 5280 §4.2.1.13, §4.2.2.1',
    check: revocationPointer,
  },
]
