import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'

/** A certificate field by field, as two libraries that know nothing of the product read it. */
export type Fields = {
  /** X.509's: 3. */
  readonly version: number
  readonly serial: string
  readonly signatureAlgorithm: string
  /** Names as their DER in hex. */
  readonly issuer: string
  readonly subject: string
  readonly notBefore: string
  readonly notAfter: string
  readonly spki: string
  /** `type:value`, in the order written. */
  readonly names: readonly string[]
  readonly ca: boolean
  readonly keyUsage: readonly string[]
  readonly extendedKeyUsage: readonly string[]
  readonly subjectKeyIdentifier: string
  readonly authorityKeyIdentifier: string
  readonly crlUrls: readonly string[]
  readonly issuerUrls: readonly string[]
  /** OIDs in the order written, critical ones with an exclamation mark. */
  readonly extensions: readonly string[]
}

// RFC 5280 §4.2.1.3, by bit number.
const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]
const EKU = '2.5.29.37'
const SAN = '2.5.29.17'
const CRLDP = '2.5.29.31'
const AIA = '1.3.6.1.5.5.7.1.1'
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2'

const hex = (octets: ArrayBuffer | Uint8Array): string =>
  Buffer.from(octets instanceof Uint8Array ? octets : new Uint8Array(octets)).toString('hex')
const padded = (serial: string): string => serial.toLowerCase().replace(/^0+/, '').padStart(32, '0')
const listed = (oid: string, critical: boolean): string => (critical ? `${oid}!` : oid)

/** Everything but the signature's algorithm, which that library gives only translated. */
export function fieldsByPeculiar(
  der: Uint8Array<ArrayBuffer>,
): Omit<Fields, 'signatureAlgorithm' | 'version'> {
  const certificate = new x509.X509Certificate(der)
  const keyUsage = certificate.getExtension(x509.KeyUsagesExtension)?.usages ?? 0
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? []
  const aia = certificate.getExtension(x509.AuthorityInfoAccessExtension)
  return {
    serial: padded(certificate.serialNumber),
    issuer: hex(certificate.issuerName.toArrayBuffer()),
    subject: hex(certificate.subjectName.toArrayBuffer()),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    spki: hex(certificate.publicKey.rawData),
    names: names.map(nameByPeculiar),
    ca: certificate.getExtension(x509.BasicConstraintsExtension)?.ca ?? false,
    keyUsage: KEY_USAGES.filter((_, bit) => (keyUsage & (1 << bit)) !== 0),
    extendedKeyUsage: (certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? []).map(String),
    subjectKeyIdentifier: certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? '',
    authorityKeyIdentifier: certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId ?? '',
    crlUrls: (
      certificate.getExtension(x509.CRLDistributionPointsExtension)?.distributionPoints ?? []
    ).flatMap(({ distributionPoint }) =>
      (distributionPoint?.fullName ?? []).map((name) => name.uniformResourceIdentifier ?? ''),
    ),
    issuerUrls: (aia?.caIssuers ?? []).map(({ value }) => value),
    extensions: certificate.extensions.map(({ type, critical }) => listed(type, critical)),
  }
}

function nameByPeculiar({ type, value }: x509.GeneralName): string {
  if (type === 'ip') return `ip:${canonicalIp(value)}`
  if (type === 'url') return `uri:${value}`
  if (type === 'upn') return `upn:${value}`
  return `${type}:${value}`
}

/** RFC 5952, by the URL parser: libraries differ in how they shorten IPv6. */
const canonicalIp = (text: string): string =>
  text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text

export function fieldsByPkijs(der: Uint8Array<ArrayBuffer>): Fields {
  const certificate = pkijs.Certificate.fromBER(der)
  const extensions = certificate.extensions ?? []
  const parsed = <T>(oid: string): T | undefined =>
    extensions.find(({ extnID }) => extnID === oid)?.parsedValue as T | undefined
  const bits = parsed<asn1js.BitString>('2.5.29.15')?.valueBlock.valueHexView ?? new Uint8Array()
  return {
    version: certificate.version + 1,
    serial: padded(hex(certificate.serialNumber.valueBlock.valueHexView)),
    signatureAlgorithm: certificate.signatureAlgorithm.algorithmId,
    issuer: hex(certificate.issuer.toSchema().toBER()),
    subject: hex(certificate.subject.toSchema().toBER()),
    notBefore: certificate.notBefore.value.toISOString(),
    notAfter: certificate.notAfter.value.toISOString(),
    spki: hex(certificate.subjectPublicKeyInfo.toSchema().toBER()),
    names: (parsed<pkijs.AltName>(SAN)?.altNames ?? []).map(nameByPkijs),
    ca: parsed<pkijs.BasicConstraints>('2.5.29.19')?.cA ?? false,
    keyUsage: KEY_USAGES.filter((_, bit) => ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0),
    extendedKeyUsage: parsed<pkijs.ExtKeyUsage>(EKU)?.keyPurposes ?? [],
    subjectKeyIdentifier: hex(
      parsed<asn1js.OctetString>('2.5.29.14')?.valueBlock.valueHexView ?? Buffer.of(),
    ),
    authorityKeyIdentifier: hex(
      parsed<pkijs.AuthorityKeyIdentifier>('2.5.29.35')?.keyIdentifier?.valueBlock.valueHexView ??
        Buffer.of(),
    ),
    crlUrls: (parsed<pkijs.CRLDistributionPoints>(CRLDP)?.distributionPoints ?? []).flatMap(
      ({ distributionPoint }) =>
        ((distributionPoint ?? []) as pkijs.GeneralName[]).map(({ value }) => String(value)),
    ),
    issuerUrls: (parsed<pkijs.InfoAccess>(AIA)?.accessDescriptions ?? [])
      .filter(({ accessMethod }) => accessMethod === CA_ISSUERS)
      .map(({ accessLocation }) => String(accessLocation.value)),
    extensions: extensions.map(({ extnID, critical }) => listed(extnID, critical)),
  }
}

// RFC 5280 §4.2.1.6: the tags of GeneralName.
function nameByPkijs({ type, value }: pkijs.GeneralName): string {
  const content = value as unknown
  if (type === 1) return `email:${String(content)}`
  if (type === 2) return `dns:${String(content)}`
  if (type === 6) return `uri:${String(content)}`
  if (type === 7) return `ip:${ipText((content as asn1js.OctetString).valueBlock.valueHexView)}`
  if (type === 0) return `upn:${upnIn(content as asn1js.Sequence)}`
  return `tag ${type}`
}

function upnIn(otherName: asn1js.Sequence): string {
  const [oid, explicit] = otherName.valueBlock.value as [asn1js.ObjectIdentifier, asn1js.Constructed]
  if (oid.valueBlock.toString() !== '1.3.6.1.4.1.311.20.2.3') return 'not a UPN'
  return (explicit.valueBlock.value[0] as asn1js.Utf8String).valueBlock.value
}

function ipText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.')
  return canonicalIp(hex(octets).replace(/(.{4})(?!$)/g, '$1:'))
}
