import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { parseCsr } from '../../../src/core/x509/csr.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anOutsider, certifiedFor, pemOf } from '../../core/operations/outside.ts'
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

type Body = Parameters<Client['createAuthority']>[0]['body']
const external: Body = {
  kind: 'subordinate',
  certificate: 'external',
  name: 'waiting',
  subject: { commonName: 'Waiting' },
}
const now = Date.now()
const root = anOutsider('Outside', { notBefore: now - 86_400_000, notAfter: now + 86_400_000_000 })

describe('an authority from its request to its end', () => {
  const params = { authority: 'waiting' }

  test('waits with a request, PEM or DER, that only administrators read', async () => {
    const made = await admin.createAuthority({ body: external, idempotencyKey: 'once' })
    expect(made).toMatchObject({ status: 'PENDING_CERTIFICATE', chain: [] })
    expect(made.certificate).toBeUndefined()
    expect((await admin.createAuthority({ body: external, idempotencyKey: 'once' })).id).toBe(made.id)
    const pem = await admin.getAuthorityCsr({ params })
    const der = await admin.getAuthorityCsr({ params, accept: 'application/pkcs10' })
    expect(parseCsr(der.bytes, 'csr').der).toEqual(
      parseCsr(Buffer.from(pem.bytes).toString('latin1'), 'csr').der,
    )
    await expect(issuer.getAuthorityCsr({ params })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(admin.getAuthorityCertificate({ params })).rejects.toMatchObject({ code: 'state_conflict' })
    expect((await admin.listAuthorities({ query: { status: 'PENDING_CERTIFICATE' } })).items).toHaveLength(1)
  })

  test('refuses a certificate by naming everything that is wrong, and takes the right one', async () => {
    await expect(
      admin.importAuthorityCertificate({ params, body: { certificate: pemOf(root.der) } }),
    ).rejects.toMatchObject({ status: 400, code: 'certificate_invalid' })
    const { bytes } = await admin.getAuthorityCsr({ params, accept: 'application/pkcs10' })
    const der = certifiedFor({ csrDer: bytes }, root, {
      notBefore: now - 86_400_000,
      notAfter: now + 864_000_000,
    })
    // Larger than other bodies may be.
    const chain = pemOf(root.der) + '\n'.repeat(200_000)
    const body = { certificate: pemOf(der), chain }
    await expect(issuer.importAuthorityCertificate({ params, body })).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect((await admin.importAuthorityCertificate({ params, body })).chain).toEqual([pemOf(root.der)])
    expect((await admin.describeAuthority({ params })).status).toBe('ACTIVE')
  })

  test('is disabled, deleted, hidden, and restored', async () => {
    await expect(admin.deleteAuthority({ params })).rejects.toMatchObject({
      status: 409,
      code: 'state_conflict',
      problem: { details: { status: 'ACTIVE' } },
    })
    await admin.updateAuthority({ params, body: { status: 'DISABLED' } })
    for (const restoreDays of [6, 31])
      await expect(admin.deleteAuthority({ params, query: { restoreDays } })).rejects.toMatchObject({
        problem: { violations: [{ field: 'restoreDays' }] },
      })
    await expect(issuer.deleteAuthority({ params })).rejects.toMatchObject({ code: 'forbidden' })
    const deleted = await admin.deleteAuthority({ params, query: { restoreDays: 7 } })
    expect(deleted).toMatchObject({ status: 'DELETED', name: 'waiting', warnings: [] })
    const names = async (query = {}) => (await admin.listAuthorities({ query })).items.map(({ name }) => name)
    expect(await names()).not.toContain('waiting')
    expect(await names({ includeDeleted: 'true' })).toContain('waiting')
    expect(await names({ status: 'DELETED', kind: 'root' })).toEqual([])
    expect(await admin.describeAuthority({ params })).toMatchObject({
      status: 'DELETED',
      restorableUntil: deleted.restorableUntil,
    })
    const again = await admin.createAuthority({ body: external })
    const theOld = { authority: deleted.id }
    await expect(admin.restoreAuthority({ params: theOld, body: {} })).rejects.toMatchObject({
      code: 'already_exists',
    })
    const restored = await admin.restoreAuthority({ params: theOld, body: { name: 'was waiting' } })
    expect(restored).toMatchObject({ status: 'DISABLED', name: 'was waiting' })
    expect(restored.restorableUntil).toBeUndefined()
    expect(again.id).not.toBe(deleted.id)
  })
})

test.each<[Partial<Body>, string]>([
  [{ parent: 'root' }, 'parent'],
  [{ validity: { days: 1 } }, 'validity'],
  [{ makeDefault: true }, 'makeDefault'],
  [{ nameConstraints: { permitted: { dns: ['a.test'] } } }, 'nameConstraints'],
  [{ csrExtensions: { keyUsage: [] } }, 'csrExtensions.keyUsage'],
  [
    { csrExtensions: { subjectInfoAccess: [{ method: 'ftp', uri: 'x:y' }] } },
    'csrExtensions.subjectInfoAccess[0].method',
  ],
  [{ certificate: 'issued', parent: 'root', csrExtensions: {} }, 'csrExtensions'],
  [
    { usageMode: 'SHORT_LIVED_CERTIFICATE', revocation: { crl: { omitExtension: false } } },
    'revocation.crl.omitExtension',
  ],
])('a request for a certificate from outside refuses %o', async (members, field) => {
  await expect(
    admin.createAuthority({ body: { ...external, name: 'never', ...members } }),
  ).rejects.toMatchObject({ status: 400, problem: { violations: [{ field }] } })
})
