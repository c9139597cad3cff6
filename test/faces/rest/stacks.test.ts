import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client, type RequestOf } from '../../../src/contract/client.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
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

type Body = RequestOf<'putStack'>['body']
const body = (revision: number, more: Partial<Body> = {}): Body => ({
  revision,
  status: 'APPLYING',
  operation: 'op',
  parameters: { Days: '30' },
  resources: {
    Root: {
      type: 'AWS::ACMPCA::CertificateAuthority',
      physicalId: 'arn:aws:acm-pca:…',
      ready: true,
      properties: { Type: 'ROOT', Subject: { CommonName: 'Root' }, Tags: [{ Key: 'a', Value: '' }] },
      attributes: { Arn: 'arn:aws:acm-pca:…' },
      dependsOn: [],
      deletionPolicy: 'Delete',
      updateReplacePolicy: 'Retain',
    },
  },
  outputs: { Root: { value: 'arn:aws:acm-pca:…', description: 'the root' } },
  leftovers: [],
  ...more,
})

describe('the record of a stack', () => {
  test('is put, listed, shown as it was put, replaced and forgotten, revision by revision', async () => {
    const params = { stack: 'pki' }
    const made = await admin.putStack({ params, body: body(0, { description: 'Ours' }) })
    const { revision: _, ...document } = body(0, { description: 'Ours' })
    expect(made).toMatchObject({ ...document, name: 'pki', revision: 1 })
    expect(made.arn).toBe(`arn:aws:chancery:us-east-1:${installation.account}:stack/pki`)
    expect(await admin.describeStack({ params })).toEqual(made)
    const { items } = await admin.listStacks()
    expect(items).toMatchObject([{ id: made.id, name: 'pki', status: 'APPLYING', description: 'Ours' }])
    expect(items[0]).not.toHaveProperty('resources')
    const next = await admin.putStack({ params, body: body(1, { status: 'COMPLETE' }) })
    expect(next).toMatchObject({ id: made.id, revision: 2, status: 'COMPLETE' })
    expect(next).not.toHaveProperty('description')
    await expect(admin.deleteStack({ params, query: { revision: 1 } })).rejects.toMatchObject({
      code: 'state_conflict',
      problem: { details: { revision: 2 } },
    })
    await admin.deleteStack({ params, query: { revision: 2 } })
    await expect(admin.describeStack({ params })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('is changed only by whoever has seen its last revision; of two at once, by one', async () => {
    const params = { stack: 'two' }
    await admin.putStack({ params, body: body(0) })
    for (const revision of [0, 2])
      await expect(admin.putStack({ params, body: body(revision) })).rejects.toMatchObject({
        status: 409,
        code: 'state_conflict',
        problem: { detail: expect.stringContaining('the stack is at 1') as string },
      })
    const both = await Promise.allSettled([1, 1].map((at) => admin.putStack({ params, body: body(at) })))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(admin.putStack({ params: { stack: 'none' }, body: body(1) })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('comes in pages by name, in its region alone', async () => {
    const there = createClient({ url: api.url, token: installation.adminToken, region: 'eu-central-1' })
    for (const stack of ['c', 'a', 'b']) await there.putStack({ params: { stack }, body: body(0) })
    const first = await there.listStacks({ query: { limit: 2 } })
    expect(first.items.map(({ name }) => name)).toEqual(['a', 'b'])
    const second = await there.listStacks({ query: { limit: 2, cursor: first.next ?? '' } })
    expect(second.items.map(({ name }) => name)).toEqual(['c'])
    await expect(admin.describeStack({ params: { stack: 'a' } })).rejects.toMatchObject({ code: 'not_found' })
  })

  test.each([
    ['1st', {}, 'stack'],
    ['a.b', {}, 'stack'],
    ['x'.repeat(129), {}, 'stack'],
    ['ok', { status: 'DONE' }, 'status'],
    ['ok', { parameters: { Days: 30 } }, 'parameters.Days'],
    ['ok', { resources: { 'Ro ot': body(0).resources['Root'] } }, 'resources'],
    ['ok', { resources: { Root: { type: 'x' } } }, 'resources.Root.physicalId'],
    ['ok', { leftovers: {} }, 'leftovers'],
    ['ok', { more: 1 }, ''],
    ['ok', { revision: -1 }, 'revision'],
  ])('%s with %j is refused, and named', async (stack, more, field) => {
    const refused = admin.putStack({ params: { stack }, body: { ...body(0), ...more } as Body })
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'request_invalid' })
    await expect(refused).rejects.toMatchObject({
      problem: {
        violations: expect.arrayContaining([
          expect.objectContaining({ field: expect.stringContaining(field) as string }),
        ]) as unknown,
      },
    })
  })

  test('is for whoever may: not for somebody who only issues', async () => {
    await expect(issuer.putStack({ params: { stack: 'x' }, body: body(0) })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(issuer.describeStack({ params: { stack: 'x' } })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})
