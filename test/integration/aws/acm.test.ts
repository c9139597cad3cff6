import {
  ListCertificateDomainValidationsCommand,
  RequestCertificateCommand,
  DescribeCertificateCommand,
  SearchCertificatesCommand,
  UpdateCertificateOptionsCommand,
} from '@aws-sdk/client-acm'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACM_OPERATIONS } from '../../../src/faces/aws/models/acm/operations.ts'
import { SearchCertificatesSortBy } from '../../../src/faces/aws/models/acm/search-shapes.ts'
import { hasBoto3 } from '../../support/aws.ts'
import { anAcmWorld, DOMAIN, idOf, type AcmWorld } from './acm-world.ts'

let world: AcmWorld
beforeAll(async () => {
  world = await anAcmWorld()
})
afterAll(() => world.dispose())

const UNKNOWN = 'arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-000000000000'
const listOf = (answer: object, member: string): readonly Record<string, unknown>[] =>
  (answer as Record<string, never>)[member] ?? []
const found = (answer: object): string[] =>
  listOf(answer, 'Results').map(({ CertificateArn }) => String(CertificateArn))
const searched = async (filter: object, more: object = {}) =>
  found(await world.acm('SearchCertificates', { FilterStatement: filter, ...more }))

describe.runIf(hasBoto3())('a private certificate, by boto3', () => {
  let arn: string

  test('is requested, once a token, and described as ACM describes one (contract §4.4)', async () => {
    const input = { SubjectAlternativeNames: [DOMAIN, `*.${DOMAIN}`], Tags: [{ Key: 'team', Value: 'a' }] }
    arn = await world.requested({ ...input, IdempotencyToken: 'once' })
    expect(await world.requested({ DomainName: 'other.test', IdempotencyToken: 'once' })).toBe(arn)
    expect(await world.described(arn)).toMatchObject({
      CertificateArn: arn,
      DomainName: `www.${DOMAIN}`,
      SubjectAlternativeNames: [`www.${DOMAIN}`, DOMAIN, `*.${DOMAIN}`],
      DomainValidationOptions: [{ DomainName: `www.${DOMAIN}`, ValidationStatus: 'SUCCESS' }, {}, {}],
      Status: 'ISSUED',
      Type: 'PRIVATE',
      Subject: `CN=www.${DOMAIN}`,
      Issuer: 'Acm Test',
      Serial: expect.stringMatching(/^[0-9a-f]{2}(:[0-9a-f]{2}){1,15}$/) as string,
      KeyAlgorithm: 'RSA-2048',
      SignatureAlgorithm: 'SHA256WITHECDSA',
      KeyUsages: [{ Name: 'DIGITAL_SIGNATURE' }, { Name: 'KEY_ENCIPHERMENT' }],
      ExtendedKeyUsages: [
        { Name: 'TLS_WEB_SERVER_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.1' },
        { Name: 'TLS_WEB_CLIENT_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.2' },
      ],
      InUseBy: [],
      CertificateAuthorityArn: world.authority,
      RenewalEligibility: 'INELIGIBLE',
      Options: { CertificateTransparencyLoggingPreference: 'DISABLED', Export: 'ENABLED' },
      CertificateKeyPairOrigin: 'AWS_MANAGED',
      CreatedAt: expect.any(Date) as Date,
      IssuedAt: expect.any(Date) as Date,
    })
    await world.boto3.call({
      service: 'acm',
      operation: 'certificate_validated',
      as: 'wait',
      input: { CertificateArn: arn },
    })
  })

  test('is got with its chain up to the root, and exported under a passphrase that opens it', async () => {
    const got = await world.acm<Record<string, string>>('GetCertificate', { CertificateArn: arn })
    const leaf = new X509Certificate(got['Certificate'] ?? '')
    const chain = (got['CertificateChain'] ?? '')
      .split(/(?=-----BEGIN)/)
      .map((pem) => new X509Certificate(pem))
    expect(chain).toHaveLength(2)
    expect(leaf.verify(chain[0]?.publicKey as never)).toBe(true)
    expect(chain[1]?.verify(chain[1].publicKey)).toBe(true)
    const passphrase = 'abcd'
    const exported = await world.acm<Record<string, string>>('ExportCertificate', {
      CertificateArn: arn,
      Passphrase: Buffer.from(passphrase),
    })
    for (const part of ['Certificate', 'CertificateChain']) expect(exported[part]).toBe(got[part])
    expect(exported['PrivateKey']).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
    const key = createPrivateKey({ key: exported['PrivateKey'] ?? '', passphrase })
    expect(leaf.checkPrivateKey(key)).toBe(true)
    expect(await world.described(arn)).toMatchObject({ RenewalEligibility: 'ELIGIBLE' })
  })

  test('is renewed under its ARN, and revoked', async () => {
    const before = await world.described(arn)
    await world.acm('RenewCertificate', { CertificateArn: arn })
    const after = await world.described(arn)
    expect(after['Serial']).not.toBe(before['Serial'])
    expect(after['RenewalSummary']).toMatchObject({
      RenewalStatus: 'SUCCESS',
      UpdatedAt: expect.any(Date) as Date,
    })
    expect(
      await world.acm('RevokeCertificate', { CertificateArn: arn, RevocationReason: 'SUPERCEDED' }),
    ).toMatchObject({
      CertificateArn: arn,
    })
    expect(await world.described(arn)).toMatchObject({ Status: 'REVOKED', RevocationReason: 'SUPERSEDED' })
    expect(
      await world.refused('RevokeCertificate', { CertificateArn: arn, RevocationReason: 'CA_COMPROMISE' }),
    ).toMatchObject({
      type: 'ConflictException',
    })
  })

  test('has tags, by both families of operations', async () => {
    await world.acm('AddTagsToCertificate', {
      CertificateArn: arn,
      Tags: [{ Key: 'team', Value: 'b' }, { Key: 'x' }],
    })
    await world.acm('TagResource', { ResourceArn: arn, Tags: [{ Key: 'y', Value: 'z' }] })
    const tags = async () => (await world.acm('ListTagsForCertificate', { CertificateArn: arn }))['Tags']
    expect(await tags()).toEqual([
      { Key: 'team', Value: 'b' },
      { Key: 'x', Value: '' },
      { Key: 'y', Value: 'z' },
    ])
    await world.acm('RemoveTagsFromCertificate', {
      CertificateArn: arn,
      Tags: [{ Key: 'team', Value: 'a' }, { Key: 'x' }],
    })
    await world.acm('UntagResource', { ResourceArn: arn, TagKeys: ['y'] })
    expect(await tags()).toEqual([{ Key: 'team', Value: 'b' }])
    expect(await world.acm('ListTagsForResource', { ResourceArn: arn })).toMatchObject({ Tags: await tags() })
    const many = Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}` }))
    expect(await world.refused('AddTagsToCertificate', { CertificateArn: arn, Tags: many })).toMatchObject({
      type: 'TooManyTagsException',
      modelled: true,
    })
    expect(
      await world.refused('AddTagsToCertificate', { CertificateArn: arn, Tags: [{ Key: 'aws:x' }] }),
    ).toMatchObject({ type: 'InvalidTagException', modelled: true })
  })

  test('is deleted once nothing uses it', async () => {
    const used = await world.requested()
    const resourceArn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/a/1'
    await world.rest.associateManagedCertificate({ params: { id: idOf(used) }, body: { resourceArn } })
    expect(await world.described(used)).toMatchObject({ InUseBy: [resourceArn] })
    for (const [operation, more] of [
      ['DeleteCertificate', {}],
      ['RevokeCertificate', { RevocationReason: 'KEY_COMPROMISE' }],
    ] as const)
      expect(await world.refused(operation, { CertificateArn: used, ...more })).toMatchObject({
        type: 'ResourceInUseException',
      })
    await world.acm('DeleteCertificate', { CertificateArn: arn })
    expect(await world.refused('DescribeCertificate', { CertificateArn: arn })).toMatchObject({
      type: 'ResourceNotFoundException',
      modelled: true,
    })
  })
})

describe.runIf(hasBoto3())('a validated certificate', () => {
  test('waits for its record, the same for d and *.d, and is issued when it is there', async () => {
    const names = {
      DomainName: DOMAIN,
      SubjectAlternativeNames: [`*.${DOMAIN}`],
      KeyAlgorithm: 'EC_prime256v1',
    }
    const { CertificateArn: arn } = await world.acm<{ CertificateArn: string }>('RequestCertificate', {
      ...names,
      ValidationMethod: 'DNS',
    })
    const pending = await world.described(arn)
    expect(pending).toMatchObject({
      Status: 'PENDING_VALIDATION',
      Type: 'AMAZON_ISSUED',
      Issuer: expect.stringContaining('Chancery') as string,
      Subject: `CN=${DOMAIN}`,
      KeyAlgorithm: 'EC-prime256v1',
      SignatureAlgorithm: expect.stringMatching(/WITH/) as string,
      KeyUsages: [],
      ExtendedKeyUsages: [],
      InUseBy: [],
      RenewalEligibility: 'INELIGIBLE',
      Options: { CertificateTransparencyLoggingPreference: 'ENABLED', Export: 'DISABLED' },
    })
    for (const member of ['NotBefore', 'NotAfter', 'Serial', 'IssuedAt'])
      expect(pending).not.toHaveProperty(member)
    const [first, second] = pending.DomainValidationOptions
    expect(first).toMatchObject({
      DomainName: DOMAIN,
      ValidationDomain: DOMAIN,
      ValidationMethod: 'DNS',
      ValidationStatus: 'PENDING_VALIDATION',
      ResourceRecord: {
        Name: expect.stringMatching(/^_[0-9a-f]{32}\.acm\.test\.$/) as string,
        Type: 'CNAME',
        Value: expect.stringMatching(/^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.$/) as string,
      },
    })
    expect(second?.ResourceRecord).toEqual(first?.ResourceRecord)
    expect(await world.refused('GetCertificate', { CertificateArn: arn })).toMatchObject({
      type: 'RequestInProgressException',
      modelled: true,
    })
    await world.proved(arn)
    expect(await world.described(arn)).toMatchObject({
      Status: 'ISSUED',
      DomainValidationOptions: [{ ValidationStatus: 'SUCCESS' }, { ValidationStatus: 'SUCCESS' }],
    })
    expect(
      await world.refused('ExportCertificate', { CertificateArn: arn, Passphrase: Buffer.from('abcd') }),
    ).toMatchObject({
      type: 'ValidationException',
    })
  })

  test('is asked for by mail unless it says otherwise, resent, approved, and moves on to DNS (SDK for JavaScript)', async () => {
    const { js } = world
    const { CertificateArn: arn = '' } = await js.send(
      new RequestCertificateCommand({
        DomainName: `mail.${DOMAIN}`,
        DomainValidationOptions: [{ DomainName: `mail.${DOMAIN}`, ValidationDomain: DOMAIN }],
      }),
    )
    expect(await world.described(arn)).toMatchObject({
      DomainValidationOptions: [
        {
          ValidationMethod: 'EMAIL',
          ValidationDomain: DOMAIN,
          ValidationEmails: expect.arrayContaining([`hostmaster@${DOMAIN}`]) as string[],
        },
      ],
    })
    const resend = { CertificateArn: arn, Domain: `mail.${DOMAIN}` }
    expect(
      await world.refused('ResendValidationEmail', { ...resend, ValidationDomain: 'other.test' }),
    ).toMatchObject({
      type: 'InvalidDomainValidationOptionsException',
    })
    await world.acm('ResendValidationEmail', { ...resend, ValidationDomain: DOMAIN })
    const change = (Options: object) =>
      js.send(new UpdateCertificateOptionsCommand({ CertificateArn: arn, Options }))
    await expect(change({ ValidationMethod: 'DNS' })).rejects.toMatchObject({ name: 'InvalidStateException' })
    await world.approved(arn)
    expect(await world.described(arn)).toMatchObject({ Status: 'ISSUED' })
    await expect(change({ Export: 'ENABLED' })).rejects.toMatchObject({ name: 'ValidationException' })
    await change({ Export: 'DISABLED', ValidationMethod: 'DNS' })
    const moving = await js.send(new DescribeCertificateCommand({ CertificateArn: arn }))
    expect(moving.Certificate).toMatchObject({
      Options: { ValidationMethod: 'EMAIL' },
      UpdateSummary: {
        Status: 'PENDING_DOMAIN_VALIDATION',
        Type: 'DOMAIN_VALIDATION_METHOD',
        DomainValidationMethodUpdateSummary: { From: 'EMAIL', To: 'DNS' },
      },
    })
    const list = () =>
      js.send(new ListCertificateDomainValidationsCommand({ CertificateArn: arn, MaxItems: 1 }))
    const [summary] = (await list()).DomainValidationSummaryList ?? []
    expect(summary).toMatchObject({
      DomainName: `mail.${DOMAIN}`,
      ActiveValidationConfiguration: {
        ValidationMethod: 'EMAIL',
        ValidationStatus: 'SUCCESS',
        ValidationChallenge: { EmailValidationChallenge: { ValidationDomain: DOMAIN } },
      },
      RequestedValidationConfiguration: { ValidationMethod: 'DNS', ValidationStatus: 'PENDING_VALIDATION' },
    })
    const challenge = summary?.RequestedValidationConfiguration?.ValidationChallenge
    const { Name = '', Value = '' } = challenge?.DnsValidationChallenge?.ResourceRecord ?? {}
    await world.rest.putRecords({
      params: { apex: DOMAIN },
      body: { name: Name.slice(0, -1), type: 'CNAME', values: [Value.slice(0, -1)] },
    })
    await expect
      .poll(async () => (await world.described(arn))['DomainValidationOptions'], {
        timeout: 30_000,
        interval: 500,
      })
      .toMatchObject([{ ValidationMethod: 'DNS', ValidationStatus: 'SUCCESS' }])
    const done = (await list()).DomainValidationSummaryList?.[0]
    expect(done?.ActiveValidationConfiguration?.ValidationMethod).toBe('DNS')
    expect(done?.RequestedValidationConfiguration).toBeUndefined()
  })
})

describe.runIf(hasBoto3())('an imported certificate', () => {
  /** Of the private authority, with its key in one of OpenSSL's older forms, as Terraform's tls provider gives keys. */
  async function files() {
    const arn = await world.requested({ DomainName: `imported.${DOMAIN}`, KeyAlgorithm: 'RSA_2048' })
    const passphrase = 'passphrase'
    const out = await world.acm<Record<string, string>>('ExportCertificate', {
      CertificateArn: arn,
      Passphrase: Buffer.from(passphrase),
    })
    const key = createPrivateKey({ key: out['PrivateKey'] ?? '', passphrase })
    return {
      Certificate: Buffer.from(out['Certificate'] ?? ''),
      CertificateChain: Buffer.from(out['CertificateChain'] ?? ''),
      PrivateKey: Buffer.from(key.export({ type: 'pkcs1', format: 'pem' })),
    }
  }

  test('is what it was, under an ARN that a successor takes over', async () => {
    const { CertificateArn: arn } = await world.acm<{ CertificateArn: string }>('ImportCertificate', {
      ...(await files()),
      Tags: [{ Key: 'from', Value: 'elsewhere' }],
    })
    expect(await world.described(arn)).toMatchObject({
      Type: 'IMPORTED',
      Status: 'ISSUED',
      DomainValidationOptions: [{ DomainName: `imported.${DOMAIN}` }],
      Options: { CertificateTransparencyLoggingPreference: 'DISABLED', Export: 'DISABLED' },
      CreatedAt: expect.any(Date) as Date,
      ImportedAt: expect.any(Date) as Date,
      CertificateKeyPairOrigin: 'CUSTOMER_PROVIDED',
    })
    const again = await files()
    expect(
      await world.refused('ImportCertificate', { ...again, CertificateArn: arn, Tags: [{ Key: 'a' }] }),
    ).toMatchObject({
      type: 'InvalidParameterException',
    })
    const before = await world.described(arn)
    await world.acm('ImportCertificate', { ...again, CertificateArn: arn })
    expect((await world.described(arn))['Serial']).not.toBe(before['Serial'])
    expect(await world.refused('RenewCertificate', { CertificateArn: arn })).toMatchObject({
      type: 'ValidationException',
    })
  })

  test('of which a part is wrong is refused with that part’s name', async () => {
    const right = await files()
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const wrong = async (more: object) => world.refused('ImportCertificate', { ...right, ...more })
    expect(await wrong({ Certificate: Buffer.from('hello') })).toMatchObject({
      type: 'ValidationException',
      message: expect.stringMatching(/^Certificate: /) as string,
    })
    expect(
      await wrong({ PrivateKey: Buffer.from(other.export({ type: 'pkcs8', format: 'pem' })) }),
    ).toMatchObject({
      type: 'InvalidParameterException',
      message: expect.stringMatching(/^PrivateKey: /) as string,
    })
    expect(await wrong({ CertificateChain: right.Certificate })).toMatchObject({
      type: 'ValidationException',
    })
  })
})

describe.runIf(hasBoto3())('lists and searches', () => {
  test('of keys that a list doesn’t name, RSA’s are listed (contract §4.4)', async () => {
    const ec = await world.requested({ DomainName: `ec.${DOMAIN}`, KeyAlgorithm: 'EC_prime256v1' })
    const arns = async (more: object = {}) =>
      listOf(await world.acm('ListCertificates', more), 'CertificateSummaryList').map(
        (each) => each['CertificateArn'],
      )
    expect(await arns()).not.toContain(ec)
    expect(await arns({ Includes: { keyTypes: ['EC_prime256v1', 'RSA_2048'] } })).toContain(ec)
    expect(
      await arns({ Includes: { keyTypes: ['EC_prime256v1'], keyUsage: ['KEY_ENCIPHERMENT'] } }),
    ).not.toContain(ec)
    expect(
      await arns({ CertificateStatuses: ['INACTIVE', 'FAILED'], Includes: { keyTypes: ['EC_prime256v1'] } }),
    ).toEqual([])
    const [one] = listOf(
      await world.acm('ListCertificates', {
        Includes: { keyTypes: ['EC_prime256v1'] },
        MaxItems: 1,
        SortBy: 'CREATED_AT',
        SortOrder: 'DESCENDING',
      }),
      'CertificateSummaryList',
    )
    expect(one).toMatchObject({
      CertificateArn: ec,
      DomainName: `ec.${DOMAIN}`,
      SubjectAlternativeNameSummaries: [`ec.${DOMAIN}`],
      HasAdditionalSubjectAlternativeNames: false,
      Status: 'ISSUED',
      Type: 'PRIVATE',
      KeyAlgorithm: 'EC-prime256v1',
      KeyUsages: ['DIGITAL_SIGNATURE'],
      ExtendedKeyUsages: ['TLS_WEB_SERVER_AUTHENTICATION', 'TLS_WEB_CLIENT_AUTHENTICATION'],
      ExportOption: 'ENABLED',
      Exported: false,
      InUse: false,
      RenewalEligibility: 'INELIGIBLE',
    })
    expect(await world.refused('ListCertificates', { SortBy: 'CREATED_AT' })).toMatchObject({
      type: 'ValidationException',
    })
    expect(await world.refused('ListCertificates', { NextToken: 'nonsense' })).toMatchObject({
      type: expect.stringMatching(/^(ValidationException|InvalidArgsException)$/) as string,
    })
  })

  test('paginators find each once', async () => {
    const all = await world.boto3.call({
      service: 'acm',
      operation: 'list_certificates',
      as: 'paginate',
      input: { Includes: { keyTypes: ['EC_prime256v1', 'RSA_2048'] }, PaginationConfig: { PageSize: 2 } },
    })
    const text = JSON.stringify(all)
    const arns = [...text.matchAll(/"CertificateArn":"([^"]+)"/g)].map(([, arn]) => arn)
    expect(arns.length).toBeGreaterThan(4)
    expect(new Set(arns).size).toBe(arns.length)
  })

  test('a search asks anything, in any combination, sorted by anything', async () => {
    const arn = await world.requested({
      DomainName: `search.${DOMAIN}`,
      SubjectAlternativeNames: [`also.${DOMAIN}`],
    })
    const { Serial, NotAfter } = await world.described(arn)
    const x509 = (X509AttributeFilter: object) => ({ Filter: { X509AttributeFilter } })
    const acm = (AcmCertificateMetadataFilter: object) => ({ Filter: { AcmCertificateMetadataFilter } })
    const name = x509({ Subject: { CommonName: { Value: 'Search.', ComparisonOperator: 'CONTAINS' } } })
    for (const filter of [
      { Filter: { CertificateArn: arn } },
      name,
      x509({
        SubjectAlternativeName: { DnsName: { Value: `also.${DOMAIN}`, ComparisonOperator: 'EQUALS' } },
      }),
      x509({ SerialNumber: Serial }),
      { And: [name, x509({ NotAfter: { Start: NotAfter, End: NotAfter } })] },
      { And: [name, x509({ NotBefore: { End: new Date() } }), x509({ KeyAlgorithm: 'RSA_2048' })] },
      { And: [name, x509({ KeyUsage: 'DIGITAL_SIGNATURE' }), x509({ KeyUsage: 'ANY' })] },
      { And: [name, x509({ ExtendedKeyUsage: 'TLS_WEB_SERVER_AUTHENTICATION' })] },
      {
        And: [
          name,
          { Not: x509({ ExtendedKeyUsage: 'NONE' }) },
          { Not: x509({ ExtendedKeyUsage: 'CUSTOM' }) },
        ],
      },
      { And: [name, acm({ Status: 'ISSUED' }), acm({ Type: 'PRIVATE' }), acm({ InUse: false })] },
      { And: [name, acm({ Exported: false }), acm({ ExportOption: 'ENABLED' })] },
      {
        And: [
          name,
          acm({ CertificateKeyPairOrigin: 'AWS_MANAGED' }),
          { Not: acm({ RenewalStatus: 'SUCCESS' }) },
        ],
      },
      { And: [name, { Not: acm({ ManagedBy: 'CLOUDFRONT' }) }, { Not: acm({ ValidationMethod: 'DNS' }) }] },
      { Or: [{ And: [name, acm({ AcmeAccountId: crypto.randomUUID() })] }, name] },
    ])
      expect(await searched(filter), JSON.stringify(filter)).toEqual([arn])
    for (const SortBy of SearchCertificatesSortBy.values ?? [])
      for (const SortOrder of ['ASCENDING', 'DESCENDING'])
        expect(await searched(name, { SortBy, SortOrder })).toEqual([arn])
    const { Results: [result] = [] } = await world.js.send(
      new SearchCertificatesCommand({ FilterStatement: { Filter: { CertificateArn: arn } } }),
    )
    expect(result).toMatchObject({
      X509Attributes: {
        Subject: { CommonName: `search.${DOMAIN}` },
        Issuer: { Organization: 'Acm Test', CommonName: 'CA' },
        SubjectAlternativeNames: [{ DnsName: `search.${DOMAIN}` }, { DnsName: `also.${DOMAIN}` }],
        SerialNumber: Serial,
      },
      CertificateMetadata: { AcmCertificateMetadata: { Type: 'PRIVATE', Status: 'ISSUED', Exported: false } },
    })
  })

  test('what asks too much is refused', async () => {
    const leaf = { Filter: { CertificateArn: UNKNOWN } }
    const wide = { Or: Array.from({ length: 15 }, () => leaf) }
    const deep = (levels: number): object => (levels === 0 ? leaf : { Not: deep(levels - 1) })
    expect(await searched(wide)).toEqual([])
    for (const filter of [
      { Or: Array.from({ length: 15 }, () => ({ And: [wide, wide] })) },
      deep(10),
      deep(200),
    ])
      expect(await world.refused('SearchCertificates', { FilterStatement: filter })).toMatchObject({
        type: expect.stringMatching(/^(ValidationException|SerializationException)$/) as string,
      })
  })
})

describe.runIf(hasBoto3())('what else there is', () => {
  test('the account’s configuration is kept; a token names one', async () => {
    const get = () => world.acm('GetAccountConfiguration')
    const put = (IdempotencyToken: string, DaysBeforeExpiry: number) => ({
      IdempotencyToken,
      ExpiryEvents: { DaysBeforeExpiry },
    })
    expect(await get()).toMatchObject({ ExpiryEvents: { DaysBeforeExpiry: 45 } })
    await world.acm('PutAccountConfiguration', put('one', 30))
    await world.acm('PutAccountConfiguration', put('one', 30))
    expect(await get()).toMatchObject({ ExpiryEvents: { DaysBeforeExpiry: 30 } })
    expect(await world.refused('PutAccountConfiguration', put('one', 31))).toMatchObject({
      type: 'ConflictException',
    })
    expect(await world.refused('PutAccountConfiguration', put('two', 91))).toMatchObject({
      type: 'ValidationException',
      message: 'ExpiryEvents.DaysBeforeExpiry: must be from 1 to 90',
    })
  })

  test('ARNs of another form, unknown ones and another account’s are told apart as AWS does', async () => {
    const arn = await world.requested()
    const of = async (CertificateArn: string) =>
      (await world.refused('DescribeCertificate', { CertificateArn })).type
    expect(await of('arn:aws:acm:us-east-1:111122223333:certificates/1')).toBe('InvalidArnException')
    expect(await of(UNKNOWN)).toBe('ResourceNotFoundException')
    expect(await of(arn.replace('111122223333', '444455556666'))).toBe('ResourceNotFoundException')
    const [, other] = world.accounts
    const error = await world.boto3.failure({
      service: 'acm',
      operation: 'DescribeCertificate',
      input: { CertificateArn: arn },
      ...(other === undefined ? {} : { keys: other.keys }),
    })
    expect(error).toMatchObject({ type: 'ResourceNotFoundException', modelled: true })
  })

  test.each([
    [
      { KeyAlgorithm: 'RSA_1024' },
      'ValidationException',
      'Encryption Algorithm RSA_1024 is not supported in us-east-1 region',
    ],
    [{ DomainName: 'xn--0.example.com' }, 'InvalidParameterException', /^DomainName: /],
    [
      { CertificateAuthorityArn: 'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/none' },
      'InvalidArnException',
      /./,
    ],
    [
      { SubjectAlternativeNames: Array.from({ length: 100 }, (_, at) => `n${at}.${DOMAIN}`) },
      'LimitExceededException',
      /100/,
    ],
    [{ Tags: [{ Key: 'a' }, { Key: 'a' }] }, 'InvalidTagException', /more than once/],
  ])('a request with %j is refused', async (more, type, message) => {
    const error = await world.refused('RequestCertificate', {
      DomainName: DOMAIN,
      CertificateAuthorityArn: world.authority,
      ...more,
    })
    expect(error).toMatchObject({ type })
    expect(error.message).toMatch(message)
  })

  test('a validation domain that isn’t above the name is refused', async () => {
    expect(
      await world.refused('RequestCertificate', {
        DomainName: DOMAIN,
        DomainValidationOptions: [{ DomainName: DOMAIN, ValidationDomain: 'other.test' }],
      }),
    ).toMatchObject({ type: 'InvalidDomainValidationOptionsException', modelled: true })
  })

  test('ACME’s control operations say that there is no ACME here', async () => {
    const AcmeEndpointArn = 'arn:aws:acm:us-east-1:111122223333:acme-endpoint/1'
    const input = {
      AcmeEndpointArn,
      AcmeDomainValidationArn: `${AcmeEndpointArn}/acme-domain-validation/1`,
      AcmeExternalAccountBindingArn: `${AcmeEndpointArn}/acme-external-account-binding/1`,
      AccountUrl: 'https://example.com/1',
      AuthorizationBehavior: 'PRE_APPROVED',
      CertificateAuthority: { PublicCertificateAuthority: { AllowedKeyAlgorithms: ['RSA_2048'] } },
      DomainName: DOMAIN,
      PrevalidationOptions: { DnsPrevalidation: {} },
      RoleArn: 'arn:aws:iam::111122223333:role/a',
    }
    for (const [operation, { input: shape }] of Object.entries(ACM_OPERATIONS)) {
      if (!operation.includes('Acme')) continue
      const given = Object.fromEntries(Object.entries(input).filter(([name]) => name in shape.members))
      if (operation === 'ListAcmeEndpoints')
        expect(await world.acm(operation)).toMatchObject({ AcmeEndpoints: [] })
      else
        expect(await world.refused(operation, given)).toMatchObject({
          type: expect.stringMatching(/^(ResourceNotFoundException|ValidationException)$/) as string,
          message: expect.stringContaining('ACME') as string,
          status: 400,
          modelled: true,
        })
    }
  })
})
