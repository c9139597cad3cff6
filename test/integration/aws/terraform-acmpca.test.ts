import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anAwsWorld, hasBoto3, type AwsError, type AwsWorld } from '../../support/aws.ts'
import { opensslRequest, P256 } from '../support/requests.ts'

/*
 * The calls that Terraform's provider hashicorp/aws makes for aws_acmpca_certificate_authority, …_certificate_authority_certificate,
 * …_certificate, …_permission and …_policy, and what it looks at in the answers (contract §8.1); the provider itself isn't to be
 * had here.
 */
let world: AwsWorld
beforeAll(async () => {
  world = await anAwsWorld()
})
afterAll(() => world.dispose())

type Described = {
  readonly CertificateAuthority: { readonly Status: string; readonly [member: string]: unknown }
}
type Arn = { readonly CertificateAuthorityArn: string }

const pca = <T = Record<string, never>>(operation: string, input: object): Promise<T> =>
  world.boto3.call<T>({ service: 'acm-pca', operation, input })
const refused = (operation: string, input: object): Promise<AwsError> =>
  world.boto3.failure({ service: 'acm-pca', operation, input })
const described = async (named: Arn) =>
  (await pca<Described>('DescribeCertificateAuthority', named)).CertificateAuthority

/** §8.1: an IdempotencyToken of 26 characters. */
const token = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 26)
const template = (name: string): string => `arn:aws:acm-pca:::template/${name}/V1`
/** §5.3: Terraform sends END_DATE as YYYYMMDDHHMMSS. */
const END_DATE = { Type: 'END_DATE', Value: 20_400_102_030_405 }

/** Create, and the wait for it: CREATING → ACTIVE or PENDING_CERTIFICATE (§8.1). */
async function create(type: 'ROOT' | 'SUBORDINATE', CommonName: string, more: object = {}): Promise<Arn> {
  const { CertificateAuthorityArn } = await pca<Arn>('CreateCertificateAuthority', {
    CertificateAuthorityConfiguration: {
      KeyAlgorithm: 'EC_prime256v1',
      SigningAlgorithm: 'SHA256WITHECDSA',
      Subject: { CommonName },
    },
    CertificateAuthorityType: type,
    IdempotencyToken: token(),
    UsageMode: 'GENERAL_PURPOSE',
    ...more,
  })
  const named = { CertificateAuthorityArn }
  const wanted = expect.stringMatching(/^(ACTIVE|PENDING_CERTIFICATE)$/) as string
  await expect.poll(async () => (await described(named)).Status, { interval: 200 }).toEqual(wanted)
  return named
}

/** What a read asks for besides: of a failure it takes InvalidStateException alone for "not yet" (§8.1). */
async function readOf(named: Arn): Promise<{ certificate: string; chain: string; csr: string }> {
  const [certificate, csr] = [
    await tolerated('GetCertificateAuthorityCertificate', named),
    await tolerated('GetCertificateAuthorityCsr', named),
  ]
  return {
    certificate: certificate['Certificate'] ?? '',
    chain: certificate['CertificateChain'] ?? '',
    csr: csr['Csr'] ?? '',
  }
}
async function tolerated(operation: string, input: object): Promise<Record<string, string>> {
  const found = await pca<Record<string, string>>(operation, input).catch(
    (thrown: { aws?: AwsError }) => thrown.aws ?? Promise.reject(thrown as Error),
  )
  if (!('type' in found)) return found
  expect(found).toMatchObject({ type: 'InvalidStateException', modelled: true })
  return {}
}

type Issued = { readonly arn: string; readonly pem: string; readonly chain: string | undefined }

/** aws_acmpca_certificate: Create, wait until it is issued, read (§8.1). */
async function issue(named: Arn, csr: string, more: object = {}): Promise<Issued> {
  const { CertificateArn: arn } = await pca<{ CertificateArn: string }>('IssueCertificate', {
    ...named,
    Csr: Buffer.from(csr),
    IdempotencyToken: token(),
    SigningAlgorithm: 'SHA256WITHECDSA',
    Validity: END_DATE,
    ...more,
  })
  const input = { ...named, CertificateArn: arn }
  await world.boto3.call({ service: 'acm-pca', operation: 'certificate_issued', as: 'wait', input })
  const got = await pca<{ Certificate: string; CertificateChain?: string }>('GetCertificate', input)
  return { arn, pem: got.Certificate, chain: got.CertificateChain }
}

/** Destroy: RevokeCertificate with the serial as `%x` writes a number: no leading zeros (§8.1). */
const revocation = (named: Arn, pem: string) => ({
  ...named,
  CertificateSerial: BigInt(`0x${new X509Certificate(pem).serialNumber}`).toString(16),
  RevocationReason: 'UNSPECIFIED',
})

/** aws_acmpca_certificate_authority_certificate: import, then read what was imported. */
async function install(named: Arn, { pem, chain }: Issued): Promise<void> {
  await pca('ImportCertificateAuthorityCertificate', {
    ...named,
    Certificate: Buffer.from(pem),
    ...(chain === undefined ? {} : { CertificateChain: Buffer.from(chain) }),
  })
  expect(await pca('GetCertificateAuthorityCertificate', named)).toMatchObject({
    Certificate: pem,
    ...(chain === undefined ? {} : { CertificateChain: chain }),
  })
}

async function aRoot(CommonName: string): Promise<Arn & { readonly own: Issued }> {
  const named = await create('ROOT', CommonName)
  const own = await issue(named, (await readOf(named)).csr, { TemplateArn: template('RootCACertificate') })
  await install(named, own)
  return { ...named, own }
}

/** Destroy: disable, tolerating that it can't be, then delete (§8.1). */
async function destroy(named: Arn): Promise<void> {
  const disable = { ...named, Status: 'DISABLED' }
  const { Status } = await described(named)
  if (Status === 'ACTIVE' || Status === 'DISABLED') await pca('UpdateCertificateAuthority', disable)
  else
    expect(await refused('UpdateCertificateAuthority', disable)).toMatchObject({
      type: 'InvalidStateException',
      message: 'The certificate authority must be in the ACTIVE or DISABLED state to be updated',
      modelled: true,
    })
  await pca('DeleteCertificateAuthority', { ...named, PermanentDeletionTimeInDays: 7 })
  // Status DELETED is "not found" to the next read (§8.1).
  expect((await described(named)).Status).toBe('DELETED')
}

const request = (name: string): string =>
  opensslRequest(P256, `/CN=${name}`, ['-addext', `subjectAltName=DNS:${name}`]).csr

describe.runIf(hasBoto3())('acm-pca, as Terraform calls', () => {
  test('aws_acmpca_certificate_authority: create, read, update, destroy', async () => {
    const IdempotencyToken = token()
    const more = {
      IdempotencyToken,
      // §8.1: it never sends CrlType, CustomPath or OmitExtension.
      RevocationConfiguration: {
        CrlConfiguration: { Enabled: true, ExpirationInDays: 7, S3BucketName: 'tf-crls' },
        OcspConfiguration: { Enabled: false },
      },
      Tags: [{ Key: 'Name', Value: 'tf' }],
    }
    const named = await create('SUBORDINATE', 'tf.example', more)
    // Create again after a lost answer is the same one.
    expect(await create('SUBORDINATE', 'tf.example', more)).toEqual(named)
    const read = await described(named)
    // §8.1: describe must return the same Arn; `enabled` is Status ≠ DISABLED.
    expect(read).toMatchObject({
      Arn: named.CertificateAuthorityArn,
      Status: 'PENDING_CERTIFICATE',
      Type: 'SUBORDINATE',
      UsageMode: 'GENERAL_PURPOSE',
      CertificateAuthorityConfiguration: {
        KeyAlgorithm: 'EC_prime256v1',
        SigningAlgorithm: 'SHA256WITHECDSA',
        Subject: { CommonName: 'tf.example' },
      },
      RevocationConfiguration: {
        CrlConfiguration: { Enabled: true, ExpirationInDays: 7, S3BucketName: 'tf-crls' },
        OcspConfiguration: { Enabled: false },
      },
    })
    // Computed where it isn't given; asked for, it is what is read.
    expect(read).not.toHaveProperty('KeyStorageSecurityStandard')
    const KeyStorageSecurityStandard = 'FIPS_140_2_LEVEL_2_OR_HIGHER'
    const kept = await create('ROOT', 'kept.example', { KeyStorageSecurityStandard })
    expect(await described(kept)).toMatchObject({ KeyStorageSecurityStandard })
    // §8.1: read calls GetCertificateAuthorityCertificate and Csr, tolerating InvalidStateException only.
    const { certificate, csr } = await readOf(named)
    expect(certificate).toBe('')
    expect(csr).toContain('BEGIN CERTIFICATE REQUEST')
    const tags = { ...named, MaxResults: 100 }
    expect(await pca('ListTags', tags)).toMatchObject({ Tags: [{ Key: 'Name', Value: 'tf' }] })
    // Update of what isn't active: its revocation can't be changed yet, in the words that it knows.
    expect(
      await refused('UpdateCertificateAuthority', {
        ...named,
        RevocationConfiguration: { CrlConfiguration: { Enabled: false } },
      }),
    ).toMatchObject({ type: 'InvalidStateException' })
    // Tags are taken away and set as a whole.
    await pca('UntagCertificateAuthority', { ...named, Tags: [{ Key: 'Name', Value: 'tf' }] })
    await pca('TagCertificateAuthority', { ...named, Tags: [{ Key: 'Env', Value: '' }] })
    expect(await pca('ListTags', tags)).toMatchObject({ Tags: [{ Key: 'Env', Value: '' }] })
    // Destroy before it was ever active: disabling fails with the text that it compares (§8.1).
    await destroy(named)
  })

  test('aws_acmpca_certificate_authority: active, its revocation changed, disabled, enabled, destroyed', async () => {
    const { CertificateAuthorityArn, own } = await aRoot('active.example')
    const named = { CertificateAuthorityArn }
    expect(await readOf(named)).toMatchObject({ certificate: own.pem, chain: '' })
    const changed = {
      CrlConfiguration: {
        Enabled: true,
        ExpirationInDays: 3,
        CustomCname: 'crl.example',
        S3BucketName: 'tf-2',
      },
      OcspConfiguration: { Enabled: true, OcspCustomCname: 'ocsp.example' },
    }
    await pca('UpdateCertificateAuthority', { ...named, RevocationConfiguration: changed })
    expect(await described(named)).toMatchObject({ Status: 'ACTIVE', RevocationConfiguration: changed })
    // Turned off, each says that alone (§5.6).
    const off = { CrlConfiguration: { Enabled: false }, OcspConfiguration: { Enabled: false } }
    await pca('UpdateCertificateAuthority', { ...named, RevocationConfiguration: off })
    expect((await described(named))['RevocationConfiguration']).toEqual(off)
    for (const Status of ['DISABLED', 'ACTIVE']) {
      await pca('UpdateCertificateAuthority', { ...named, Status })
      expect((await described(named)).Status).toBe(Status)
    }
    await destroy(named)
    // What is deleted still answers reads; what never was doesn't.
    const gone = { CertificateAuthorityArn: CertificateAuthorityArn.replace(/[^/]+$/, crypto.randomUUID()) }
    expect(await refused('DescribeCertificateAuthority', gone)).toMatchObject({
      type: 'ResourceNotFoundException',
      modelled: true,
    })
  })

  test('aws_acmpca_certificate: issue, read, destroy by its serial as %x writes it', async () => {
    const { own, ...root } = await aRoot('root.example')
    const below = await create('SUBORDINATE', 'issuing.example')
    // §8.1: retried for a minute on this type with this text, while its authority isn't active.
    const early = { ...below, Csr: Buffer.from(request('early.example')), IdempotencyToken: token() }
    expect(
      await refused('IssueCertificate', {
        ...early,
        SigningAlgorithm: 'SHA256WITHECDSA',
        Validity: { Type: 'YEARS', Value: 1 },
      }),
    ).toMatchObject({
      type: 'InvalidStateException',
      message: 'The certificate authority is not in a valid state for issuing certificates',
      modelled: true,
    })
    const TemplateArn = template('SubordinateCACertificate_PathLen0')
    const certified = await issue(root, (await readOf(below)).csr, { TemplateArn })
    await install(below, certified)
    // `%x` drops leading zeros, which one serial in sixteen has: until there is one.
    const issued: Issued[] = []
    const ends = { Type: 'END_DATE', Value: 20_350_102_030_405 }
    do issued.push(await issue(below, request(`host-${issued.length}.example`), { Validity: ends }))
    while (issued.length < 3 || (issued.length < 400 && !issued.some(hasLeadingZero)))
    expect(issued.some(hasLeadingZero)).toBe(true)
    const last = issued.at(-1) as Issued
    expect(new X509Certificate(last.pem).validToDate.toISOString()).toBe('2035-01-02T03:04:05.000Z')
    expect(last.chain?.startsWith(certified.pem)).toBe(true)
    for (const { pem } of [issued[0] as Issued, last]) await pca('RevokeCertificate', revocation(below, pem))
    // §8.1: a second destroy is told what it ignores.
    expect(await refused('RevokeCertificate', revocation(below, last.pem))).toMatchObject({
      type: 'RequestAlreadyProcessedException',
      modelled: true,
    })
    expect(
      await refused('RevokeCertificate', { ...revocation(below, last.pem), CertificateSerial: 'abcdef' }),
    ).toMatchObject({ type: 'ResourceNotFoundException', modelled: true })
    expect(await refused('RevokeCertificate', revocation(root, own.pem))).toMatchObject({
      type: 'InvalidRequestException',
      message: 'Self-signed certificate can not be revoked',
      modelled: true,
    })
    // What is revoked can still be read: the resource stays in the state until it is destroyed (§5.3).
    expect(await pca('GetCertificate', { ...below, CertificateArn: last.arn })).toMatchObject({
      Certificate: last.pem,
    })
  })

  test('aws_acmpca_permission: create, read by paging, destroy', async () => {
    const { CertificateAuthorityArn } = await aRoot('permission.example')
    const named = { CertificateAuthorityArn }
    const Actions = ['IssueCertificate', 'GetCertificate', 'ListPermissions']
    const permission = { ...named, Principal: 'acm.amazonaws.com' }
    await pca('CreatePermission', { ...permission, Actions })
    const { Permissions } = await pca<{ Permissions: object[] }>('ListPermissions', named)
    // Its state has actions, principal, source account and policy (§5.5).
    expect(Permissions).toEqual([
      expect.objectContaining({
        ...permission,
        SourceAccount: world.main.account,
        Actions: expect.arrayContaining(Actions) as string[],
        CreatedAt: expect.any(Date) as Date,
      }),
    ])
    expect(await refused('CreatePermission', { ...permission, Actions })).toMatchObject({
      type: 'PermissionAlreadyExistsException',
      modelled: true,
    })
    await pca('DeletePermission', permission)
    expect((await pca('ListPermissions', named))['Permissions']).toEqual([])
    // Destroyed outside: it is gone already, in words that it knows.
    expect(await refused('DeletePermission', permission)).toMatchObject({
      type: 'ResourceNotFoundException',
      modelled: true,
    })
  })

  test('aws_acmpca_policy: put, read the same document, destroy', async () => {
    const { CertificateAuthorityArn: ResourceArn } = await aRoot('policy.example')
    const Principal = { AWS: world.accounts[1]?.account ?? '' }
    // The structure that acm-pca's documentation has (§5.8).
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: '1',
          Effect: 'Allow',
          Principal,
          Action: [
            'acm-pca:DescribeCertificateAuthority',
            'acm-pca:GetCertificate',
            'acm-pca:GetCertificateAuthorityCertificate',
            'acm-pca:ListPermissions',
            'acm-pca:ListTags',
          ],
          Resource: ResourceArn,
        },
        {
          Sid: '2',
          Effect: 'Allow',
          Principal,
          Action: ['acm-pca:IssueCertificate'],
          Resource: ResourceArn,
          Condition: { StringEquals: { 'acm-pca:TemplateArn': template('EndEntityCertificate') } },
        },
      ],
    }
    for (const Policy of [JSON.stringify(policy), JSON.stringify(policy, null, 2)]) {
      await pca('PutPolicy', { ResourceArn, Policy })
      const read = await pca<{ Policy: string }>('GetPolicy', { ResourceArn })
      // It compares documents by their meaning, whatever the blanks.
      expect(JSON.parse(read.Policy)).toEqual(policy)
    }
    await pca('DeletePolicy', { ResourceArn })
    expect(await refused('GetPolicy', { ResourceArn })).toMatchObject({
      type: 'ResourceNotFoundException',
      modelled: true,
    })
    // §5.8: DeletePolicy where there is none succeeds.
    await pca('DeletePolicy', { ResourceArn })
  })
})

/** Whether `%x` writes one digit less than the serial has. */
const hasLeadingZero = ({ pem }: Issued): boolean => new X509Certificate(pem).serialNumber.startsWith('0')
