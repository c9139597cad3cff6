import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { recordCalls } from '../../../src/core/operations/audit/record-calls.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let plain: Listening
let audited: Listening
let admin: Client

beforeAll(async () => {
  installation = await anInstallation()
  const { ports } = installation
  const audit = recordCalls(ports, { reads: true, refusals: true })
  plain = await listening(createRestApp(ports, { ready: () => true }))
  audited = await listening(createRestApp(ports, { ready: () => true, audit }))
  // What tests look up isn't itself to be found.
  admin = clientOf(plain, installation.adminToken)
})
afterAll(async () => {
  await plain.close()
  await audited.close()
  await installation.close()
})

const eventsNamed = async (name: string, scope: 'account' | 'installation' = 'account') =>
  (await admin.listAuditEvents({ query: { name, scope } })).items.map(({ record }) => record)

test('a read is on record when it is answered, a call that changes something once, as ever', async () => {
  const client = clientOf(audited, installation.adminToken)
  const issued = await client.issueCertificate({
    body: { names: { dns: ['a.example.com'] }, key: { algorithm: 'ED25519' } },
  })
  await client.describeCertificate({ params: { id: issued.id } })
  expect(await eventsNamed('DescribeCertificate')).toMatchObject([
    { readOnly: true, requestParameters: { id: issued.id }, userAgent: expect.anything() as unknown },
  ])
  const { items } = await admin.listAuditEvents({ query: { name: 'IssueCertificate', resource: issued.arn } })
  expect(items).toMatchObject([{ record: { readOnly: false } }])
  await admin.describeCertificate({ params: { id: issued.id } })
  expect(await eventsNamed('DescribeCertificate')).toHaveLength(1)
})

test('what isn’t there is a read that failed, and no event', async () => {
  const client = clientOf(audited, installation.adminToken)
  await expect(client.describeCertificate({ params: { id: 'x.y' } })).rejects.toMatchObject({ status: 404 })
  expect(await eventsNamed('DescribeCertificate')).toHaveLength(1)
})

test('refusals are on record, with nothing of the credential', async () => {
  const issuer = clientOf(audited, installation.issuerToken)
  await expect(issuer.createAccount({ body: { name: 'x' } })).rejects.toMatchObject({ status: 403 })
  expect(await eventsNamed('CreateAccount')).toMatchObject([{ errorCode: 'AccessDenied', readOnly: false }])
  const secret = 'chancery-token-that-nobody-has'
  const stranger = clientOf(audited, secret)
  await expect(stranger.listAuthorities({ query: {} })).rejects.toMatchObject({ status: 401 })
  const found = await eventsNamed('ListAuthorities', 'installation')
  expect(found).toMatchObject([{ errorCode: 'UnrecognizedClientException', readOnly: true }])
  expect(JSON.stringify(found)).not.toContain(secret)
  expect(await eventsNamed('ListAuthorities')).toEqual([])
})
