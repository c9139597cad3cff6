import { KEY_USAGES, type KeyUsage } from '../domain/key-usages.ts'
import type { GeneralName, NameConstraints } from '../domain/names.ts'
import { violationError, withDerErrors } from './der/errors.ts'
import {
  NULL,
  TRUE,
  asciiOctets,
  element,
  explicit,
  ia5String,
  implicit,
  integer,
  namedBitsContent,
  octetString,
  oid,
  sequence,
} from './der/writer.ts'
import { TAG } from './der/tags.ts'
import { isRefusal } from './dns-names.ts'
import { encodeGeneralNames } from './general-names-der.ts'
import { encodeNameConstraints } from './name-constraints-extension.ts'
import { OID } from './oids.ts'
import type { OidName } from './oids.ts'
import type { PolicyConstraints, PolicyMapping } from './policies.ts'
import type { Extension } from './types.ts'
import { canonicalUri } from './uris.ts'

export { KEY_USAGES, type KeyUsage }

export type BasicConstraints = { readonly ca: boolean; readonly pathLength?: number }
export type CertificatePolicy = {
  readonly oid: string
  /** URL of a practice statement. */ readonly cps?: string
}
export type AccessUrls = { readonly caIssuers?: readonly string[]; readonly ocsp?: readonly string[] }

/** Builds an Extension; what can't be written becomes request_invalid naming the extension. */
export function extension(name: OidName, critical: boolean, encode: () => Uint8Array): Extension {
  return withDerErrors('request_invalid', name, () => ({ oid: OID[name], critical, value: encode() }))
}

function refuseEmpty(list: readonly unknown[], name: OidName): void {
  if (list.length === 0) throw violationError('request_invalid', 'extension_empty', name, 'must not be empty')
}

/** A number as RFC 5280's SkipCerts and pathLenConstraint have it. */
function count(value: number, name: OidName): Uint8Array {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return integer(value)
  throw violationError('request_invalid', 'extension_number', name, 'must be a whole number from 0 to 255')
}

/** RFC 5280 §4.2.1.9: critical in CA certificates; a path length only there. @throws request_invalid */
export function basicConstraints({ ca, pathLength }: BasicConstraints, critical = true): Extension {
  if (!ca && pathLength !== undefined) {
    throw violationError(
      'request_invalid',
      'path_length',
      'basicConstraints',
      'only an authority has a path length',
    )
  }
  // cA is DEFAULT FALSE, so it is written only where it is true.
  return extension('basicConstraints', critical, () => {
    if (!ca) return sequence()
    return pathLength === undefined ? sequence(TRUE) : sequence(TRUE, count(pathLength, 'basicConstraints'))
  })
}

/** RFC 5280 §4.2.1.3: at least one bit, critical. @throws request_invalid */
export function keyUsage(usages: readonly KeyUsage[], critical = true): Extension {
  refuseEmpty(usages, 'keyUsage')
  const bits = usages.map((usage) => KEY_USAGES.indexOf(usage))
  return extension('keyUsage', critical, () => element(TAG.bitString, namedBitsContent(bits)))
}

/** RFC 5280 §4.2.1.12, purposes as dotted OIDs. @throws request_invalid */
export function extKeyUsage(oids: readonly string[], critical = false): Extension {
  refuseEmpty(oids, 'extKeyUsage')
  return extension('extKeyUsage', critical, () => sequence(...oids.map(oid)))
}

/** RFC 5280 §4.2.1.2, never critical; for the identifier see `keyIdentifierOf`. */
export const subjectKeyIdentifier = (identifier: Uint8Array): Extension =>
  extension('subjectKeyIdentifier', false, () => octetString(identifier))

/** RFC 5280 §4.2.1.1: the issuer's key identifier only, never critical. */
export const authorityKeyIdentifier = (identifier: Uint8Array): Extension =>
  extension('authorityKeyIdentifier', false, () => sequence(implicit(0, identifier)))

/** RFC 5280 §4.2.1.6: critical if and only if the subject (DER of a Name) is empty. @throws request_invalid */
export function subjectAltName(names: readonly GeneralName[], subject: Uint8Array): Extension {
  refuseEmpty(names, 'subjectAltName')
  return { oid: OID.subjectAltName, critical: subject.length === 2, value: encodeGeneralNames(names) }
}

/** RFC 5280 §4.2.1.7, never critical. @throws request_invalid */
export function issuerAltName(names: readonly GeneralName[]): Extension {
  refuseEmpty(names, 'issuerAltName')
  return { oid: OID.issuerAltName, critical: false, value: encodeGeneralNames(names) }
}

/** RFC 5280 §4.2.1.4; no policy twice. @throws request_invalid */
export function certificatePolicies(policies: readonly CertificatePolicy[], critical = false): Extension {
  refuseEmpty(policies, 'certificatePolicies')
  if (new Set(policies.map((policy) => policy.oid)).size < policies.length) {
    throw violationError('request_invalid', 'policy_twice', 'certificatePolicies', 'a policy stands twice')
  }
  return extension('certificatePolicies', critical, () =>
    sequence(
      ...policies.map((policy) =>
        policy.cps === undefined
          ? sequence(oid(policy.oid))
          : sequence(
              oid(policy.oid),
              sequence(sequence(oid(OID.cps), ia5String(checkedUrl(policy.cps, 'certificatePolicies')))),
            ),
      ),
    ),
  )
}

/** RFC 5280 §4.2.1.5: critical; anyPolicy is mapped neither from nor to. @throws request_invalid */
export function policyMappings(mappings: readonly PolicyMapping[]): Extension {
  refuseEmpty(mappings, 'policyMappings')
  if (mappings.some(({ issuer, subject }) => issuer === OID.anyPolicy || subject === OID.anyPolicy)) {
    throw violationError('request_invalid', 'policy_any', 'policyMappings', 'anyPolicy must not be mapped')
  }
  return extension('policyMappings', true, () =>
    sequence(...mappings.map(({ issuer, subject }) => sequence(oid(issuer), oid(subject)))),
  )
}

/** RFC 5280 §4.2.1.11: critical, at least one of the two. @throws request_invalid */
export function policyConstraints(constraints: PolicyConstraints): Extension {
  const parts = [constraints.requireExplicitPolicy, constraints.inhibitPolicyMapping].flatMap((value, tag) =>
    // IMPLICIT INTEGER: the content of the INTEGER, without its tag and length.
    value === undefined ? [] : [implicit(tag, count(value, 'policyConstraints').subarray(2))],
  )
  refuseEmpty(parts, 'policyConstraints')
  return extension('policyConstraints', true, () => sequence(...parts))
}

/** RFC 5280 §4.2.1.14: critical. @throws request_invalid */
export const inhibitAnyPolicy = (skipCerts: number): Extension =>
  extension('inhibitAnyPolicy', true, () => count(skipCerts, 'inhibitAnyPolicy'))

/** RFC 5280 §4.2.1.10: critical, only in CA certificates. @throws request_invalid naming the subtree */
export const nameConstraints = (constraints: NameConstraints): Extension =>
  extension('nameConstraints', true, () => encodeNameConstraints(constraints))

/** RFC 5280 §4.2.1.13: one distribution point, whose CRL stands at each of the URLs. @throws request_invalid */
export const cRLDistributionPoints = (urls: readonly string[]): Extension =>
  points('cRLDistributionPoints', urls)

/** RFC 5280 §4.2.1.15, §5.2.6: where the delta CRL stands. @throws request_invalid */
export const freshestCRL = (urls: readonly string[]): Extension => points('freshestCRL', urls)

function points(name: 'cRLDistributionPoints' | 'freshestCRL', urls: readonly string[]): Extension {
  refuseEmpty(urls, name)
  return extension(name, false, () => sequence(sequence(explicit(0, fullName(urls, name)))))
}

/** DistributionPointName's fullName (RFC 5280 §4.2.1.13). @throws request_invalid */
export const fullName = (urls: readonly string[], name: OidName): Uint8Array =>
  explicit(0, ...urls.map((url) => uriName(url, name)))

const uriName = (url: string, name: OidName): Uint8Array => implicit(6, asciiOctets(checkedUrl(url, name)))

function checkedUrl(url: string, name: OidName): string {
  const result = canonicalUri(url)
  if (isRefusal(result))
    throw violationError('request_invalid', result.code, name, `${url} ${result.message}`)
  return result
}

/** RFC 5280 §4.2.2.1, never critical; responders before issuers. @throws request_invalid */
export function authorityInfoAccess({ caIssuers = [], ocsp = [] }: AccessUrls): Extension {
  refuseEmpty([...caIssuers, ...ocsp], 'authorityInfoAccess')
  return extension('authorityInfoAccess', false, () =>
    sequence(
      ...ocsp.map((url) => sequence(oid(OID.ocsp), uriName(url, 'authorityInfoAccess'))),
      ...caIssuers.map((url) => sequence(oid(OID.caIssuers), uriName(url, 'authorityInfoAccess'))),
    ),
  )
}

/** RFC 5280 §4.2.2.2: where an authority publishes its certificates. @throws request_invalid */
export function subjectInfoAccess(caRepository: readonly string[]): Extension {
  refuseEmpty(caRepository, 'subjectInfoAccess')
  return extension('subjectInfoAccess', false, () =>
    sequence(
      ...caRepository.map((url) => sequence(oid(OID.caRepository), uriName(url, 'subjectInfoAccess'))),
    ),
  )
}

/** RFC 6960 §4.2.2.2.1: the responder's certificate isn't checked for revocation. */
export const ocspNoCheck = (): Extension => extension('ocspNoCheck', false, () => NULL)

/** RFC 7633 §4: TLS extensions that the server must support; 5 is status_request. @throws request_invalid */
export function tlsFeature(features: readonly number[]): Extension {
  refuseEmpty(features, 'tlsFeature')
  return extension('tlsFeature', false, () => sequence(...features.map(integer)))
}
