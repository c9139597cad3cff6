import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client, RequestOf } from '../../../src/contract/client.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { aRequest } from '../../core/operations/requests.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let admin: Client
let issuer: Client
beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  issuer = clientOf(api, installation.issuerToken)
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

const csr = (options: Parameters<typeof aRequest>[0] = {}): string =>
  Buffer.from(aRequest(options)).toString('base64')

describe('profiles', () => {
  const RULES: Omit<NonNullable<RequestOf<'createProfile'>['body']>, 'name'> = {
    base: 'tls-server',
    keyAlgorithms: ['EC_prime256v1'],
    validity: { maxSeconds: 86_400, defaultSeconds: 3600 },
    names: { dns: { patterns: ['*.example.com'], min: 1, max: 3 }, ip: { patterns: ['10.0.0.0/8'] } },
    subject: { organization: { value: 'Example GmbH' }, commonName: { required: true } },
  }

  test('one lives: made, listed, shown, used, changed, deleted', async () => {
    const body = { name: 'web', authority: 'issuing', ...RULES }
    const made = await admin.createProfile({ body })
    expect(made).toMatchObject({ ...RULES, name: 'web', version: 1 })
    expect(made.arn).toBe(`arn:aws:chancery:us-east-1:${installation.account}:profile/web`)
    const { id } = await admin.describeAuthority({ params: { authority: 'issuing' } })
    expect(made.authority).toBe(id)
    const params = { profile: 'web' }
    expect(await issuer.describeProfile({ params })).toEqual(made)
    expect((await issuer.listProfiles()).items).toEqual([made])

    const subject = { commonName: 'a.example.com' }
    const issued = await issuer.issueCertificate({
      body: { csr: csr({ subject, names: [] }), profile: 'web' },
    })
    expect(issued).toMatchObject({ profile: 'web@1', subject: 'CN=a.example.com,O=Example GmbH' })
    await expect(
      issuer.issueCertificate({ body: { csr: csr({ subject }), profile: 'web', validity: { days: 2 } } }),
    ).rejects.toMatchObject({
      status: 422,
      code: 'policy_refused',
      problem: { violations: [{ field: 'validity' }] },
    })

    const { etag } = await admin.exchange('describeProfile', { params })
    const changed = await admin.updateProfile({ params, body: { validity: null }, ifMatch: etag ?? '' })
    expect(changed).toMatchObject({ version: 2, base: 'tls-server' })
    expect(changed.validity).toBeUndefined()
    await expect(
      admin.updateProfile({ params, body: { base: 'email' }, ifMatch: etag ?? '' }),
    ).rejects.toMatchObject({ code: 'precondition_failed' })
    expect((await issuer.describeCertificate({ params: { id: issued.id } })).profile).toBe('web@1')

    await admin.updateAuthority({ params: { authority: 'issuing' }, body: { allowedProfiles: ['web'] } })
    await expect(admin.deleteProfile({ params })).rejects.toMatchObject({ code: 'state_conflict' })
    const limited = await admin.updateAuthority({
      params: { authority: 'issuing' },
      body: { allowedProfiles: null },
    })
    expect(limited.allowedProfiles).toBeUndefined()
    await admin.deleteProfile({ params })
    await expect(issuer.describeProfile({ params })).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each([
    [{ name: 'x' }, 'extendedKeyUsages'],
    [{ base: 'tls' }, 'name'],
    [{ name: 'x', base: 'web' }, 'base'],
    [{ name: 'x', base: 'tls', validity: { maxSeconds: 0 } }, 'validity.maxSeconds'],
    [{ name: 'x', base: 'tls', names: { dns: { patterns: ['*'] } } }, 'names.dns.patterns[0]'],
    [{ name: 'x', base: 'tls', names: { dns: { pattern: ['a.b'] } } }, 'names.dns.pattern'],
    [{ name: 'x', base: 'tls', subject: { mood: {} } }, 'subject.mood'],
    [{ name: 'tls', base: 'tls' }, 'name'],
  ])('refuses %o', async (body, field) => {
    const work = admin.createProfile({ body: body as Parameters<Client['createProfile']>[0]['body'] })
    await expect(work).rejects.toMatchObject({ status: 400, problem: { violations: [{ field }] } })
  })

  test('an issuer makes none', async () => {
    const body = { name: 'mine', base: 'tls' } as const
    await expect(issuer.createProfile({ body })).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('templates', () => {
  test('a leaf with what is passed through, and what was ignored', async () => {
    const issued = await issuer.issueCertificate({
      body: {
        csr: csr(),
        template: 'arn:aws:acm-pca:::template/EndEntityClientAuthCertificate_APIPassthrough/V1',
        passthrough: {
          subject: { customAttributes: [{ oid: '2.5.4.3', value: 'somebody' }] },
          extensions: {
            keyUsage: ['digitalSignature'],
            subjectAlternativeNames: { email: ['somebody@example.com'], edi: [{ partyName: 'P' }] },
            certificatePolicies: [{ oid: '1.2.3.4' }],
          },
        },
        validity: { months: 1 },
        signatureAlgorithm: 'SHA384WITHECDSA',
      },
    })
    expect(issued).toMatchObject({
      profile: 'EndEntityClientAuthCertificate_APIPassthrough/V1',
      subject: 'CN=somebody',
      names: { email: ['somebody@example.com'], edi: [expect.stringMatching(/^30/)] },
    })
    expect(issued.warnings.join()).toContain('passthrough_ignored: keyUsage')
    expect(new X509Certificate(issued.certificate).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  })

  test('a subordinate that is kept elsewhere, by an administrator only', async () => {
    const body = {
      authority: 'root',
      csr: csr({ subject: { commonName: 'Kept elsewhere' }, names: [] }),
      template: 'SubordinateCACertificate_PathLen0/V1',
    }
    await expect(issuer.issueCertificate({ body })).rejects.toMatchObject({ code: 'forbidden' })
    const issued = await admin.issueCertificate({ body })
    const certificate = new X509Certificate(issued.certificate)
    expect(certificate.ca).toBe(true)
    expect(certificate.verify(new X509Certificate(issued.chain[0] ?? '').publicKey)).toBe(true)
    // It is in nobody's place but the authority's list, and can be revoked like any other.
    const revoked = await admin.revokeCertificate({ params: { id: issued.id }, body: {} })
    expect(revoked.certificate.status).toBe('revoked')
  })

  test.each([
    [{ template: 'x' }, 'template'],
    [{ template: 'EndEntityCertificate/V1', profile: 'tls' }, 'profile'],
    [{ passthrough: {} }, 'passthrough'],
    [
      { template: 'EndEntityCertificate/V1', passthrough: { extensions: { keyUsage: ['x'] } } },
      'passthrough.extensions.keyUsage[0]',
    ],
    [{ validity: { days: 1, months: 1 } }, 'validity'],
    [{ validity: { notBefore: '2030-01-01T00:00:00Z' } }, 'validity'],
    [{ signatureAlgorithm: 'MD5' }, 'signatureAlgorithm'],
  ])('refuses %o', async (members, field) => {
    const body = { csr: csr(), ...members } as NonNullable<RequestOf<'issueCertificate'>['body']>
    await expect(issuer.issueCertificate({ body })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field }] },
    })
  })

  test('a root issues no leaves', async () => {
    const body = { csr: csr(), authority: 'root' }
    await expect(admin.issueCertificate({ body })).rejects.toMatchObject({
      status: 422,
      problem: { violations: [{ field: 'authority', code: 'root_issues_authorities' }] },
    })
  })
})
