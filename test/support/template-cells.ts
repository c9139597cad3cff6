import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { templateFrom, type Template } from '../../src/core/domain/templates.ts'
import { implicit, octetString, sequence } from '../../src/core/x509/der/writer.ts'
import {
  basicConstraints,
  cRLDistributionPoints,
  extKeyUsage,
  keyUsage,
} from '../../src/core/x509/extensions.ts'
import { OID } from '../../src/core/x509/oids.ts'
import { keyIdentifierOf } from '../../src/core/x509/public-keys.ts'
import type { Extension } from '../../src/core/x509/types.ts'
import type { AwsTemplate } from './aws-templates.ts'

/*
 * What a certificate under one of AWS's templates must be, by the template's row, when its CSR and its ApiPassthrough ask for
 * everything that any template passes through: these.
 */
export const CSR_CRL = 'http://csr.example/crl'
export const API_CRL = 'http://api.example/crl'
export const CSR_OWN = '1.3.6.1.4.1.99999.1'
export const API_OWN = '1.3.6.1.4.1.99999.2'
const hex = (octets: ArrayBuffer | Uint8Array): string => Buffer.from(octets as Uint8Array).toString('hex')

/** The usages that both ask for. */
export const usagesOf = ({ kind }: Template) =>
  kind === 'leaf'
    ? (['digitalSignature', 'nonRepudiation'] as const)
    : (['nonRepudiation', 'keyCertSign', 'cRLSign'] as const)

/** Everything that a template might pass through of a CSR, and more than any does. */
export const csrExtensionsOf = (template: Template): Extension[] => [
  basicConstraints({ ca: true }),
  keyUsage(usagesOf(template)),
  extKeyUsage([OID.emailProtection]),
  cRLDistributionPoints([CSR_CRL]),
  { oid: CSR_OWN, critical: false, value: octetString(Uint8Array.of(1)) },
  { oid: OID.subjectKeyIdentifier, critical: false, value: octetString(new Uint8Array(20)) },
  { oid: OID.authorityKeyIdentifier, critical: false, value: sequence(implicit(0, new Uint8Array(20))) },
]

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')

/** Everything that a template might pass through of a request to AWS Private CA. @param rootKey for a root's own identifier */
export function passthroughOf(template: Template, rootKey: Uint8Array) {
  const custom = [
    { ObjectIdentifier: API_OWN, Value: base64(octetString(Uint8Array.of(2))) },
    { ObjectIdentifier: OID.cRLDistributionPoints, Value: base64(cRLDistributionPoints([API_CRL]).value) },
  ]
  if (template.name.startsWith('RootCACertificate_'))
    custom.push({
      ObjectIdentifier: OID.authorityKeyIdentifier,
      Value: base64(sequence(implicit(0, keyIdentifierOf(rootKey)))),
    })
  const Qualifier = { CpsUri: 'http://api.example/cps' }
  return {
    Subject: { CommonName: 'from the API' },
    Extensions: {
      KeyUsage: Object.fromEntries(
        usagesOf(template).map((usage) => [`${usage[0]?.toUpperCase()}${usage.slice(1)}`, true]),
      ),
      ExtendedKeyUsage: [{ ExtendedKeyUsageType: 'CLIENT_AUTH' }],
      SubjectAlternativeNames: [{ DnsName: 'api.example.com' }],
      CertificatePolicies: [
        { CertPolicyId: '2.23.140.1.2.1', PolicyQualifiers: [{ PolicyQualifierId: 'CPS', Qualifier }] },
      ],
      CustomExtensions: custom,
    },
  }
}

const USAGE_BITS = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
]

/** A certificate as @peculiar/x509 reads it, in the terms of AWS's table. */
export function cellsOf(read: x509.X509Certificate) {
  const constraints = read.getExtension(x509.BasicConstraintsExtension)
  const usage = read.getExtension(x509.KeyUsagesExtension)
  const purposes = read.getExtension(x509.ExtendedKeyUsageExtension)
  const points = read.getExtension(x509.CRLDistributionPointsExtension)
  return {
    basicConstraints: {
      critical: constraints?.critical,
      ca: constraints?.ca,
      pathLen: constraints?.pathLength ?? null,
    },
    keyUsage:
      usage === null
        ? null
        : {
            critical: usage.critical,
            values: USAGE_BITS.filter((_, bit) => ((usage.usages as number) >> bit) & 1),
          },
    extendedKeyUsage:
      purposes === null ? null : { critical: purposes.critical, values: purposes.usages.map(String) },
    authorityKeyIdentifier: read.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId ?? null,
    subjectKeyIdentifier: read.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
    crlDistributionPoints:
      points?.distributionPoints.map(
        (point) => point.distributionPoint?.fullName?.[0]?.uniformResourceIdentifier,
      ) ?? null,
    subject: read.subjectName.getField('CN'),
    names: read.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value),
    own: [CSR_OWN, API_OWN].filter((oid) => read.getExtension(oid) !== null),
    policies: read.getExtension(x509.CertificatePolicyExtension)?.policies ?? null,
  }
}

/** What AWS's row says the certificate must be. @param keys the certificate's own and its issuer's, DER; @param rootName what a root is called */
export function expectedOf(
  row: AwsTemplate,
  encipher: boolean,
  point: string | null,
  keys: { readonly own: Uint8Array; readonly issuer: Uint8Array },
  rootName = 'R',
) {
  const template = templateFrom(row.name)
  const { api, csr } = row.passthrough
  const isRoot = template.kind === 'root'
  const open = <T>(fromApi: T, fromCsr: T): T | null => (api ? fromApi : csr ? fromCsr : null)
  const bits = (values: readonly string[]) =>
    USAGE_BITS.filter((bit) => values.includes(bit) && (encipher || bit !== 'keyEncipherment'))
  const asked = { critical: true, values: bits(usagesOf(template)) }
  return {
    basicConstraints: row.basicConstraints,
    keyUsage:
      row.keyUsage === null
        ? open(asked, asked)
        : { critical: row.keyUsage.critical, values: bits(row.keyUsage.values) },
    extendedKeyUsage:
      row.extendedKeyUsage === null
        ? open(
            { critical: false, values: [OID.clientAuth] },
            { critical: false, values: [OID.emailProtection] },
          )
        : {
            critical: row.extendedKeyUsage.critical,
            values: row.extendedKeyUsage.values.map((name) => OID[name as 'serverAuth']),
          },
    // What a root's API gives is its own, too.
    authorityKeyIdentifier: row.authorityKeyIdentifier === null ? null : hex(keyIdentifierOf(keys.issuer)),
    subjectKeyIdentifier: hex(keyIdentifierOf(keys.own)),
    crlDistributionPoints: point === null ? null : [point],
    subject: [api ? 'from the API' : isRoot ? rootName : 'from the CSR'],
    names: api ? ['api.example.com'] : isRoot ? undefined : ['www.example.com'],
    own: [...(csr ? [CSR_OWN] : []), ...(api ? [API_OWN] : [])],
    policies: api ? ['2.23.140.1.2.1'] : null,
  }
}
