import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, everyItem, type Client } from '../../../src/contract/client.ts'
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

describe('authorities', () => {
  test('a subordinate is active at once and its chain verifies', async () => {
    const made = await admin.createAuthority({
      body: {
        kind: 'subordinate',
        parent: 'root',
        name: 'Web CA',
        subject: { commonName: 'Web CA', country: 'DE' },
        validity: { days: 365 },
        nameConstraints: { permitted: { dns: ['example.com'] }, excluded: { ip: ['10.0.0.0/8'] } },
        revocation: { crl: { hours: 72 } },
      },
      idempotencyKey: 'web-ca',
    })
    expect(made).toMatchObject({
      status: 'ACTIVE',
      name: 'Web CA',
      pathLength: 0,
      revocation: { crl: { enabled: true, kind: 'COMPLETE', hours: 72 }, ocsp: { enabled: true, hours: 24 } },
      isDefault: false,
      nameConstraints: { permitted: { dns: ['example.com'] }, excluded: { ip: ['10.0.0.0/8'] } },
      crlUrl: `http://pki.example.com/crl/${made.id}.crl`,
    })
    const own = new X509Certificate(made.certificate ?? '')
    expect(own.verify(new X509Certificate(made.chain[0] ?? '').publicKey)).toBe(true)
    for (const authority of [made.id, 'Web CA', made.arn])
      expect(await admin.describeAuthority({ params: { authority } })).toEqual(made)
    const file = await issuer.getAuthorityChain({ params: { authority: 'Web CA' } })
    expect(Buffer.from(file.bytes).toString()).toBe([made.certificate, ...made.chain].join(''))
    const der = await issuer.getAuthorityCertificate({
      params: { authority: made.id },
      accept: 'application/pkix-cert',
    })
    expect(new X509Certificate(der.bytes).fingerprint256).toBe(own.fingerprint256)
  })

  test('that somebody outside certifies may have a subject of attributes of any type; another may not', async () => {
    const customAttributes = [
      { oid: '2.5.4.10', value: 'Example' },
      { oid: '1.2.3.4.5', value: 'any' },
      { oid: '2.5.4.3', value: 'Custom' },
    ]
    const body = {
      kind: 'root',
      name: 'Custom',
      certificate: 'external',
      subject: { customAttributes },
    } as const
    const { subject } = await admin.createAuthority({ body })
    expect(subject).toMatch(/^CN=Custom,1\.2\.3\.4\.5=.*,O=Example$/)
    const wrong = [
      [{ ...body, certificate: 'issued' }, 'subject.customAttributes'],
      [{ ...body, subject: { commonName: 'x', customAttributes } }, 'subject.customAttributes'],
      [{ ...body, subject: { customAttributes: [{ oid: '1.2', value: '' }] } }, 'subject.customAttributes'],
    ] as const
    for (const [given, field] of wrong)
      await expect(admin.createAuthority({ body: { ...given, name: 'Wrong' } as never })).rejects.toThrow(
        field,
      )
  })

  test('keep what was asked of the storage of their key, and nothing where nothing was', async () => {
    const keyStorageStandard = 'FIPS_140_2_LEVEL_3_OR_HIGHER' as const
    const body = {
      kind: 'root',
      name: 'Stored',
      subject: { commonName: 'Stored' },
      keyStorageStandard,
    } as const
    const { id } = await admin.createAuthority({ body })
    const params = { authority: id }
    expect(await admin.describeAuthority({ params })).toMatchObject({ keyStorageStandard })
    const { items } = await admin.listAuthorities()
    expect(items.filter((each) => 'keyStorageStandard' in each)).toMatchObject([{ id }])
  })

  test('have tags, which take the place of those there were', async () => {
    const params = { authority: 'root' }
    expect(await issuer.getAuthorityTags({ params }).catch((error: { code: string }) => error.code)).toBe(
      'forbidden',
    )
    expect(await admin.getAuthorityTags({ params })).toEqual({ tags: {} })
    const set = (tags: Record<string, string>) => admin.setAuthorityTags({ params, body: { tags } })
    expect(await set({ team: 'pki', stage: '' })).toEqual({ tags: { team: 'pki', stage: '' } })
    await set({ team: 'web' })
    await expect(set({ 'aws:team': 'pki' })).rejects.toThrow('tags.aws:team')
    expect(await admin.getAuthorityTags({ params })).toEqual({ tags: { team: 'web' } })
  })

  test.each([
    [{ kind: 'root', parent: 'root' }, 'parent'],
    [{ kind: 'subordinate' }, 'parent'],
    [{ kind: 'root', validity: { days: 0 } }, 'validity.days'],
    [{ kind: 'root', validity: {} }, 'validity'],
    [{ kind: 'root', pathLength: -1 }, 'pathLength'],
    [{ kind: 'root', nameConstraints: { permitted: { dns: 'x' } } }, 'nameConstraints.permitted.dns'],
    [{ kind: 'intermediate' }, 'kind'],
  ])('refuses %o', async (members, field) => {
    const body = { name: 'X', subject: { commonName: 'X' }, ...members } as Parameters<
      Client['createAuthority']
    >[0]['body']
    await expect(admin.createAuthority({ body })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field }] },
    })
  })

  test('If-Match: only while the authority is what the caller saw', async () => {
    const params = { authority: 'issuing' }
    const seen = await admin.exchange('describeAuthority', { params })
    const ifMatch = seen.etag ?? ''
    expect((await admin.updateAuthority({ params, body: { status: 'DISABLED' }, ifMatch })).status).toBe(
      'DISABLED',
    )
    await expect(
      admin.updateAuthority({ params, body: { status: 'ACTIVE' }, ifMatch }),
    ).rejects.toMatchObject({
      status: 412,
      code: 'precondition_failed',
    })
    const body = { key: { algorithm: 'EC_prime256v1' as const }, names: { dns: ['a.example'] } }
    await expect(issuer.issueCertificate({ body })).rejects.toMatchObject({
      status: 409,
      code: 'state_conflict',
    })
    const enabled = await admin.exchange('updateAuthority', {
      params,
      body: { status: 'ACTIVE' },
      ifMatch: '*',
    })
    expect(enabled.value.status).toBe('ACTIVE')
    const now = await admin.exchange('describeAuthority', { params })
    expect([now.etag, enabled.etag]).toEqual([ifMatch, ifMatch])
  })

  test('has a CAA mode from its creation, to be changed, and nothing but OFF, LOG or ENFORCE', async () => {
    const params = { authority: 'careful' }
    const subject = { commonName: 'Careful' }
    const body = {
      kind: 'subordinate' as const,
      parent: 'root',
      name: 'careful',
      subject,
      caa: 'LOG' as const,
    }
    expect((await admin.createAuthority({ body })).caa).toBe('LOG')
    expect((await admin.updateAuthority({ params, body: { caa: 'ENFORCE' } })).caa).toBe('ENFORCE')
    expect((await admin.describeAuthority({ params })).caa).toBe('ENFORCE')
    const pending = await admin.createAuthority({
      body: { kind: 'root', certificate: 'external', name: 'outer', subject, caa: 'ENFORCE' },
    })
    expect(pending).toMatchObject({ status: 'PENDING_CERTIFICATE', caa: 'ENFORCE' })
    await expect(admin.updateAuthority({ params, body: { caa: 'ON' as 'LOG' } })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field: 'caa' }] },
    })
  })

  test('lists page by page', async () => {
    const names: string[] = []
    for await (const { name } of everyItem((cursor) =>
      admin.listAuthorities({ query: { limit: 1, ...(cursor !== undefined && { cursor }) } }),
    ))
      names.push(name)
    expect(names.slice(0, 2)).toEqual(['root', 'issuing'])
  })

  test('another region has none of them', async () => {
    const elsewhere = createClient({ url: api.url, token: installation.adminToken, region: 'eu-central-1' })
    expect((await elsewhere.listAuthorities()).items).toEqual([])
    await expect(elsewhere.describeAuthority({ params: { authority: 'root' } })).rejects.toMatchObject({
      status: 404,
    })
  })
})

describe('accounts and tokens', () => {
  test('a new account’s administrator sees nothing of the first one', async () => {
    const account = await admin.createAccount({ body: { name: 'payments' } })
    await expect(admin.createAccount({ body: { id: account.id, name: 'twice' } })).rejects.toMatchObject({
      status: 409,
    })
    const { secret } = await admin.createToken({
      body: { account: account.id, name: 't', role: 'administrator' },
    })
    const tenant = clientOf(api, secret)
    expect((await tenant.describeInstallation()).account).toBe(account.id)
    expect((await tenant.listAuthorities()).items).toEqual([])
    await expect(tenant.listAccounts()).rejects.toMatchObject({ status: 403, code: 'forbidden' })
    await expect(tenant.describeAuthority({ params: { authority: 'root' } })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('a revoked token stops at once, and secrets are shown once', async () => {
    const made = await admin.createToken({
      body: { name: 'short-lived', role: 'issuer', expiresAt: '2099-01-01T00:00:00+01:00' },
    })
    expect(made.expiresAt).toBe('2098-12-31T23:00:00.000Z')
    const holder = clientOf(api, made.secret)
    await holder.describeInstallation()
    expect(await admin.revokeToken({ params: { id: made.id } })).toBeUndefined()
    await expect(holder.describeInstallation()).rejects.toMatchObject({
      status: 401,
      code: 'unauthenticated',
    })
    await expect(admin.revokeToken({ params: { id: made.id } })).rejects.toMatchObject({ status: 404 })
    const listed = await admin.listTokens()
    expect(listed.items.find(({ id }) => id === made.id)?.revokedAt).toBeDefined()
    expect(JSON.stringify(listed)).not.toContain(made.secret)
  })

  test('the installation’s administrator ends another account’s token by naming the account', async () => {
    const account = await admin.createAccount({ body: { name: 'other' } })
    const made = await admin.createToken({ body: { account: account.id, name: 't', role: 'administrator' } })
    const params = { id: made.id }
    await expect(admin.revokeToken({ params })).rejects.toMatchObject({ status: 404 })
    await admin.revokeToken({ params, query: { account: account.id } })
    await expect(clientOf(api, made.secret).describeInstallation()).rejects.toMatchObject({ status: 401 })
  })

  test('an issuer may not administer', async () => {
    await expect(issuer.createToken({ body: { name: 'x', role: 'issuer' } })).rejects.toMatchObject({
      status: 403,
    })
    const body = { kind: 'root' as const, name: 'mine', subject: { commonName: 'mine' } }
    await expect(issuer.createAuthority({ body })).rejects.toMatchObject({ status: 403 })
  })
})
