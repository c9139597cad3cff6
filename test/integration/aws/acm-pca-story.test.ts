import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPrivateAuthority, type PrivateAuthority } from '../../support/aws/authorities.ts'
import { anAwsWorld, hasBoto3, type AwsWorld } from '../../support/aws.ts'
import { opensslRequest, P256 } from '../support/requests.ts'

let world: AwsWorld
let root: PrivateAuthority
let issuing: PrivateAuthority

const pca = <T = Record<string, unknown>>(operation: string, input: object = {}): Promise<T> =>
  world.boto3.call<T>({ service: 'acm-pca', operation, input })
const refused = (operation: string, input: object = {}) =>
  world.boto3.failure({ service: 'acm-pca', operation, input })
const described = async (arn: string) =>
  (
    await pca<{ CertificateAuthority: Record<string, unknown> }>('DescribeCertificateAuthority', {
      CertificateAuthorityArn: arn,
    })
  ).CertificateAuthority
const csrFor = (subject = '/CN=host.example', names = 'DNS:host.example') =>
  Buffer.from(opensslRequest(P256, subject, ['-addext', `subjectAltName=${names}`]).csr)
const issue = async (
  input: object,
): Promise<{ arn: string; certificate: X509Certificate; chain: string }> => {
  const { CertificateArn: arn } = await pca<{ CertificateArn: string }>('IssueCertificate', {
    CertificateAuthorityArn: issuing.arn,
    Csr: csrFor(),
    SigningAlgorithm: 'SHA256WITHECDSA',
    Validity: { Type: 'DAYS', Value: 30 },
    ...input,
  })
  await world.boto3.call({
    service: 'acm-pca',
    operation: 'certificate_issued',
    as: 'wait',
    input: { CertificateAuthorityArn: issuing.arn, CertificateArn: arn },
  })
  const got = await pca<{ Certificate: string; CertificateChain: string }>('GetCertificate', {
    CertificateAuthorityArn: issuing.arn,
    CertificateArn: arn,
  })
  return { arn, certificate: new X509Certificate(got.Certificate), chain: got.CertificateChain }
}

describe.runIf(hasBoto3())('acm-pca by boto3', () => {
  beforeAll(async () => {
    world = await anAwsWorld()
    root = await createPrivateAuthority(world.boto3, { type: 'ROOT', commonName: 'Root' })
    issuing = await createPrivateAuthority(world.boto3, {
      type: 'SUBORDINATE',
      commonName: 'Issuing',
      parent: root.arn,
      revocation: {
        CrlConfiguration: {
          Enabled: true,
          ExpirationInDays: 7,
          S3BucketName: 'story-crls',
          S3ObjectAcl: 'BUCKET_OWNER_FULL_CONTROL',
        },
        OcspConfiguration: { Enabled: true },
      },
    })
  })
  afterAll(() => world.dispose())

  test('a root and a subordinate are made by the ceremony of the API (contract §5.1)', async () => {
    expect(await described(root.arn)).toMatchObject({ Type: 'ROOT', Status: 'ACTIVE', Arn: root.arn })
    const shown = await described(issuing.arn)
    expect(shown).toMatchObject({
      Type: 'SUBORDINATE',
      Status: 'ACTIVE',
      OwnerAccount: world.main.account,
      UsageMode: 'GENERAL_PURPOSE',
      Serial: expect.stringMatching(/^\d+$/) as string,
      CertificateAuthorityConfiguration: {
        KeyAlgorithm: 'EC_prime256v1',
        SigningAlgorithm: 'SHA256WITHECDSA',
        Subject: { CommonName: 'Issuing', Organization: 'Example' },
      },
      RevocationConfiguration: {
        CrlConfiguration: {
          Enabled: true,
          ExpirationInDays: 7,
          S3BucketName: 'story-crls',
          S3ObjectAcl: 'BUCKET_OWNER_FULL_CONTROL',
          CrlType: 'COMPLETE',
        },
        OcspConfiguration: { Enabled: true },
      },
    })
    const { Certificate, CertificateChain } = await pca<Record<string, string>>(
      'GetCertificateAuthorityCertificate',
      { CertificateAuthorityArn: issuing.arn },
    )
    const rootCertificate = new X509Certificate(CertificateChain as string)
    expect(new X509Certificate(Certificate as string).checkIssued(rootCertificate)).toBe(true)
    const ofRoot = await pca('GetCertificateAuthorityCertificate', { CertificateAuthorityArn: root.arn })
    expect(ofRoot).not.toHaveProperty('CertificateChain')
  })

  test('a certificate by default is an end entity’s, valid from an hour ago, with the chain to the root', async () => {
    const before = Date.now()
    const { certificate, chain, arn } = await issue({})
    expect(arn).toMatch(new RegExp(`^${issuing.arn}/certificate/[0-9a-f]{32}$`))
    expect(certificate.subjectAltName).toBe('DNS:host.example')
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    expect(Math.abs(certificate.validFromDate.getTime() - (before - 3_600_000))).toBeLessThan(120_000)
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(chain.endsWith('-----END CERTIFICATE-----')).toBe(true)
    expect(
      new X509Certificate(chain.split(/(?<=-----END CERTIFICATE-----)\n/).at(-1) as string).subject,
    ).toBe('O=Example\nCN=Root')
  })

  test.each([
    ['ABSOLUTE', 2_000_000_000, '2033-05-18T03:33:20.000Z'],
    ['END_DATE', 310_102_030_405, '2031-01-02T03:04:05.000Z'],
    ['END_DATE', 20_310_102_030_405, '2031-01-02T03:04:05.000Z'],
  ])('validity %s %d ends at %s (contract §5.3)', async (Type, Value, end) => {
    const { certificate } = await issue({ Validity: { Type, Value } })
    expect(certificate.validToDate.toISOString()).toBe(end)
  })
  test.each(['DAYS', 'MONTHS', 'YEARS'])('validity of one of %s', async (Type) => {
    const { certificate } = await issue({ Validity: { Type, Value: 1 } })
    expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 86_000_000)
  })
  test('ValidityNotBefore says when it begins, ABSOLUTE only', async () => {
    const begin = { Type: 'ABSOLUTE', Value: 1_900_000_000 }
    const { certificate } = await issue({ Validity: { Type: 'YEARS', Value: 5 }, ValidityNotBefore: begin })
    expect(certificate.validFromDate.getTime()).toBe(1_900_000_000_000)
    expect(
      await refused('IssueCertificate', {
        ...{ CertificateAuthorityArn: issuing.arn, Csr: csrFor(), SigningAlgorithm: 'SHA256WITHECDSA' },
        Validity: { Type: 'DAYS', Value: 1 },
        ValidityNotBefore: { Type: 'DAYS', Value: 1 },
      }),
    ).toMatchObject({ type: 'InvalidArgsException', modelled: true })
  })

  test('one token is one certificate for five minutes, whatever else is said (contract §5.3)', async () => {
    const first = await issue({ IdempotencyToken: 'once' })
    const again = await issue({ IdempotencyToken: 'once', Validity: { Type: 'DAYS', Value: 3 } })
    expect(again.arn).toBe(first.arn)
    expect((await issue({ IdempotencyToken: 'twice' })).arn).not.toBe(first.arn)
  })

  test('a certificate is revoked once, by its serial in any spelling (contract §5.4)', async () => {
    const { certificate, arn } = await issue({})
    const order = {
      CertificateAuthorityArn: issuing.arn,
      CertificateSerial: certificate.serialNumber.replace(/^0+/, '').toLowerCase(),
      RevocationReason: 'KEY_COMPROMISE',
    }
    await pca('RevokeCertificate', order)
    expect(await refused('RevokeCertificate', order)).toMatchObject({
      type: 'RequestAlreadyProcessedException',
    })
    // Still given out.
    await pca('GetCertificate', { CertificateAuthorityArn: issuing.arn, CertificateArn: arn })
    const rootDer = await pca<{ Certificate: string }>('GetCertificateAuthorityCertificate', {
      CertificateAuthorityArn: root.arn,
    })
    expect(
      await refused('RevokeCertificate', {
        CertificateAuthorityArn: root.arn,
        CertificateSerial: new X509Certificate(rootDer.Certificate).serialNumber,
        RevocationReason: 'UNSPECIFIED',
      }),
    ).toMatchObject({
      type: 'InvalidRequestException',
      message: 'Self-signed certificate can not be revoked',
    })
  })

  test('tags are added, listed by pages and taken away, by key or by key and value (contract §5.5)', async () => {
    const CertificateAuthorityArn = root.arn
    const Tags = [{ Key: 'env', Value: 'test' }, { Key: 'team', Value: 'pki' }, { Key: 'bare' }]
    await pca('TagCertificateAuthority', { CertificateAuthorityArn, Tags })
    const all = await world.boto3.call<{ Tags: object[] }>({
      ...{ service: 'acm-pca', operation: 'list_tags', as: 'paginate' },
      input: { CertificateAuthorityArn, PaginationConfig: { PageSize: 1 } },
    })
    expect(all.Tags).toEqual([
      { Key: 'env', Value: 'test' },
      { Key: 'team', Value: 'pki' },
      { Key: 'bare', Value: '' },
    ])
    await pca('UntagCertificateAuthority', {
      CertificateAuthorityArn,
      Tags: [{ Key: 'env' }, { Key: 'team', Value: 'other' }],
    })
    expect((await pca('ListTags', { CertificateAuthorityArn }))['Tags']).toHaveLength(2)
    const many = Array.from({ length: 49 }, (_, n) => ({ Key: `k${n}`, Value: 'v' }))
    expect(await refused('TagCertificateAuthority', { CertificateAuthorityArn, Tags: many })).toMatchObject({
      type: 'TooManyTagsException',
    })
    expect(
      await refused('TagCertificateAuthority', {
        CertificateAuthorityArn,
        Tags: [{ Key: 'aws:x', Value: '' }],
      }),
    ).toMatchObject({ type: 'InvalidTagException' })
  })

  test('permission for managed certificates is given, listed and taken away', async () => {
    const CertificateAuthorityArn = issuing.arn
    const Principal = 'acm.amazonaws.com'
    const Actions = ['IssueCertificate', 'GetCertificate', 'ListPermissions']
    expect(await pca('ListPermissions', { CertificateAuthorityArn })).toMatchObject({ Permissions: [] })
    await pca('CreatePermission', { CertificateAuthorityArn, Principal, Actions })
    expect(await refused('CreatePermission', { CertificateAuthorityArn, Principal, Actions })).toMatchObject({
      type: 'PermissionAlreadyExistsException',
    })
    expect(await pca('ListPermissions', { CertificateAuthorityArn })).toMatchObject({
      Permissions: [{ CertificateAuthorityArn, Principal, Actions, SourceAccount: world.main.account }],
    })
    await pca('DeletePermission', { CertificateAuthorityArn, Principal })
    expect(
      await refused('CreatePermission', { CertificateAuthorityArn, Principal: 'ec2.amazonaws.com', Actions }),
    ).toMatchObject({ type: 'ValidationException' })
  })

  test('a policy is put, read and deleted; without one there is none to be found (contract §5.8)', async () => {
    const ResourceArn = issuing.arn
    expect(await refused('GetPolicy', { ResourceArn })).toMatchObject({ type: 'ResourceNotFoundException' })
    await pca('DeletePolicy', { ResourceArn })
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: '444455556666' },
          Action: ['acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificate'],
          Resource: issuing.arn,
        },
      ],
    })
    await pca('PutPolicy', { ResourceArn, Policy })
    expect(await pca('GetPolicy', { ResourceArn })).toMatchObject({ Policy })
    expect(
      await refused('PutPolicy', { ResourceArn, Policy: '{"Statement":[{"Effect":"Deny"}]}' }),
    ).toMatchObject({
      type: 'InvalidPolicyException',
    })
    await pca('DeletePolicy', { ResourceArn })
  })

  test('an authority is disabled, deleted, restored, in the states and texts that clients know (contract §3.4)', async () => {
    const { arn: CertificateAuthorityArn } = await createPrivateAuthority(world.boto3, {
      ...{ type: 'ROOT', commonName: 'Passing' },
    })
    expect(await refused('DeleteCertificateAuthority', { CertificateAuthorityArn })).toMatchObject({
      type: 'InvalidStateException',
      message: 'The certificate authority is not in a valid state for deletion.',
    })
    await pca('UpdateCertificateAuthority', { CertificateAuthorityArn, Status: 'DISABLED' })
    expect(
      await refused('IssueCertificate', {
        ...{ CertificateAuthorityArn, Csr: csrFor(), SigningAlgorithm: 'SHA256WITHECDSA' },
        Validity: { Type: 'DAYS', Value: 1 },
      }),
    ).toMatchObject({
      type: 'InvalidStateException',
      message: 'The certificate authority is not in a valid state for issuing certificates',
    })
    await pca('DeleteCertificateAuthority', { CertificateAuthorityArn, PermanentDeletionTimeInDays: 7 })
    expect(await described(CertificateAuthorityArn)).toMatchObject({
      Status: 'DELETED',
      RestorableUntil: expect.any(Date) as Date,
    })
    expect(
      await refused('UpdateCertificateAuthority', { CertificateAuthorityArn, Status: 'DISABLED' }),
    ).toMatchObject({
      message: 'The certificate authority must be in the ACTIVE or DISABLED state to be updated',
    })
    await pca('RestoreCertificateAuthority', { CertificateAuthorityArn })
    expect(await described(CertificateAuthorityArn)).toMatchObject({ Status: 'DISABLED' })
  })

  test('an audit report is made in its bucket, and waited for', async () => {
    const CertificateAuthorityArn = issuing.arn
    const { AuditReportId, S3Key } = await pca<Record<string, string>>(
      'CreateCertificateAuthorityAuditReport',
      {
        CertificateAuthorityArn,
        S3BucketName: 'story-reports',
        AuditReportResponseFormat: 'JSON',
      },
    )
    const id = CertificateAuthorityArn.split('/').at(-1)
    expect(S3Key).toBe(`audit-report/${id}/${AuditReportId}.json`)
    await world.boto3.call({
      ...{ service: 'acm-pca', operation: 'audit_report_created', as: 'wait' },
      input: { CertificateAuthorityArn, AuditReportId },
    })
    expect(
      await pca('DescribeCertificateAuthorityAuditReport', { CertificateAuthorityArn, AuditReportId }),
    ).toMatchObject({ AuditReportStatus: 'SUCCESS', S3BucketName: 'story-reports', S3Key })
  })

  test('all authorities are listed by pages', async () => {
    const { CertificateAuthorities } = await world.boto3.call<{ CertificateAuthorities: { Arn: string }[] }>({
      ...{ service: 'acm-pca', operation: 'list_certificate_authorities', as: 'paginate' },
      input: { PaginationConfig: { PageSize: 1 } },
    })
    expect(CertificateAuthorities.map(({ Arn }) => Arn)).toEqual(
      expect.arrayContaining([root.arn, issuing.arn]),
    )
    expect(await refused('ListCertificateAuthorities', { NextToken: 'x' })).toMatchObject({
      type: 'InvalidNextTokenException',
    })
  })
})
