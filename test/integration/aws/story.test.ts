import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AwsAccount } from '../../support/aws.ts'
import { hasTool } from '../../support/tools.ts'
import { opensslRequest, P256 } from '../support/requests.ts'
import { temporaryDirectory } from '../support/servers.ts'
import { anAcmWorld, DOMAIN, type AcmWorld } from './acm-world.ts'

type Answer = Record<string, never>
const SECONDS = 120_000

// The whole story by the AWS CLI. One test a chapter: each goes on where the one before it ended.
describe.runIf(hasTool('aws', '--version'))('the story, told with the AWS CLI', () => {
  let world: AcmWorld
  let directory: string
  let guest: AwsAccount
  let [root, issuing] = ['', '']

  async function aws<T = Answer>(line: string, ...rest: string[]): Promise<T> {
    return awsAs<T>(world.main, line, ...rest)
  }
  async function awsAs<T = Answer>(account: AwsAccount, line: string, ...rest: string[]): Promise<T> {
    const { status, stdout, stderr } = await world.cli([...line.split(' '), ...rest], account)
    expect([line, status, stderr]).toEqual([line, 0, ''])
    return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as T
  }
  const refused = async (line: string, account = world.main): Promise<string> => {
    const { status, stderr } = await world.cli(line.split(' '), account)
    expect([line, status]).not.toEqual([line, 0])
    return stderr
  }
  const path = (name: string): string => join(directory, name)
  const file = (name: string, content: string): string => {
    writeFileSync(path(name), content)
    return `fileb://${path(name)}`
  }
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  async function authority(type: 'ROOT' | 'SUBORDINATE', name: string, more: string[] = []): Promise<string> {
    const configuration = {
      KeyAlgorithm: 'EC_prime256v1',
      SigningAlgorithm: 'SHA256WITHECDSA',
      Subject: { CommonName: name },
    }
    const { CertificateAuthorityArn: arn } = await aws<{ CertificateAuthorityArn: string }>(
      `acm-pca create-certificate-authority --certificate-authority-type ${type} --idempotency-token ${name}`,
      '--certificate-authority-configuration',
      JSON.stringify(configuration),
      ...more,
    )
    await aws(`acm-pca wait certificate-authority-csr-created --certificate-authority-arn ${arn}`)
    const { Csr } = await aws<{ Csr: string }>(
      `acm-pca get-certificate-authority-csr --certificate-authority-arn ${arn}`,
    )
    const [parent, template] =
      type === 'ROOT' ? [arn, 'RootCACertificate/V1'] : [root, 'SubordinateCACertificate_PathLen0/V1']
    const made = await issue(parent, Csr, template, type === 'ROOT' ? 10 : 5)
    const chain =
      made.CertificateChain === undefined
        ? []
        : ['--certificate-chain', file('chain.pem', made.CertificateChain)]
    await aws(
      `acm-pca import-certificate-authority-certificate --certificate-authority-arn ${arn}`,
      '--certificate',
      file('ca.pem', made.Certificate),
      ...chain,
    )
    return arn
  }
  async function issue(ca: string, csr: string, template: string, years: number, as = world.main) {
    const { CertificateArn: arn } = await awsAs(
      as,
      `acm-pca issue-certificate --certificate-authority-arn ${ca} --signing-algorithm SHA256WITHECDSA ` +
        `--template-arn arn:aws:acm-pca:::template/${template} --validity Value=${years},Type=YEARS`,
      '--csr',
      file('request.pem', csr),
    )
    const named = `--certificate-authority-arn ${ca} --certificate-arn ${String(arn)}`
    await awsAs(as, `acm-pca wait certificate-issued ${named}`)
    const got = await awsAs<{ Certificate: string; CertificateChain?: string }>(
      as,
      `acm-pca get-certificate ${named}`,
    )
    return { arn: String(arn), ...got }
  }
  const csr = () =>
    opensslRequest(P256, '/CN=host.example', ['-addext', 'subjectAltName=DNS:host.example']).csr

  beforeAll(async () => {
    directory = temporaryDirectory()
    world = await anAcmWorld()
    guest = world.accounts[1] as AwsAccount
  })
  afterAll(async () => {
    await world.dispose()
    await rm(directory, { recursive: true })
  })

  test('create a root and a subordinate, with waiters', { timeout: SECONDS }, async () => {
    root = await authority('ROOT', 'story-root')
    const revocation = {
      CrlConfiguration: { Enabled: true, ExpirationInDays: 7, S3BucketName: 'story-crls' },
      OcspConfiguration: { Enabled: true },
    }
    issuing = await authority('SUBORDINATE', 'story-issuing', [
      '--revocation-configuration',
      JSON.stringify(revocation),
    ])
    const line = `acm-pca describe-certificate-authority --certificate-authority-arn ${issuing}`
    expect(await aws(line)).toMatchObject({ CertificateAuthority: { Status: 'ACTIVE', Type: 'SUBORDINATE' } })
  })

  test(
    'issue, and let openssl check it, its CRL and its OCSP answer; revoke',
    { timeout: SECONDS },
    async () => {
      const issued = await issue(issuing, csr(), 'EndEntityCertificate/V1', 1)

      const chain = issued.CertificateChain ?? ''
      writeFileSync(path('leaf.pem'), issued.Certificate)
      writeFileSync(path('chain.pem'), chain)
      const check = ['verify', '-CAfile', path('chain.pem')]
      expect(openssl(...check, path('leaf.pem'))).toContain('OK')
      const url = openssl('x509', '-in', path('leaf.pem'), '-noout', '-ocsp_uri').trim()
      // It asks the server, which lives in this process: nobody may wait for it here.
      const ocsp = async () => {
        const { stdout } = await promisify(execFile)('openssl', [
          ...['ocsp', '-issuer', path('chain.pem'), '-cert', path('leaf.pem'), '-url', url],
          ...['-CAfile', path('chain.pem')],
        ])
        return stdout
      }
      expect(await ocsp()).toContain('leaf.pem: good')
      const serial = issued.arn.split('/').at(-1)
      await aws(
        `acm-pca revoke-certificate --certificate-authority-arn ${issuing} --certificate-serial ${String(serial)} --revocation-reason KEY_COMPROMISE`,
      )
      expect(await ocsp()).toContain('leaf.pem: revoked')
      const text = openssl('x509', '-in', path('leaf.pem'), '-noout', '-ext', 'crlDistributionPoints')
      const crl = await fetch(/URI:(\S+)/.exec(text)?.[1] ?? '')
      writeFileSync(path('crl.der'), Buffer.from(await crl.arrayBuffer()))
      const listed = openssl('crl', '-inform', 'DER', '-in', path('crl.der'), '-noout', '-text')
      expect(listed.toLowerCase()).toContain(String(serial))
    },
  )

  test('permissions, policy, tags, audit report', { timeout: SECONDS }, async () => {
    const ca = `--certificate-authority-arn ${issuing}`
    await aws(
      `acm-pca create-permission ${ca} --principal acm.amazonaws.com --actions IssueCertificate GetCertificate ListPermissions`,
    )
    const permissions = await aws(`acm-pca list-permissions ${ca}`)
    expect(permissions).toMatchObject({ Permissions: [{ Principal: 'acm.amazonaws.com' }] })
    await aws(`acm-pca tag-certificate-authority ${ca} --tags Key=team,Value=web`)
    expect(await aws(`acm-pca list-tags ${ca}`)).toMatchObject({ Tags: [{ Key: 'team', Value: 'web' }] })
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: guest.account },
          Action: ['acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificate'],
          Resource: issuing,
        },
      ],
    }
    await aws(`acm-pca put-policy --resource-arn ${issuing}`, '--policy', JSON.stringify(policy))
    await awsAs(guest, `acm-pca describe-certificate-authority ${ca}`)
    const { Policy } = await aws<{ Policy: string }>(`acm-pca get-policy --resource-arn ${issuing}`)
    expect(JSON.parse(Policy)).toEqual(policy)
    await aws(`acm-pca delete-policy --resource-arn ${issuing}`)
    expect(await refused(`acm-pca describe-certificate-authority ${ca}`, guest)).toContain(
      'ResourceNotFoundException',
    )
    const { AuditReportId } = await aws(
      `acm-pca create-certificate-authority-audit-report ${ca} --s3-bucket-name story-reports --audit-report-response-format JSON`,
    )
    await aws(`acm-pca wait audit-report-created ${ca} --audit-report-id ${String(AuditReportId)}`)
  })

  test('share with another account, which issues until the share ends', { timeout: SECONDS }, async () => {
    const { resourceShare } = await aws<{ resourceShare: { resourceShareArn: string } }>(
      `ram create-resource-share --name story --resource-arns ${issuing} --principals ${guest.account}`,
    )
    const { resourceShareInvitations } = await awsAs<{
      resourceShareInvitations: { resourceShareInvitationArn: string }[]
    }>(guest, 'ram get-resource-share-invitations')
    const invitation = String(resourceShareInvitations[0]?.resourceShareInvitationArn)
    await awsAs(guest, `ram accept-resource-share-invitation --resource-share-invitation-arn ${invitation}`)
    const issued = await issue(issuing, csr(), 'EndEntityCertificate/V1', 1, guest)
    expect(issued.Certificate).toContain('BEGIN CERTIFICATE')
    await aws(`ram delete-resource-share --resource-share-arn ${resourceShare.resourceShareArn}`)
    const line = `acm-pca describe-certificate-authority --certificate-authority-arn ${issuing}`
    expect(await refused(line, guest)).toContain('ResourceNotFoundException')
  })

  test(
    'request a private certificate; export, decrypt, renew, tag, delete',
    { timeout: SECONDS },
    async () => {
      const { CertificateArn: arn } = await aws<{ CertificateArn: string }>(
        `acm request-certificate --domain-name www.${DOMAIN} --key-algorithm EC_prime256v1 --certificate-authority-arn ${issuing}`,
      )

      const line = `--certificate-arn ${arn}`
      expect(await aws(`acm describe-certificate ${line}`)).toMatchObject({
        Certificate: { Status: 'ISSUED', Type: 'PRIVATE', RenewalEligibility: 'INELIGIBLE' },
      })
      const exported = await aws<Record<'PrivateKey' | 'Certificate', string>>(
        `acm export-certificate ${line}`,
        '--passphrase',
        file('passphrase', 'correct horse'),
      )
      writeFileSync(path('key.pem'), exported.PrivateKey)
      writeFileSync(path('exported.pem'), exported.Certificate)
      expect(openssl('pkey', '-in', path('key.pem'), '-passin', 'pass:correct horse', '-pubout')).toBe(
        openssl('x509', '-in', path('exported.pem'), '-noout', '-pubkey'),
      )
      await aws(`acm renew-certificate ${line}`)
      await aws(`acm add-tags-to-certificate ${line} --tags Key=team,Value=web`)
      expect(await aws(`acm list-tags-for-certificate ${line}`)).toMatchObject({
        Tags: [{ Key: 'team', Value: 'web' }],
      })
      await aws(`acm delete-certificate ${line}`)
      expect(await refused(`acm describe-certificate ${line}`)).toContain('ResourceNotFoundException')
    },
  )

  test('request validated ones: a DNS record is set, a mail approved', { timeout: SECONDS }, async () => {
    const requested = async (method: string) =>
      (
        await aws<{ CertificateArn: string }>(
          `acm request-certificate --domain-name ${method.toLowerCase()}.${DOMAIN} --validation-method ${method} ` +
            `--domain-validation-options DomainName=${method.toLowerCase()}.${DOMAIN},ValidationDomain=${DOMAIN}`,
        )
      ).CertificateArn
    const byDns = await requested('DNS')
    await world.proved(byDns)
    await aws(`acm wait certificate-validated --certificate-arn ${byDns}`)
    const byMail = await requested('EMAIL')
    await world.approved(byMail)
    for (const arn of [byDns, byMail])
      expect(await aws(`acm describe-certificate --certificate-arn ${arn}`)).toMatchObject({
        Certificate: { Status: 'ISSUED', Type: 'AMAZON_ISSUED' },
      })
  })

  test('import, and import again into the same ARN', { timeout: SECONDS }, async () => {
    const selfSigned = (): string[] => {
      openssl(
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
        ...['-keyout', path('own.key'), '-out', path('own.pem'), '-subj', '/CN=own.example'],
        ...['-addext', 'subjectAltName=DNS:own.example'],
      )
      return ['--certificate', `fileb://${path('own.pem')}`, '--private-key', `fileb://${path('own.key')}`]
    }
    const { CertificateArn: arn } = await aws<{ CertificateArn: string }>(
      'acm import-certificate',
      ...selfSigned(),
    )
    expect(await aws(`acm import-certificate --certificate-arn ${arn}`, ...selfSigned())).toEqual({
      CertificateArn: arn,
    })
  })

  test('disable, delete and restore the authority', { timeout: SECONDS }, async () => {
    const ca = `--certificate-authority-arn ${issuing}`
    expect(await refused(`acm-pca delete-certificate-authority ${ca}`)).toContain('InvalidStateException')
    await aws(`acm-pca update-certificate-authority ${ca} --status DISABLED`)
    await aws(`acm-pca delete-certificate-authority ${ca} --permanent-deletion-time-in-days 7`)
    await aws(`acm-pca restore-certificate-authority ${ca}`)
    expect(await aws(`acm-pca describe-certificate-authority ${ca}`)).toMatchObject({
      CertificateAuthority: { Status: 'DISABLED' },
    })
  })
})
