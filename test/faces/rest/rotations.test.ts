import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { createRepositoryApp } from '../../../src/faces/pki/app.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let repository: Listening
let admin: Client
let issuer: Client
beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  repository = await listening(createRepositoryApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  issuer = clientOf(api, installation.issuerToken)
})
afterAll(async () => {
  await Promise.all([api.close(), repository.close()])
  await installation.close()
})

const at = (authority: string) => ({ params: { authority } })
const states = (steps: readonly { readonly state: string }[]): string =>
  steps.map(({ state }) => state).join(' ')

describe('an authority’s own certificates', () => {
  test('renewed: same key, later end, read with the same chain', async () => {
    const before = await admin.describeAuthority(at('issuing'))
    const after = await admin.renewAuthority({ ...at('issuing'), body: { validity: { days: 1000 } } })
    expect(after.serial).not.toBe(before.serial)
    expect(await admin.describeAuthority(at('issuing'))).toEqual(after)
    const own = new X509Certificate(after.certificate ?? '')
    expect(own.verify(new X509Certificate(after.chain[0] ?? '').publicKey)).toBe(true)
    await expect(issuer.renewAuthority({ ...at('issuing'), body: {} })).rejects.toMatchObject({ status: 403 })
    await expect(
      admin.renewAuthority({ ...at('issuing'), body: { validity: { days: 36_500 } } }),
    ).rejects.toMatchObject({ status: 400, problem: { violations: [{ field: 'validity.days' }] } })
  })

  test('a policy for renewal is part of the authority', async () => {
    const made = await admin.updateAuthority({ ...at('issuing'), body: { renewal: 'MANUAL' } })
    expect(made.renewal).toBe('MANUAL')
    await expect(admin.updateAuthority({ ...at('issuing'), body: {} })).rejects.toMatchObject({ status: 400 })
  })

  test('cross-signed: listed, public under the URL that the answer names, and part of a chain on request', async () => {
    await admin.createAuthority({ body: { kind: 'root', name: 'Other', subject: { commonName: 'Other' } } })
    const cross = await admin.crossSignAuthority({ ...at('root'), body: { issuer: 'Other' } })
    expect(await admin.listCrossCertificates(at('root'))).toEqual({ items: [cross] })
    const { pathname } = new URL(cross.url ?? '')
    const file = await fetch(`${repository.url}${pathname}`)
    expect(file.headers.get('content-type')).toBe('application/pkix-cert')
    const fetched = new X509Certificate(new Uint8Array(await file.arrayBuffer()))
    expect(fetched.fingerprint256).toBe(new X509Certificate(cross.certificate).fingerprint256)
    const chain = await issuer.getAuthorityChain({ ...at('issuing'), query: { anchor: 'Other' } })
    const subjects = Buffer.from(chain.bytes)
      .toString()
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((pem) => new X509Certificate(pem).subject)
    expect(subjects).toEqual(['CN=Chancery Issuing', 'CN=Chancery Root', 'CN=Other'])
    await expect(
      issuer.getAuthorityChain({ ...at('Other'), query: { anchor: 'issuing' } }),
    ).rejects.toMatchObject({ status: 409 })
    const other = pathname.replace(/-by-.*/, `-by-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}.cer`)
    expect((await fetch(`${repository.url}${other}`)).status).toBe(404)
  })
})

describe('a rotation', () => {
  test('golden: started, taken step by step, reversed; each state seen by whoever may describe the authority', async () => {
    await expect(admin.describeRotation(at('issuing'))).rejects.toMatchObject({ status: 404 })
    const started = await admin.startRotation({ ...at('issuing'), body: {} })
    expect(started).toMatchObject({ next: 'create', moved: 0, reissued: 0 })
    expect(states(started.steps)).toBe('next pending pending pending pending pending')
    const made = await admin.advanceRotation({ ...at('issuing'), body: {} })
    expect(made).toMatchObject({ next: 'cross-sign', successorName: 'issuing G2' })
    for (const next of ['publish', 'switch', 'reissue'])
      expect((await admin.advanceRotation({ ...at('issuing'), body: {} })).next).toBe(next)
    expect(await issuer.describeAuthority(at('issuing'))).toMatchObject({ successor: made.successor })
    expect(states((await issuer.describeRotation(at('issuing'))).steps)).toBe(
      'done done done done next pending',
    )
    const reversed = await admin.reverseRotation(at('issuing'))
    expect(reversed.outcome).toBe('reversed')
    expect(states(reversed.steps)).toBe('undone undone undone undone pending pending')
    expect(await admin.describeAuthority(at('issuing'))).not.toHaveProperty('successor')
  })

  test.each([
    [{ keyAlgorithm: 'DSA' }, 'keyAlgorithm'],
    [{ days: 0 }, 'days'],
    [{ name: ' x' }, 'name'],
    [{ subject: { country: 5 } }, 'subject.country'],
    [{ kms: 'paper' }, 'kms'],
    [{ other: 1 }, 'other'],
  ])('refuses %o', async (members, field) => {
    const body = members as Parameters<Client['startRotation']>[0]['body']
    await expect(admin.startRotation({ ...at('root'), body })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field }] },
    })
  })
})
