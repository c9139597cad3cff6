import { constraintViolations, problemWith } from '../name-constraints.ts'
import { sameOctets } from '../algorithm-identifiers.ts'
import { OID } from '../oids.ts'
import { leafPoliciesHold, leavesPolicies, namablePolicies, policiesBelow } from '../policies.ts'
import { hostIn } from './names.ts'
import type { GeneralName } from '../../domain/names.ts'
import type { Complain, Facts, Rule } from './rule.ts'

/** RFC 6960 §4.2.2.2: a responder is authorized by its issuer directly, so the purposes of the chain don't bind it. */
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'

function context({ context: { kind, issuer } }: Facts, complain: Complain): void {
  if (kind === 'root' && issuer !== undefined) complain('issuer', 'a root has no issuer but itself')
  if (kind !== 'root' && issuer === undefined) complain('issuer', 'the chain of the issuer is unknown')
}

function issuerName({ tbs, context: { issuer } }: Facts, complain: Complain): void {
  if (!sameOctets(tbs.issuer, issuer?.subject ?? tbs.subject))
    complain(
      'issuer',
      `is not byte for byte the subject of the ${issuer === undefined ? 'root itself' : 'issuing authority'}`,
    )
}

function issuerSigns({ context: { issuer } }: Facts, complain: Complain): void {
  if (issuer?.signsCertificates === false)
    complain('issuer', 'an authority of the chain may not sign certificates (basicConstraints, keyUsage)')
}

function withinIssuer({ tbs, context: { issuer } }: Facts, complain: Complain): void {
  if (issuer === undefined) return
  if (tbs.notAfter.time > issuer.notAfter)
    complain(
      'validity.notAfter',
      `is after the issuer's, which is ${new Date(issuer.notAfter).toISOString()}`,
    )
  if (tbs.notBefore.time < issuer.notBefore)
    complain(
      'validity.notBefore',
      `is before the issuer's, which is ${new Date(issuer.notBefore).toISOString()}`,
    )
}

function pathLength({ context: { issuer }, isAuthority, decoded, tbs }: Facts, complain: Complain): void {
  if (issuer === undefined) return
  if (issuer.pathLength < 0)
    return complain('basicConstraints', "the chain is longer than an authority's path length allows")
  if (!isAuthority || sameOctets(tbs.subject, tbs.issuer)) return
  if (issuer.pathLength < 1)
    return complain('basicConstraints', 'the path length of the chain allows no further authority')
  const own = decoded.basicConstraints?.pathLength
  if (own !== undefined && own >= issuer.pathLength)
    complain(
      'basicConstraints.pathLenConstraint',
      `is ${own}; below this issuer at most ${issuer.pathLength - 1} is possible`,
    )
}

function nameConstraints(facts: Facts, complain: Complain): void {
  const { issuer } = facts.context
  if (issuer === undefined || issuer.constraints.length === 0) return
  const names = facts.decoded.subjectAltName?.names ?? []
  const hosts = commonNameHosts(facts)
  for (const constraints of issuer.constraints) {
    for (const { field, message } of constraintViolations(names, facts.tbs.subject, constraints))
      complain(field, message)
    for (const host of hosts) {
      const message = problemWith(host, constraints)
      if (message !== undefined) complain('subject.commonName', message)
    }
  }
}

/**
 * OpenSSL, GnuTLS and NSS take a leaf's common name for its host where subjectAltName has none, and so would slip a host
 * past constraints that look at names only. An authority's common name is nobody's host.
 */
const commonNameHosts = ({ subject, isAuthority }: Facts): GeneralName[] =>
  isAuthority ? [] : subject.flatMap(({ oid, text }) => (oid === OID.commonName ? (hostIn(text) ?? []) : []))

/** Letters, digits, hyphens and dots: what Java's parser of DNS names takes. */
const ONE_WORD = /^[A-Za-z0-9][A-Za-z0-9.-]*$/

/**
 * Where no DNS name is, GnuTLS and NSS take a leaf's common name for one, whatever it says, and Java an authority's, if it
 * is one word: below permitted domains they refuse a person called so, or everything that such an authority issues.
 */
function commonNameReadAsHost(facts: Facts, complain: Complain): void {
  const { context, decoded, subject, isAuthority } = facts
  if (context.issuer?.constraints.some(({ permitted }) => permitted.dns !== undefined) !== true) return
  if (decoded.subjectAltName?.names.some(({ type }) => type === 'dns') === true) return
  for (const { oid, text } of subject) {
    // A leaf's host is refused by another rule.
    if (oid !== OID.commonName || (isAuthority ? !ONE_WORD.test(text) : hostIn(text) !== undefined)) continue
    const asHost: GeneralName = { type: 'dns', value: text.toLowerCase() }
    if (context.issuer.constraints.every((constraints) => problemWith(asHost, constraints) === undefined))
      continue
    complain(
      'subject.commonName',
      isAuthority
        ? `Java takes ${JSON.stringify(text)} for a host that isn't permitted, and refuses all that is issued; a blank in it helps`
        : `GnuTLS and NSS take ${JSON.stringify(text)} for a host that isn't permitted; leave it out, or give a DNS name besides`,
    )
  }
}

function purposes({ context: { issuer }, decoded }: Facts, complain: Complain): void {
  if (issuer?.purposes === undefined) return
  for (const [place, purpose] of (decoded.extendedKeyUsage ?? []).entries())
    if (purpose !== OCSP_SIGNING && !issuer.purposes.has(purpose))
      complain(`extKeyUsage[${place}]`, `${purpose} is not among the purposes that the chain allows`)
}

function policies({ context: { issuer }, decoded, tbs, isAuthority }: Facts, complain: Complain): void {
  if (issuer === undefined) return
  if (issuer.policies.failed)
    return complain('issuer', 'the chain requires a policy that its own certificates don’t have')
  const hold = isAuthority
    ? leavesPolicies(policiesBelow(issuer.policies, decoded, sameOctets(tbs.subject, tbs.issuer)))
    : leafPoliciesHold(issuer.policies, decoded)
  if (hold) return
  const possible = namablePolicies(issuer.policies)
  complain(
    'certificatePolicies',
    `${isAuthority ? 'leaves no valid policy for what is below, where one is required' : 'has no valid policy, but the chain requires one'}; ` +
      (possible === undefined
        ? 'name one'
        : possible.length === 0
          ? 'none is left to name'
          : `there are ${possible.join(', ')}`),
  )
}

function authorityKeyIdentifier({ context: { issuer }, decoded }: Facts, complain: Complain): void {
  const identifier = decoded.authorityKeyIdentifier
  const expected = issuer === undefined ? decoded.subjectKeyIdentifier : issuer.subjectKeyIdentifier
  if (identifier === undefined) {
    // RFC 5280 §4.2.1.1: only self-signed certificates may omit it.
    if (issuer !== undefined) complain('authorityKeyIdentifier', 'is missing')
  } else if (identifier.keyIdentifier === undefined)
    complain('authorityKeyIdentifier', 'has no keyIdentifier')
  else if (expected !== undefined && !sameOctets(identifier.keyIdentifier, expected))
    complain('authorityKeyIdentifier', "is not the issuer's subjectKeyIdentifier")
}

/** Rules on how a certificate fits the chain that signs it. */
export const ISSUER_RULES: readonly Rule[] = [
  { id: 'issuer_known', severity: 'error', source: 'RFC 5280 §6.1', check: context },
  { id: 'issuer_name', severity: 'error', source: 'RFC 5280 §4.1.2.4, §6.1.3 (a)(4)', check: issuerName },
  { id: 'issuer_signs', severity: 'error', source: 'RFC 5280 §4.2.1.9, §6.1.4 (k), (n)', check: issuerSigns },
  { id: 'validity_nested', severity: 'error', source: 'RFC 5280 §6.1.3 (a)(2)', check: withinIssuer },
  { id: 'path_length', severity: 'error', source: 'RFC 5280 §4.2.1.9, §6.1.4 (l), (m)', check: pathLength },
  { id: 'name_constraints', severity: 'error', source: 'RFC 5280 §4.2.1.10', check: nameConstraints },
  {
    id: 'common_name_read_as_host',
    severity: 'warning',
    source: 'RFC 5280 §4.2.1.10; RFC 6125 §6.4.4',
    check: commonNameReadAsHost,
  },
  {
    id: 'purposes_nested',
    severity: 'error',
    source: 'CA/Browser Forum BR §7.1.2.4; RFC 6960 §4.2.2.2',
    check: purposes,
  },
  { id: 'policies_nested', severity: 'error', source: 'RFC 5280 §6.1.3 (d) to (f), §6.1.5', check: policies },
  {
    id: 'authority_key_identifier',
    severity: 'error',
    source: 'RFC 5280 §4.2.1.1',
    check: authorityKeyIdentifier,
  },
]
