import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { revocationStatement } from '../../../src/core/domain/revocation-proofs.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { aRequest } from '../../core/operations/requests.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let admin: Client
let issuer: Client
let nobody: Client
beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  issuer = clientOf(api, installation.issuerToken)
  nobody = createClient({ url: api.url })
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

const issue = (name: string) =>
  issuer.issueCertificate({ body: { key: { algorithm: 'EC_prime256v1' }, names: { dns: [name] } } })
const said = (body: unknown, path = '/v1/revocations', query = '', token = installation.issuerToken) =>
  fetch(`${api.url}${path}${query}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
const violationsIn = async (answer: Response): Promise<string[]> => {
  const { violations = [] } = (await answer.json()) as { violations?: { field: string }[] }
  return violations.map(({ field }) => field)
}

describe('revoking over REST', () => {
  test('says where it stands; again it says the same', async () => {
    const { serial, id } = await issue('one.example.com')
    const body = { serial, reason: 'superseded' as const }
    const first = await issuer.revokeNamed({ body })
    expect(first).toMatchObject({
      certificate: { id, status: 'revoked' },
      crl: { published: true, url: expect.stringMatching(/\.crl$/) as string },
      ocsp: { url: 'http://pki.example.com/ocsp' },
    })
    expect(Date.parse(first.staleUntil.ocsp)).toBeGreaterThan(Date.now())
    const again = await issuer.revokeNamed({ body })
    expect(again.certificate.revocation).toEqual(first.certificate.revocation)
    await expect(
      issuer.revokeNamed({ body: { ...body, reason: 'affiliationChanged' } }),
    ).rejects.toMatchObject({
      status: 409,
      code: 'already_revoked',
    })
  })

  test('doesn’t wait where the caller doesn’t want to', async () => {
    const { id } = await issue('two.example.com')
    const { crl } = await issuer.revokeCertificate({ params: { id }, query: { wait: 'recorded' }, body: {} })
    expect(crl?.published).toBe(false)
  })

  test('a hold comes and goes', async () => {
    const { id, certificate } = await issue('hold.example.com')
    const held = await issuer.revokeNamed({ body: { certificate, reason: 'certificateHold' } })
    expect(held.certificate.status).toBe('revoked')
    // Whoever may only issue doesn't undo what an administrator has ordered.
    await expect(issuer.liftHold({ params: { id } })).rejects.toMatchObject({ status: 403 })
    expect((await admin.liftHold({ params: { id } })).certificate.status).toBe('valid')
    await expect(admin.liftHold({ params: { id } })).rejects.toMatchObject({
      status: 409,
      code: 'state_conflict',
    })
  })

  test.each([
    [{}, ['serial']],
    [{ serial: '1', certificate: 'x' }, ['serial']],
    [{ certificate: 'x', authority: 'issuing' }, ['authority']],
    [{ serial: 'g' }, ['serial']],
    [{ serial: '1'.repeat(129) }, ['serial']],
    [{ serial: '1', reason: 'removeFromCRL' }, ['reason']],
    [{ serial: '1', reason: 7 }, ['reason']],
    [{ certificate: 'AAAA' }, ['certificate']],
    [{ serial: '1', because: 'so' }, ['because']],
  ])('refuses %j', async (body, fields) => {
    const answer = await said(body)
    expect(answer.status).toBe(400)
    expect(await violationsIn(answer)).toEqual(fields)
  })

  test('refuses to wait for anything else', async () => {
    expect(await violationsIn(await said({ serial: '1' }, '/v1/revocations', '?wait=forever'))).toEqual([
      'wait',
    ])
  })

  test('takes a token', async () => {
    for (const path of ['/v1/revocations', '/v1/certificates/x/revoke', '/v1/certificates/x/lift-hold'])
      expect((await said({}, path, '', '')).status).toBe(401)
  })
})

describe('by proof of the key', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const proofFor = (certificate: string, signedAt = new Date().toISOString()) => {
    const sha256 = createHash('sha256').update(new X509Certificate(certificate).raw).digest()
    const claim = { sha256, reason: 'keyCompromise' as const, signedAt: Date.parse(signedAt) }
    const signature = sign('sha256', Buffer.from(revocationStatement(claim)), key.privateKey)
    return { certificate, reason: claim.reason, signedAt, signature: signature.toString('base64') }
  }
  const anIssued = async () =>
    (await issuer.issueCertificate({ body: { csr: pemEncode('CERTIFICATE REQUEST', aRequest({ key })) } }))
      .certificate

  test('takes no token, and heeds none', async () => {
    const proof = proofFor(await anIssued())
    const { certificate } = await nobody.revokeByProof({ body: proof })
    expect(certificate.revocation?.reason).toBe('keyCompromise')
    expect((await said(proof, '/v1/revocations/by-proof', '', 'no token at all')).status).toBe(200)
  })

  test('anything else is refused, and changes nothing', async () => {
    const certificate = await anIssued()
    const proof = proofFor(certificate)
    const by = (body: unknown) => said(body, '/v1/revocations/by-proof', '', '')
    expect((await by({ ...proof, reason: 'superseded' })).status).toBe(401)
    expect((await by({ ...proof, signature: 'AAAA' })).status).toBe(401)
    for (const [body, fields] of [
      [{ ...proof, signature: '!' }, ['signature']],
      [{ ...proof, signedAt: 'yesterday' }, ['signedAt']],
      [{ ...proof, signedAt: '2020-01-01T00:00:00Z' }, ['signedAt']],
      [{ ...proof, reason: 'certificateHold' }, ['reason']],
      [{}, ['certificate', 'reason', 'signedAt', 'signature']],
    ] as const)
      expect(await violationsIn(await by(body))).toEqual(fields)
    const { serial } = await issuer.revokeNamed({ body: { certificate } }).then((it) => it.certificate)
    expect(serial).toMatch(/^[0-9a-f]{32}$/)
  })
})
