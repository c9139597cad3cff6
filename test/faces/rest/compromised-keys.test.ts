import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { COMPROMISE_STATEMENT } from '../../../src/core/domain/compromised-keys.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { aRequest } from '../../core/operations/requests.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let admin: Client
let tenant: Client
beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  const { id } = await admin.createAccount({ body: { name: 'tenant' } })
  const { secret } = await admin.createToken({ body: { name: 't', role: 'administrator', account: id } })
  tenant = createClient({ url: api.url, token: secret })
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

const aKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const csrOf = (key: ReturnType<typeof aKey>, commonName?: string): string =>
  pemEncode(
    'CERTIFICATE REQUEST',
    aRequest({ key, ...(commonName === undefined ? {} : { subject: { commonName }, names: [] }) }),
  )
const spkiHash = (key: ReturnType<typeof aKey>): string =>
  createHash('sha256')
    .update(key.publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex')

describe('compromised keys over REST', () => {
  test('marked, described, listed; siblings revoked; refused from then on', async () => {
    const key = aKey()
    const issued = await admin.issueCertificate({ body: { csr: csrOf(key) } })
    const marked = await admin.markKeyCompromised({
      body: { certificate: issued.certificate, note: 'on a laptop that was lost' },
    })
    expect(marked).toMatchObject({ revoked: 1, complete: true, authorities: [], issuers: [issued.authority] })
    expect(marked.key).toMatchObject({
      spkiSha256: spkiHash(key),
      everywhere: true,
      note: 'on a laptop that was lost',
    })
    const { spkiSha256 } = marked.key
    expect(await admin.describeCompromisedKey({ params: { spkiSha256: spkiSha256.toUpperCase() } })).toEqual(
      marked.key,
    )
    expect((await admin.listCompromisedKeys()).items).toContainEqual(marked.key)
    const now = await admin.describeCertificate({ params: { id: issued.id } })
    expect(now).toMatchObject({ status: 'revoked', revocation: { reason: 'keyCompromise' } })
    await expect(admin.issueCertificate({ body: { csr: csrOf(key) } })).rejects.toMatchObject({
      code: 'lint_failed',
      problem: { violations: [{ code: 'key_compromised', field: 'subjectPublicKeyInfo' }] },
    })
  })

  test('a tenant’s mark is the tenant’s own, unless the key has signed it', async () => {
    const key = aKey()
    const issued = await admin.issueCertificate({ body: { csr: csrOf(key) } })
    const { publicKey } = new X509Certificate(issued.certificate)
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const mark = await tenant.markKeyCompromised({ body: { publicKey: pem } })
    expect(mark).toMatchObject({ revoked: 0, issuers: [], key: { everywhere: false } })
    expect((await admin.describeCertificate({ params: { id: issued.id } })).status).toBe('valid')
    const proven = await tenant.markKeyCompromised({ body: { csr: csrOf(key, COMPROMISE_STATEMENT) } })
    expect(proven).toMatchObject({ revoked: 0, issuers: [], key: { everywhere: true } })
    expect((await admin.describeCertificate({ params: { id: issued.id } })).status).toBe('revoked')
  })

  test.each<[string, object, string]>([
    ['nothing', {}, 'spkiSha256'],
    ['a hash too short', { spkiSha256: 'ab' }, 'spkiSha256'],
    ['two ways', { spkiSha256: 'a'.repeat(64), csr: 'x' }, 'csr'],
    ['a request that is none', { csr: 'x' }, 'csr'],
    [
      'a key that is none',
      { publicKey: '-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n' },
      'publicKey',
    ],
    [
      'a private key',
      { publicKey: '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n' },
      'publicKey',
    ],
    ['a note with a line break', { spkiSha256: 'a'.repeat(64), note: 'a\nb' }, 'note'],
  ])('refuses %s, naming the field', async (_, body, field) => {
    const before = (await admin.listCompromisedKeys()).items.length
    await expect(admin.markKeyCompromised({ body })).rejects.toMatchObject({
      problem: { violations: [{ field }] },
    })
    expect((await admin.listCompromisedKeys()).items).toHaveLength(before)
  })

  test('what nobody has marked is unknown', async () => {
    for (const spkiSha256 of ['c'.repeat(64), 'x', '0'.repeat(63)])
      await expect(admin.describeCompromisedKey({ params: { spkiSha256 } })).rejects.toMatchObject({
        code: 'not_found',
      })
  })
})
