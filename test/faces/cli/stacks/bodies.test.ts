import { describe, expect, test } from 'vitest'
import { issuance } from '../../../../src/contract/schemas/certificates.ts'
import { authorityCreation } from '../../../../src/contract/schemas/authorities.ts'
import { managedRequest } from '../../../../src/contract/schemas/managed.ts'
import {
  authorityBody,
  revocationOf,
  revocationProperty,
} from '../../../../src/faces/cli/stacks/kinds/authority-body.ts'
import { certificateBody, certificateIdIn } from '../../../../src/faces/cli/stacks/kinds/certificate.ts'
import { managedBody } from '../../../../src/faces/cli/stacks/kinds/managed.ts'
import { utf8String } from '../../../../src/faces/cli/stacks/kinds/passthrough-body.ts'
import { endDate } from '../../../../src/faces/cli/stacks/kinds/validity-body.ts'

test.each([
  [491231235959, '2049-12-31T23:59:59.000Z'],
  [500101000000, '1950-01-01T00:00:00.000Z'],
  [20300102030405, '2030-01-02T03:04:05.000Z'],
  [10203040506, '2001-02-03T04:05:06.000Z'],
])('RFC 5280 §4.1.2.5: END_DATE %i is %s', (value, iso) => expect(endDate(value)).toBe(iso))

test.each([1, 20300230000000, 991332000000, 203001020304])('END_DATE %i is no date', (value) =>
  expect(() => endDate(value)).toThrow('is no END_DATE'),
)

test('X.690 §8.23: a text as the value of an otherName', () => {
  expect(utf8String('test')).toBe('0c0474657374')
  expect(utf8String('x'.repeat(200)).slice(0, 6)).toBe('0c81c8')
  expect(utf8String('ä'.repeat(150)).slice(0, 8)).toBe('0c82012c')
})

test('a certificate’s id is in its ARN', () => {
  expect(
    certificateIdIn('arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/A/certificate/5a'),
  ).toBe('A.5a')
})

describe('what the API is asked for is what its contract takes', () => {
  test('a certificate with everything that a template may pass', () => {
    const body = certificateBody({
      CertificateAuthorityArn: 'arn',
      CertificateSigningRequest: 'csr',
      SigningAlgorithm: 'SHA256WITHRSA',
      TemplateArn: 'arn:aws:acm-pca:::template/BlankEndEntityCertificate_APIPassthrough/V1',
      Validity: { Type: 'ABSOLUTE', Value: 2524608000 },
      ValidityNotBefore: { Type: 'ABSOLUTE', Value: 0 },
      ApiPassthrough: {
        Subject: { CustomAttributes: [{ ObjectIdentifier: '2.5.4.3', Value: 'x' }] },
        Extensions: {
          CertificatePolicies: [
            {
              CertPolicyId: '2.5.29.32.0',
              PolicyQualifiers: [{ PolicyQualifierId: 'CPS', Qualifier: { CpsUri: 'http://c' } }],
            },
            { CertPolicyId: '1.2.3' },
          ],
          CustomExtensions: [{ ObjectIdentifier: '1.2.3', Value: 'BQA=', Critical: true }],
          ExtendedKeyUsage: [
            { ExtendedKeyUsageType: 'OCSP_SIGNING' },
            { ExtendedKeyUsageObjectIdentifier: '1.2.3.4' },
          ],
          KeyUsage: { CRLSign: true, DigitalSignature: true, KeyAgreement: false },
          SubjectAlternativeNames: [
            { DnsName: 'a.test' },
            { IpAddress: '192.0.2.1' },
            { Rfc822Name: 'a@b.test' },
            { UniformResourceIdentifier: 'urn:x' },
            { RegisteredId: '1.2.3' },
            { DirectoryName: { CommonName: 'd' } },
            { EdiPartyName: { PartyName: 'p' } },
            { OtherName: { TypeId: '1.3.6.1.4.1.311.20.2.3', Value: 'u@x' } },
            { DnsName: 'b.test' },
          ],
        },
      },
    })
    expect(issuance.parse(body)).toEqual(body)
    expect(body).toMatchObject({
      template: 'BlankEndEntityCertificate_APIPassthrough/V1',
      validity: { notAfter: '2050-01-01T00:00:00.000Z', notBefore: '1970-01-01T00:00:00.000Z' },
      passthrough: {
        extensions: {
          keyUsage: ['digitalSignature', 'cRLSign'],
          extendedKeyUsage: ['ocspSigning', '1.2.3.4'],
          subjectAlternativeNames: { dns: ['a.test', 'b.test'], other: [{ value: '0c03754078' }] },
        },
      },
    })
  })

  test('an authority with a subject of attributes of any type, and what is asked of its key’s storage', () => {
    const body = authorityBody(
      {
        ...{ Type: 'ROOT', KeyAlgorithm: 'EC_prime256v1', SigningAlgorithm: 'SHA256WITHECDSA' },
        Subject: { CustomAttributes: [{ ObjectIdentifier: '2.5.4.3', Value: 'x' }] },
        KeyStorageSecurityStandard: 'FIPS_140_2_LEVEL_3_OR_HIGHER',
      },
      'name',
    )
    expect(authorityCreation.parse(body)).toEqual(body)
    expect(body).toMatchObject({
      subject: { customAttributes: [{ oid: '2.5.4.3', value: 'x' }] },
      keyStorageStandard: 'FIPS_140_2_LEVEL_3_OR_HIGHER',
    })
  })

  test('an authority, and back to the property that says how it tells of revocations', () => {
    const properties = {
      Type: 'SUBORDINATE',
      KeyAlgorithm: 'RSA_2048',
      SigningAlgorithm: 'SHA256WITHRSA',
      Subject: { Country: 'DE', GivenName: 'Ada', DistinguishedNameQualifier: 'q' },
      CsrExtensions: {
        KeyUsage: { KeyCertSign: true },
        SubjectInformationAccess: [
          {
            AccessMethod: { AccessMethodType: 'CA_REPOSITORY' },
            AccessLocation: { UniformResourceIdentifier: 'http://r' },
          },
        ],
      },
      RevocationConfiguration: {
        CrlConfiguration: {
          Enabled: true,
          ExpirationInDays: 30,
          CrlType: 'PARTITIONED',
          CustomCname: 'crl.test',
          CustomPath: 'a/b',
          S3BucketName: 'my-bucket',
          S3ObjectAcl: 'BUCKET_OWNER_FULL_CONTROL',
          CrlDistributionPointExtensionConfiguration: { OmitExtension: false },
        },
        OcspConfiguration: { Enabled: true, OcspCustomCname: 'ocsp.test' },
      },
    }
    const body = authorityBody(properties, 'name')
    expect(authorityCreation.parse(body)).toEqual(body)
    expect(body.subject).toEqual({ country: 'DE', givenName: 'Ada', dnQualifier: 'q' })
    const revocation = revocationOf(properties)
    const stands = { ...revocation.crl, deltaHours: undefined } as never
    const property = revocationProperty({
      crl: stands,
      ocsp: { ...revocation.ocsp, hours: 24 } as never,
      caIssuers: true,
    })
    expect(property).toEqual(properties.RevocationConfiguration)
  })

  test.each([
    [{ DomainName: 'a.test' }, { validation: { method: 'EMAIL' }, keyAlgorithm: 'RSA_2048' }],
    [
      { DomainName: 'a.test', DomainValidationOptions: [{ DomainName: 'a.test', HostedZoneId: 'a.test' }] },
      { validation: { method: 'DNS' } },
    ],
    [{ DomainName: 'a.test', ValidationMethod: 'DNS' }, { validation: { method: 'DNS' } }],
    [{ DomainName: 'a.test', CertificateAuthorityArn: 'x', ValidationMethod: 'DNS' }, { authority: 'x' }],
    [
      { DomainName: 'a.test', CertificateExport: 'ENABLED', Tags: [{ Key: 'a' }] },
      { exportable: true, tags: { a: '' } },
    ],
  ])('a managed certificate: %j', (properties, expected) => {
    const body = managedBody(properties)
    expect(managedRequest.parse(body)).toEqual(body)
    expect(body).toMatchObject(expected)
  })
})
