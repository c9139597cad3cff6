import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../src/contract/client.ts'
import { aServer, type LocalServer } from './support/servers.ts'

const BORROWER = '444455556666'
const KEY = { algorithm: 'EC_prime256v1' } as const

// docs/sharing.md tells the same with the command line. One test a chapter: each goes on where the one before it ended.
describe('the story of an authority that is lent', () => {
  let server: LocalServer
  let web: Client
  let authority: string
  let share: string

  const issue = (name: string) =>
    web.issueCertificate({ body: { authority, profile: 'tls', key: KEY, names: { dns: [name] } } })
  const invited = async () => (await web.listInvitations()).items[0]

  beforeAll(async () => {
    server = await aServer()
    const { admin } = server
    await admin.createAccount({ body: { id: BORROWER, name: 'web' } })
    const made = await admin.createToken({ body: { name: 'web', role: 'administrator', account: BORROWER } })
    web = createClient({ url: server.apiUrl, token: made.secret })
    const { items } = await admin.listAuthorities()
    authority = items.find(({ isDefault }) => isDefault)?.arn ?? ''
  })
  afterAll(() => server.dispose())

  test('share: until it is accepted, the authority isn’t there', async () => {
    const made = await server.admin.createShare({
      body: { name: 'web team', authorities: [authority], principals: [BORROWER] },
    })
    share = made.id
    expect(made.principals).toEqual([{ principal: BORROWER, standing: 'invited' }])
    await expect(issue('a.example')).rejects.toMatchObject({ code: 'not_found' })
    await expect(web.describeAuthority({ params: { authority } })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect((await web.listAuthorities({ query: { owner: 'OTHER_ACCOUNTS' } })).items).toEqual([])
  })

  test('accept: the borrower sees it among those of other accounts', async () => {
    const invitation = await invited()
    expect(invitation).toMatchObject({ shareName: 'web team', status: 'PENDING' })
    await web.acceptInvitation({ params: { invitation: invitation?.id ?? '' } })
    const { items } = await web.listAuthorities({ query: { owner: 'OTHER_ACCOUNTS' } })
    expect(items.map(({ arn }) => arn)).toEqual([authority])
    expect((await web.listAuthorities()).items).toEqual([])
    expect((await server.admin.describeShare({ params: { share } })).principals).toEqual([
      { principal: BORROWER, standing: 'accepted' },
    ])
  })

  test('issue: it is the borrower’s, and both sides find it', async () => {
    const issued = await issue('shop.example')
    expect(issued).toMatchObject({ account: BORROWER, arn: expect.stringContaining(authority) })
    const params = { params: { id: issued.id } }
    expect((await server.admin.describeCertificate(params)).account).toBe(BORROWER)
    const exported = await web.exportCertificate({ ...params, body: { format: 'pem' } })
    expect(exported.bytes.length).toBeGreaterThan(0)
    await expect(
      server.admin.exportCertificate({ ...params, body: { format: 'pem' } }),
    ).rejects.toMatchObject({ code: 'not_found' })
    const lent = await server.admin.searchCertificates({ query: { authority } })
    expect(lent.items.map(({ id }) => id)).toEqual([issued.id])
    expect((await web.searchCertificates()).items.map(({ id }) => id)).toEqual([issued.id])
  })

  test('the lender’s audit report has it, with the account that it was issued to', async () => {
    const params = { authority }
    const { id } = await server.admin.createAuditReport({ params, body: { format: 'JSON' } })
    const described = () =>
      server.admin.describeAuditReport({ params: { ...params, report: id } }).then(({ status }) => status)
    await expect.poll(described, { timeout: 20_000 }).toBe('SUCCESS')
    const file = await server.admin.readAuditReport({ params: { ...params, report: id } })
    const rows = JSON.parse(Buffer.from(file.bytes).toString()) as { awsAccountId: string }[]
    expect(rows.map(({ awsAccountId }) => awsAccountId)).toContain(BORROWER)
  })

  test('narrow, and refuse: what the share allows changes on the very next call', async () => {
    await server.admin.createSharePermission({
      body: { name: 'look-only', actions: ['acm-pca:DescribeCertificateAuthority'] },
    })
    await server.admin.updateShare({ params: { share }, body: { permission: 'look-only' } })
    await expect(issue('more.example')).rejects.toMatchObject({ code: 'forbidden' })
    await web.describeAuthority({ params: { authority } })
    await server.admin.updateShare({
      params: { share },
      body: { permission: 'AWSRAMDefaultPermissionCertificateAuthority' },
    })
    await issue('more.example')
  })

  test('end, and refuse: what was issued stays, and nothing more is', async () => {
    await server.admin.deleteShare({ params: { share } })
    await expect(issue('late.example')).rejects.toMatchObject({ code: 'not_found' })
    expect((await web.searchCertificates()).items).toHaveLength(2)
  })

  test('in an organization nobody has to ask, for as long as both are in it', async () => {
    const { admin } = server
    await admin.createOrganization({ body: {} })
    await admin.addOrganizationAccount({ params: { account: BORROWER } })
    const inside = await admin.createShare({
      body: { name: 'inside', authorities: [authority], principals: [BORROWER], external: false },
    })
    expect(inside.principals).toEqual([{ principal: BORROWER, standing: 'organization' }])
    await issue('inside.example')
    await admin.removeOrganizationAccount({ params: { account: BORROWER } })
    await expect(issue('outside.example')).rejects.toMatchObject({ code: 'not_found' })
  })
})
