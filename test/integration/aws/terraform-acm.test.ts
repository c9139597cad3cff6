import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBoto3 } from '../../support/aws.ts'
import { anAcmWorld, DOMAIN, idOf, type AcmWorld } from './acm-world.ts'

/*
 * The calls that Terraform's provider hashicorp/aws makes for aws_acm_certificate and aws_acm_certificate_validation, and
 * what it looks at in the answers (contract §8.1); the provider itself isn't to be had here.
 */
let world: AcmWorld
beforeAll(async () => {
  world = await anAcmWorld()
})
afterAll(() => world.dispose())

/** §8.1: an IdempotencyToken of `tf…`, at most 32 characters. */
const token = (): string => `tf${idOf(crypto.randomUUID()).replaceAll('-', '').slice(0, 26)}`

async function create(input: object): Promise<string> {
  const { CertificateArn } = await world.acm<{ CertificateArn: string }>('RequestCertificate', {
    IdempotencyToken: token(),
    Tags: [{ Key: 'Name', Value: 'tf' }],
    ...input,
  })
  return CertificateArn
}

describe.runIf(hasBoto3())('aws_acm_certificate, as Terraform calls', () => {
  test('validated by DNS: create, wait for the records, read, validate, update, destroy', async () => {
    // Create; then it waits until some DomainValidationOptions has a ResourceRecord (§8.1).
    const arn = await create({
      DomainName: DOMAIN,
      SubjectAlternativeNames: [`b.${DOMAIN}`, `a.${DOMAIN}`],
      ValidationMethod: 'DNS',
      Options: { CertificateTransparencyLoggingPreference: 'ENABLED' },
      KeyAlgorithm: 'EC_prime256v1',
    })
    const read = await world.described(arn)
    expect(read.DomainValidationOptions.some(({ ResourceRecord }) => ResourceRecord !== undefined)).toBe(true)
    // §8.1: needs Options in the description; the order of names must be stable; RSA-2048 is turned back (§4.4).
    expect(read).toMatchObject({
      Options: { CertificateTransparencyLoggingPreference: 'ENABLED', Export: 'DISABLED' },
      SubjectAlternativeNames: [DOMAIN, `b.${DOMAIN}`, `a.${DOMAIN}`],
      KeyAlgorithm: 'EC-prime256v1',
    })
    expect((await world.described(arn))['SubjectAlternativeNames']).toEqual(read['SubjectAlternativeNames'])
    expect(await world.acm('ListTagsForCertificate', { CertificateArn: arn })).toMatchObject({
      Tags: [{ Key: 'Name', Value: 'tf' }],
    })
    // aws_acm_certificate_validation: reads until Status is ISSUED.
    await world.proved(arn)
    expect(await world.described(arn)).toMatchObject({ Status: 'ISSUED', IssuedAt: expect.any(Date) as Date })
    // Update of tags: what went is removed, what came is added.
    await world.acm('RemoveTagsFromCertificate', {
      CertificateArn: arn,
      Tags: [{ Key: 'Name', Value: 'tf' }],
    })
    await world.acm('AddTagsToCertificate', { CertificateArn: arn, Tags: [{ Key: 'Env', Value: 'x' }] })
    // Update of options says again what they are.
    await world.acm('UpdateCertificateOptions', {
      CertificateArn: arn,
      Options: { CertificateTransparencyLoggingPreference: 'ENABLED', Export: 'DISABLED' },
    })
    // Destroy is tried again while it is in use (§8.1: ResourceInUseException).
    const resourceArn = `arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/tf/1`
    const params = { id: idOf(arn) }
    await world.rest.associateManagedCertificate({ params, body: { resourceArn } })
    expect(await world.refused('DeleteCertificate', { CertificateArn: arn })).toMatchObject({
      type: 'ResourceInUseException',
      modelled: true,
    })
    await world.rest.dissociateManagedCertificate({ params, query: { resourceArn } })
    await world.acm('DeleteCertificate', { CertificateArn: arn })
    // A read of what is gone takes it out of the state.
    expect(await world.refused('DescribeCertificate', { CertificateArn: arn })).toMatchObject({
      type: 'ResourceNotFoundException',
      modelled: true,
    })
  })

  test('validated by mail: it waits until some option has ValidationEmails', async () => {
    const arn = await create({ DomainName: `mail.${DOMAIN}`, ValidationMethod: 'EMAIL' })
    const [option] = (await world.described(arn)).DomainValidationOptions
    expect(option).toMatchObject({
      ValidationEmails: expect.arrayContaining([expect.any(String)]) as string[],
    })
    await world.acm('DeleteCertificate', { CertificateArn: arn })
  })

  test('what nobody validates in 72 hours is VALIDATION_TIMED_OUT, which it takes for gone', async () => {
    const arn = await create({ DomainName: `late.${DOMAIN}`, ValidationMethod: 'DNS' })
    const later = new Date(Date.now() + 73 * 3_600_000).toISOString()
    await world.server.admin.setCalendar({ body: { now: later } })
    await expect
      .poll(async () => (await world.described(arn)).Status, { timeout: 30_000, interval: 300 })
      .toBe('VALIDATION_TIMED_OUT')
    await world.server.admin.setCalendar({ body: { now: new Date().toISOString() } })
  })

  test('private: create, wait until it isn’t pending, renew early, destroy', async () => {
    const arn = await create({ DomainName: `tf.${DOMAIN}`, CertificateAuthorityArn: world.authority })
    const read = await world.described(arn)
    expect(read.Status).not.toBe('PENDING_VALIDATION')
    expect(read).toMatchObject({ CertificateAuthorityArn: world.authority, RenewalEligibility: 'INELIGIBLE' })
    // early_renewal needs RenewalEligibility ELIGIBLE, and waits for RenewalSummary SUCCESS (§8.1).
    await world.acm('ExportCertificate', { CertificateArn: arn, Passphrase: Buffer.from('terraform') })
    expect(await world.described(arn)).toMatchObject({ RenewalEligibility: 'ELIGIBLE' })
    await world.acm('RenewCertificate', { CertificateArn: arn })
    expect(await world.described(arn)).toMatchObject({ RenewalSummary: { RenewalStatus: 'SUCCESS' } })
    await world.acm('DeleteCertificate', { CertificateArn: arn })
  })
})
