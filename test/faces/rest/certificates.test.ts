import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { everyItem } from '../../../src/contract/client.ts'
import { problem } from '../../../src/contract/schemas/common.ts'
import { issuedCertificate } from '../../../src/contract/schemas/certificates.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { hasTool, runTool } from '../../support/tools.ts'
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

const forName = (name: string) => ({ key: { algorithm: 'EC_prime256v1' as const }, names: { dns: [name] } })
const authorized = () => ({ authorization: `Bearer ${installation.issuerToken}` })

/** A CSR of openssl's making, PEM. */
function aCsr(name: string): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null']
  const { stdout } = runTool('openssl', [
    'req',
    '-new',
    ...key,
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=DNS:${name}`,
  ])
  expect(stdout).toContain('BEGIN CERTIFICATE REQUEST')
  return stdout
}

describe('issuing', () => {
  test('answers what is in the certificate', async () => {
    const issued = await issuer.issueCertificate({
      body: {
        key: { algorithm: 'EC_prime256v1' },
        names: {
          dns: ['www.example.com', '*.example.com'],
          ip: ['192.0.2.1'],
          uri: ['spiffe://example.com/api'],
        },
        subject: { commonName: 'www.example.com', organization: 'Example GmbH' },
        profile: 'tls',
        validity: { days: 30 },
      },
    })
    const parsed = new X509Certificate(issued.certificate)
    expect(issued).toMatchObject({
      status: 'valid',
      profile: 'tls',
      subject: 'CN=www.example.com,O=Example GmbH',
      names: {
        dns: ['www.example.com', '*.example.com'],
        ip: ['192.0.2.1'],
        uri: ['spiffe://example.com/api'],
      },
      keyAlgorithm: 'EC_prime256v1',
      hasKey: true,
      account: installation.account,
      region: 'us-east-1',
    })
    expect(issued.serial).toBe(parsed.serialNumber.toLowerCase().padStart(32, '0'))
    expect(issued.fingerprintSha256).toBe(parsed.fingerprint256.replaceAll(':', '').toLowerCase())
    expect(Date.parse(issued.notAfter)).toBe(parsed.validToDate.getTime())
    expect(Date.parse(issued.notBefore)).toBe(parsed.validFromDate.getTime())
    expect(issued.id).toBe(`${issued.authority}.${issued.serial}`)
    expect(
      issued.arn.endsWith(`certificate-authority/${issued.authority}/certificate/${issued.serial}`),
    ).toBe(true)
    const chain = issued.chain.map((pem) => new X509Certificate(pem))
    expect(chain).toHaveLength(2)
    expect(parsed.verify(chain[0]!.publicKey)).toBe(true)
    expect(chain[0]!.verify(chain[1]!.publicKey)).toBe(true)
    const { exported: _, warnings: __, ...same } = issued
    expect(await issuer.describeCertificate({ params: { id: issued.id } })).toMatchObject(same)
  })

  test('the same key and body give the same certificate, another body is refused (422)', async () => {
    const request = { body: forName('idem.example.com'), idempotencyKey: 'order-66' }
    const [first, second] = await Promise.all([
      issuer.issueCertificate(request),
      issuer.issueCertificate(request),
    ])
    expect(second.id).toBe(first.id)
    const turned = { names: request.body.names, key: request.body.key }
    expect((await issuer.issueCertificate({ body: turned, idempotencyKey: 'order-66' })).id).toBe(first.id)
    await expect(
      issuer.issueCertificate({ body: forName('other.example.com'), idempotencyKey: 'order-66' }),
    ).rejects.toMatchObject({ status: 422, code: 'idempotency_mismatch' })
  })

  test.runIf(hasTool('openssl'))(
    'takes a bare CSR as PEM and as DER, and answers PEM when asked',
    async () => {
      const pem = aCsr('csr.example.com')
      const json = await fetch(`${api.url}/v1/certificates?profile=tls&days=7&authority=issuing`, {
        method: 'POST',
        headers: { ...authorized(), 'content-type': 'application/x-pem-file' },
        body: pem,
      })
      expect(json.status).toBe(201)
      const issued = issuedCertificate.parse(await json.json())
      expect(issued).toMatchObject({ profile: 'tls', hasKey: false, names: { dns: ['csr.example.com'] } })
      const base64 = /REQUEST-----\n([^-]*)/.exec(pem)?.[1] ?? ''
      const chain = await fetch(`${api.url}/v1/certificates`, {
        method: 'POST',
        headers: {
          ...authorized(),
          'content-type': 'application/pkcs10',
          accept: 'application/pem-certificate-chain',
        },
        body: new Uint8Array(Buffer.from(base64, 'base64')),
      })
      expect(chain.status).toBe(201)
      expect(chain.headers.get('content-type')).toBe('application/pem-certificate-chain')
      expect((await chain.text()).match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    },
  )

  test.each([
    ['application/pkcs10', 'nonsense'],
    [
      'application/x-pem-file',
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
    ],
    ['application/x-pem-file', Buffer.from([0xff, 0xfe]).toString('latin1')],
    ['application/pkcs10', ''],
  ])('a bare CSR that is none: %s %o', async (type, body) => {
    const response = await fetch(`${api.url}/v1/certificates`, {
      method: 'POST',
      headers: { ...authorized(), 'content-type': type },
      body: new Uint8Array(Buffer.from(body, 'latin1')),
    })
    expect(response.status).toBe(400)
    expect(problem.parse(await response.json()).code).toBe('csr_invalid')
  })

  test('query parameters beside a JSON body are refused', async () => {
    const query = { profile: 'tls' as const }
    await expect(issuer.issueCertificate({ body: forName('a.example'), query })).rejects.toMatchObject({
      code: 'request_invalid',
      problem: { violations: [{ field: 'profile' }] },
    })
  })
})

describe('reading', () => {
  test('finds by name, domain, serial in other spellings, authority, status and expiry; page by page', async () => {
    const names = ['a.find.example', 'b.find.example', 'c.find.example']
    const issued = await Promise.all(names.map((name) => issuer.issueCertificate({ body: forName(name) })))
    const ids = issued.map(({ id }) => id).sort()
    const found = async (query: NonNullable<Parameters<Client['searchCertificates']>[0]>['query']) =>
      (await issuer.searchCertificates({ query: query ?? {} })).items.map(({ id }) => id).sort()
    expect(await found({ name: '.find.example' })).toEqual(ids)
    expect(await found({ name: 'B.find.example' })).toEqual([issued[1]?.id])
    const { serial = '' } = issued[0] ?? {}
    const spelled = `0x${serial.toUpperCase().replace(/(..)(?!$)/g, '$1:')}`
    expect(await found({ serial: spelled })).toEqual([issued[0]?.id])
    expect(await found({ name: '.find.example', authority: 'issuing', status: 'valid' })).toEqual(ids)
    expect(await found({ name: '.find.example', status: 'revoked' })).toEqual([])
    expect(await found({ name: '.find.example', expiresBefore: '2020-01-01T00:00:00+02:00' })).toEqual([])
    await expect(found({ authority: 'no such' })).rejects.toMatchObject({ status: 404 })
    const walked: string[] = []
    const page = (cursor?: string) =>
      issuer.searchCertificates({ query: { name: '.find.example', limit: 1, ...(cursor && { cursor }) } })
    for await (const { id, certificate } of everyItem(page)) {
      walked.push(id)
      expect(certificate).toBeUndefined()
    }
    expect(walked.sort()).toEqual(ids)
    const [withPem] = (await issuer.searchCertificates({ query: { name: names[0], include: 'pem' } })).items
    expect(withPem?.certificate).toBe(issued[0]?.certificate)
  })

  test('downloads PEM by default and DER when asked, with ETags', async () => {
    const { id, certificate } = await issuer.issueCertificate({ body: forName('get.example.com') })
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${api.url}/v1/certificates/${id}/${path}`, { headers: { ...authorized(), ...headers } })
    const pem = await get('certificate')
    expect(await pem.text()).toBe(certificate)
    const der = await get('certificate', { accept: 'application/pkix-cert' })
    expect(new X509Certificate(Buffer.from(await der.arrayBuffer())).toString()).toBe(certificate)
    expect(der.headers.get('vary')).toBe('Accept')
    const etag = pem.headers.get('etag') ?? ''
    expect(der.headers.get('etag')).not.toBe(etag)
    const again = await get('certificate', { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const chain = await get('chain')
    expect((await chain.text()).startsWith(certificate)).toBe(true)
    expect((await get('certificate', { accept: 'image/png' })).status).toBe(406)
  })

  test('an unknown id and a malformed one answer alike', async () => {
    const { authority } = await issuer.issueCertificate({ body: forName('x.example') })
    const answerFor = async (id: string) => {
      const response = await fetch(`${api.url}/v1/certificates/${id}`, { headers: authorized() })
      const { instance: _, requestId: __, ...rest } = problem.parse(await response.json())
      return [response.status, rest]
    }
    expect(await answerFor(`${authority}.${'0'.repeat(31)}1`)).toEqual(await answerFor('nonsense'))
    expect((await answerFor('nonsense'))[0]).toBe(404)
  })
})

describe('export', () => {
  test('gives the file itself, or JSON on request', async () => {
    const { id } = await issuer.issueCertificate({ body: forName('export.example.com') })
    const params = { id }
    const file = await issuer.exportCertificate({ params, body: { format: 'pem' } })
    expect(file.mediaType).toBe('application/x-pem-file')
    expect(Buffer.from(file.bytes).toString()).toMatch(/BEGIN PRIVATE KEY/)
    const p12 = { format: 'pkcs12' as const, passphrase: 'correct horse battery' }
    const binary = await issuer.exportCertificate({ params, body: p12 })
    expect([binary.mediaType, binary.bytes[0]]).toEqual(['application/x-pkcs12', 0x30])
    const response = await fetch(`${api.url}/v1/certificates/${id}/export`, {
      method: 'POST',
      headers: { ...authorized(), 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(p12),
    })
    expect(response.headers.get('cache-control')).toBe('no-store')
    const json = (await response.json()) as { content: string; mediaType: string }
    expect(json.mediaType).toBe('application/x-pkcs12')
    expect(Buffer.from(json.content, 'base64')[0]).toBe(0x30)
  })

  test.each([
    [{ format: 'pkcs12', passphrase: 'short' }, 'passphrase'],
    [{ format: 'pkcs12' }, 'passphrase'],
    [{ format: 'pem', passphrase: 'correct horse battery' }, 'passphrase'],
    [{ format: 'p7b' }, 'format'],
    [{ format: 'jks' }, 'passphrase'],
    [{ format: 'pem', parts: [] }, 'parts'],
    [{ format: 'pem', parts: ['key', 'key'] }, 'parts'],
    [{ format: 'pem', parts: ['root'] }, 'parts[0]'],
    [{ format: 'der', parts: ['chain'] }, 'parts'],
    [{ format: 'der', friendlyName: 'x' }, 'friendlyName'],
    [{}, 'format'],
  ])('refuses %o', async (body, field) => {
    const { id } = await issuer.issueCertificate({ body: forName('export.example.com') })
    await expect(
      issuer.exportCertificate({ params: { id }, body: body as { format: 'pem' } }),
    ).rejects.toMatchObject({ code: 'request_invalid', problem: { violations: [{ field }] } })
  })

  test('a passphrase stands in no answer and no log', async () => {
    const { id } = await issuer.issueCertificate({ body: forName('quiet.example.com') })
    const body = { format: 'pkcs12', passphrase: 'Xyzzy-plugh-42-Xyzzy', extra: 1 } as unknown as {
      format: 'pem'
    }
    const error = await issuer.exportCertificate({ params: { id }, body }).catch((thrown: unknown) => thrown)
    expect(JSON.stringify(error)).not.toContain('Xyzzy')
    expect(JSON.stringify(installation.log)).not.toContain('Xyzzy')
  })
})

describe('revoking', () => {
  test('is in force when it returns, and happens once', async () => {
    const { id } = await issuer.issueCertificate({ body: forName('gone.example.com') })
    const revoked = await issuer.revokeCertificate({ params: { id }, body: { reason: 'keyCompromise' } })
    expect(revoked.certificate).toMatchObject({
      id,
      status: 'revoked',
      revocation: { reason: 'keyCompromise' },
    })
    expect(revoked.crl?.url).toMatch(/^http:\/\/pki\.example\.com\/crl\/[0-9a-f-]{36}\.crl$/)
    expect(BigInt(revoked.crl?.number ?? 0)).toBeGreaterThan(0n)
    await expect(
      issuer.revokeCertificate({ params: { id }, body: { reason: 'superseded' } }),
    ).rejects.toMatchObject({
      status: 409,
      code: 'already_revoked',
    })
    expect((await issuer.describeCertificate({ params: { id } })).revocation?.reason).toBe('keyCompromise')
  })

  test('without a body the reason is unspecified', async () => {
    const { id } = await issuer.issueCertificate({ body: forName('gone2.example.com') })
    const response = await fetch(`${api.url}/v1/certificates/${id}/revoke`, {
      method: 'POST',
      headers: authorized(),
    })
    expect(response.status).toBe(200)
    expect((await admin.describeCertificate({ params: { id } })).revocation?.reason).toBe('unspecified')
  })
})
