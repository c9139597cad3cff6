import { withDerErrors, DerError } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { ia5Text } from './der/strings.ts'
import { TAG, contextConstructed, contextPrimitive } from './der/tags.ts'
import { KEY_USAGES } from './extensions.ts'
import type { BasicConstraints, CertificatePolicy, KeyUsage } from './extensions.ts'
import { OID } from './oids.ts'
import type { PolicyConstraints, PolicyMapping } from './policies.ts'

/** Every decoder takes an extension's `value`, and throws request_invalid naming `field`, the extension by default. */
function decode<T>(value: Uint8Array, field: string, read: (reader: DerReader) => T): T {
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(value)
    const result = read(reader)
    reader.finish('the extension')
    return result
  })
}

/** RFC 5280 §4.2.1.9. */
export function decodeBasicConstraints(value: Uint8Array, field = 'basicConstraints'): BasicConstraints {
  return decode(value, field, (reader) => {
    const inside = reader.enter(TAG.sequence, 'the basic constraints')
    const ca = inside.has(TAG.boolean) ? inside.boolean('cA') : undefined
    if (ca === false)
      throw new DerError('der_ber', 'this is BER (a written default, cA FALSE); DER is required')
    const pathLength = inside.done ? undefined : inside.smallInteger('the path length')
    inside.finish('the basic constraints')
    return { ca: ca === true, ...(pathLength !== undefined && { pathLength }) }
  })
}

/** RFC 5280 §4.2.1.3, in the order of the bits; bits beyond decipherOnly are refused. */
export function decodeKeyUsage(value: Uint8Array, field = 'keyUsage'): readonly KeyUsage[] {
  return decode(value, field, (reader) => {
    const bits = reader.namedBits('the key usage')
    if (bits.length > KEY_USAGES.length) throw new DerError('key_usage', 'a bit is set that has no meaning')
    return KEY_USAGES.filter((_, i) => bits[i] === true)
  })
}

/** RFC 5280 §4.2.1.12: dotted OIDs, in the order written. */
export function decodeExtKeyUsage(value: Uint8Array, field = 'extKeyUsage'): readonly string[] {
  return decode(value, field, (reader) => {
    const list = nonEmpty(reader, 'the extended key usage')
    const oids: string[] = []
    while (!list.done) oids.push(list.oid('the extended key usage'))
    return oids
  })
}

/** RFC 5280 §4.2.1.2. */
export const decodeSubjectKeyIdentifier = (value: Uint8Array, field = 'subjectKeyIdentifier'): Uint8Array =>
  decode(value, field, (reader) => reader.octetString('the key identifier'))

/** RFC 5280 §4.2.1.1: the key identifier, if there is one, and whether issuer and serial are there too. */
export function decodeAuthorityKeyIdentifier(
  value: Uint8Array,
  field = 'authorityKeyIdentifier',
): { readonly keyIdentifier?: Uint8Array; readonly issuerAndSerial: boolean } {
  return decode(value, field, (reader) => {
    const inside = reader.enter(TAG.sequence, 'the authority key identifier')
    const keyIdentifier = inside.has(contextPrimitive(0))
      ? inside.octetString('the key identifier', contextPrimitive(0))
      : undefined
    const issuer = inside.has(contextConstructed(1))
    if (issuer) inside.checkedElement('the issuer')
    const serial = inside.has(contextPrimitive(2))
    if (serial) inside.integer('the serial number', contextPrimitive(2))
    inside.finish('the authority key identifier')
    if (issuer !== serial)
      throw new DerError('der_structure', 'issuer and serial number must both be there or neither')
    return { ...(keyIdentifier && { keyIdentifier }), issuerAndSerial: issuer }
  })
}

/** RFC 5280 §4.2.1.13, also for freshestCRL: the URLs of all points, in the order written; other names left out. */
export function decodeCrlDistributionPoints(
  value: Uint8Array,
  field = 'cRLDistributionPoints',
): readonly string[] {
  return decode(value, field, (reader) => {
    const list = nonEmpty(reader, 'the distribution points')
    const urls: string[] = []
    while (!list.done) {
      const point = list.enter(TAG.sequence, 'a distribution point')
      if (point.has(contextConstructed(0))) {
        const name = point.enter(contextConstructed(0), 'a distribution point')
        if (name.has(contextConstructed(0))) readUrls(name.enter(contextConstructed(0), 'a full name'), urls)
        else name.checkedElement('a relative name')
        name.finish('a distribution point')
      }
      while (!point.done) point.checkedElement('a distribution point')
    }
    return urls
  })
}

function readUrls(names: DerReader, urls: string[]): void {
  while (!names.done) {
    if (names.has(contextPrimitive(6)))
      urls.push(ia5Text(names.octetString('a URL', contextPrimitive(6)), 'a URL'))
    else names.checkedElement('a name')
  }
}

/** RFC 5280 §4.2.2.1: URLs by access method; other methods and names are left out. */
export function decodeAuthorityInfoAccess(
  value: Uint8Array,
  field = 'authorityInfoAccess',
): { readonly caIssuers: readonly string[]; readonly ocsp: readonly string[] } {
  return decode(value, field, (reader) => {
    const list = nonEmpty(reader, 'the access descriptions')
    const found = { caIssuers: [] as string[], ocsp: [] as string[] }
    while (!list.done) {
      const access = list.enter(TAG.sequence, 'an access description')
      const method = access.oid('the access method')
      if (access.done) throw new DerError('der_structure', 'an access description has no location')
      const urls = method === OID.ocsp ? found.ocsp : method === OID.caIssuers ? found.caIssuers : []
      if (access.has(contextPrimitive(6))) {
        urls.push(ia5Text(access.octetString('a URL', contextPrimitive(6)), 'a URL'))
      } else access.checkedElement('the location')
      access.finish('an access description')
    }
    return found
  })
}

/** RFC 5280 §4.2.1.4: policies with the first practice statement of each; other qualifiers are left out. */
export function decodeCertificatePolicies(
  value: Uint8Array,
  field = 'certificatePolicies',
): readonly CertificatePolicy[] {
  return decode(value, field, (reader) => {
    const list = nonEmpty(reader, 'the policies')
    const policies: CertificatePolicy[] = []
    while (!list.done) {
      const policy = list.enter(TAG.sequence, 'a policy')
      const oid = policy.oid('a policy')
      const cps = policy.done ? undefined : readPractice(policy)
      policy.finish('a policy')
      policies.push({ oid, ...(cps !== undefined && { cps }) })
    }
    return policies
  })
}

function readPractice(policy: DerReader): string | undefined {
  const qualifiers = nonEmpty(policy, 'the policy qualifiers')
  let cps: string | undefined
  while (!qualifiers.done) {
    const qualifier = qualifiers.enter(TAG.sequence, 'a policy qualifier')
    if (qualifier.oid('a policy qualifier') === OID.cps) {
      const url = ia5Text(
        qualifier.octetString('the practice statement', TAG.ia5String),
        'the practice statement',
      )
      cps ??= url
    } else qualifier.checkedElement('a policy qualifier')
    qualifier.finish('a policy qualifier')
  }
  return cps
}

/** RFC 5280 §4.2.1.5, in the order written; anyPolicy too, which mustn't stand there. */
export function decodePolicyMappings(value: Uint8Array, field = 'policyMappings'): readonly PolicyMapping[] {
  return decode(value, field, (reader) => {
    const list = nonEmpty(reader, 'the policy mappings')
    const mappings: PolicyMapping[] = []
    while (!list.done) {
      const mapping = list.enter(TAG.sequence, 'a policy mapping')
      mappings.push({ issuer: mapping.oid('a policy'), subject: mapping.oid('a policy') })
      mapping.finish('a policy mapping')
    }
    return mappings
  })
}

/** RFC 5280 §4.2.1.11. */
export function decodePolicyConstraints(value: Uint8Array, field = 'policyConstraints'): PolicyConstraints {
  return decode(value, field, (reader) => {
    const inside = nonEmpty(reader, 'the policy constraints')
    const count = (tag: number): number | undefined =>
      inside.has(contextPrimitive(tag))
        ? inside.smallInteger('a number of certificates', contextPrimitive(tag))
        : undefined
    const requireExplicitPolicy = count(0)
    const inhibitPolicyMapping = count(1)
    inside.finish('the policy constraints')
    return {
      ...(requireExplicitPolicy !== undefined && { requireExplicitPolicy }),
      ...(inhibitPolicyMapping !== undefined && { inhibitPolicyMapping }),
    }
  })
}

/** RFC 5280 §4.2.1.14. */
export const decodeInhibitAnyPolicy = (value: Uint8Array, field = 'inhibitAnyPolicy'): number =>
  decode(value, field, (reader) => reader.smallInteger('a number of certificates'))

/** RFC 5280 §5.2.3, §5.2.4: a CRL's number. */
export function decodeCrlNumber(value: Uint8Array, field = 'cRLNumber'): bigint {
  return decode(value, field, (reader) => {
    const octets = reader.integer('the CRL number')
    if ((octets[0] as number) >= 0x80) throw new DerError('crl_number', 'a CRL number is not negative')
    if (octets.length > 20)
      throw new DerError('crl_number', 'a CRL number has at most 20 octets (RFC 5280 §5.2.3)')
    return BigInt(`0x${Buffer.from(octets).toString('hex')}`)
  })
}

/** RFC 5280 §5.2.5: where the CRL of this scope is, and what it is limited to. */
export type DecodedDistributionPoint = {
  readonly urls: readonly string[]
  /** Tags of the fields beside the URLs: 1 users', 2 authorities', 3 some reasons, 4 indirect, 5 attribute certificates. */
  readonly limits: readonly number[]
}

/** RFC 5280 §5.2.5; other kinds of names are left out. */
export function decodeIssuingDistributionPoint(
  value: Uint8Array,
  field = 'issuingDistributionPoint',
): DecodedDistributionPoint {
  return decode(value, field, (reader) => {
    const point = nonEmpty(reader, 'the issuing distribution point')
    const urls: string[] = []
    const limits: number[] = []
    if (point.has(contextConstructed(0))) {
      const name = point.enter(contextConstructed(0), 'its name')
      if (name.has(contextConstructed(0))) readUrls(name.enter(contextConstructed(0), 'a full name'), urls)
      else name.checkedElement('a relative name')
      name.finish('its name')
    }
    for (const tag of [1, 2, 3, 4, 5])
      if (point.has(contextPrimitive(tag))) {
        point.octetString('a limit', contextPrimitive(tag))
        limits.push(tag)
      }
    point.finish('the issuing distribution point')
    return { urls, limits }
  })
}

function nonEmpty(reader: DerReader, what: string): DerReader {
  const inside = reader.enter(TAG.sequence, what)
  if (inside.done) throw new DerError('der_structure', `${what}: the list must not be empty`)
  return inside
}
