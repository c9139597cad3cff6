import { DerReader } from './der/reader.ts'
import { withDerErrors } from './der/errors.ts'
import { TAG } from './der/tags.ts'
import { element, oid, sequence } from './der/writer.ts'
import { attributesOf, fieldString } from './distinguished-names.ts'
import {
  certificatePolicies,
  extKeyUsage,
  keyUsage,
  ocspNoCheck,
  subjectKeyIdentifier,
} from './extensions.ts'
import type { IssuerFacts } from './lint-rules/issuer-facts.ts'
import { OID } from './oids.ts'
import { leafPoliciesHold, namablePolicies } from './policies.ts'
import { keyIdentifierOf } from './public-keys.ts'
import type { Extension } from './types.ts'

const NAME = 'OCSP responder'

/**
 * The Name of an authority's responder: one RDN below the authority's own, so that constraints on directory names which
 * let the authority pass do so for it, too. Where hosts are constrained it has no common name, since GnuTLS and NSS take a
 * leaf's for a host.
 */
export function responderName({ subject, constraints }: IssuerFacts): Uint8Array {
  const hostsConstrained = constraints.some(({ permitted }) => permitted.dns !== undefined)
  const above = hostsConstrained ? rdnsOf(subject).filter((rdn) => !hasCommonName(rdn)) : rdnsOf(subject)
  const field = hostsConstrained ? 'organizationalUnit' : 'commonName'
  return sequence(...above, element(TAG.set, sequence(oid(OID[field]), fieldString(field, NAME))))
}

const rdnsOf = (name: Uint8Array): Uint8Array[] =>
  withDerErrors('request_invalid', 'issuer', () => {
    const rdns = new DerReader(name).enter(TAG.sequence, 'the issuer')
    const all: Uint8Array[] = []
    while (!rdns.done) all.push(rdns.element('the issuer'))
    return all
  })

const hasCommonName = (rdn: Uint8Array): boolean =>
  attributesOf(sequence(rdn), 'issuer').some((attribute) => attribute.oid === OID.commonName)

/**
 * What makes a certificate a responder's (RFC 6960 §4.2.2.2), which nobody checks for revocation (§4.2.2.2.1); RFC 9919
 * §3.2.2: it names neither responder nor CRL. `identifier` says who issued it.
 */
export const responderExtensions = (
  issuer: IssuerFacts,
  spki: Uint8Array,
  identifier: Extension,
): readonly Extension[] => [
  keyUsage(['digitalSignature']),
  extKeyUsage([OID.ocspSigning]),
  ocspNoCheck(),
  subjectKeyIdentifier(keyIdentifierOf(spki)),
  identifier,
  ...policiesUnder(issuer),
]

const NO_POLICIES = {
  policies: undefined,
  policyMappings: undefined,
  policyConstraints: undefined,
  inhibitAnyPolicy: undefined,
}

/** Where the chain obliges everybody to name a policy (RFC 5280 §4.2.1.11): all that may be named. */
function policiesUnder({ policies }: IssuerFacts): readonly Extension[] {
  if (leafPoliciesHold(policies, NO_POLICIES)) return []
  const namable = namablePolicies(policies) ?? [OID.anyPolicy]
  return namable.length === 0 ? [] : [certificatePolicies(namable.map((policy) => ({ oid: policy })))]
}
