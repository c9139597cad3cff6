import { Agent } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../src/contract/client.ts'
import { OPERATION_IDS, routeOf } from '../../src/contract/routes.ts'
import { exchange } from './support/load.ts'
import { ADMIN_TOKEN, aServer, type LocalServer } from './support/servers.ts'
import { CALLS, type Things } from './tenancy/calls.ts'
import { said, type Send } from './tenancy/said.ts'
import { furnish, nobodys } from './tenancy/things.ts'

/** These belong to an account, whatever the region. */
const WITHOUT_REGION: readonly (keyof Things)[] = [
  'token',
  'markedKey',
  'zone',
  'mailbox',
  'identityProvider',
  'user',
  'group',
  'role',
  'policy',
  'accessKey',
  'bucket',
]

const named = CALLS.map((call) => [`${call.id} by ${call.of}`, call] as const)

describe('two accounts', () => {
  let server: LocalServer
  const agent = new Agent({ keepAlive: true })
  let theirs: Things
  let otherToken: string
  let other: Client

  beforeAll(async () => {
    // With everything that only a simulated one has.
    server = await aServer({}, 'simulation')
    theirs = await furnish(server.admin, server.database)
    const account = await server.admin.createAccount({ body: { name: 'other' } })
    const made = await server.admin.createToken({
      body: { name: 'other', role: 'administrator', account: account.id },
    })
    otherToken = made.secret
    other = createClient({ url: server.apiUrl, token: otherToken })
  })
  afterAll(async () => {
    agent.destroy()
    await server.dispose()
  })

  const as =
    (token: string): Send =>
    (path, method, headers, body) =>
      exchange(agent, server.apiUrl + path, method, { ...headers, authorization: `Bearer ${token}` }, body)

  test('every route that takes an id is tried', () => {
    const taking = OPERATION_IDS.filter((id) => routeOf(id).request.params !== undefined)
    // The organization, archives and faults of the simulators are the installation's, no account's.
    expect(taking.filter((id) => !CALLS.some((call) => call.id === id))).toEqual([
      'addOrganizationAccount',
      'removeOrganizationAccount',
      'readAuditArchive',
      'readCertificateArchive',
      'withdrawMailFault',
      'withdrawDnsFault',
    ])
    expect(taking.length).toBeGreaterThan(5)
  })

  test.each(named)('%s of another account is as unknown as one that nobody has', async (_, call) => {
    const at = await said(as(otherToken), call, theirs[call.of], theirs)
    expect(at.status).toBe(404)
    expect(at).toEqual(await said(as(otherToken), call, nobodys(theirs, call.of), theirs))
  })

  test.each(named.filter(([, { of }]) => !WITHOUT_REGION.includes(of)))(
    '%s of another region is as unknown as one that nobody has',
    async (_, call) => {
      const elsewhere = 'eu-central-1'
      const at = await said(as(ADMIN_TOKEN), call, theirs[call.of], theirs, elsewhere)
      expect(at.status).toBe(404)
      expect(at).toEqual(await said(as(ADMIN_TOKEN), call, nobodys(theirs, call.of), theirs, elsewhere))
    },
  )

  test('lists and searches show nothing of the other’s', async () => {
    const serial = theirs.certificate.split('.')[1] ?? ''
    for (const query of [{}, { serial }, { name: 'theirs.example' }, { name: '.example' }])
      expect((await other.searchCertificates({ query })).items).toEqual([])
    expect((await other.listAuthorities()).items).toEqual([])
    expect((await other.listCompromisedKeys()).items).toEqual([])
    expect((await other.listProfiles()).items).toEqual([])
    expect((await other.listEvents()).items).toEqual([])
    expect((await server.admin.listEvents()).items).toHaveLength(2)
    expect((await other.listZones()).items).toEqual([])
    expect((await other.listWebhooks()).items).toEqual([])
    expect((await other.listTokens()).items.map(({ name }) => name)).toEqual(['other'])
    await expect(other.listAccounts()).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('a cursor of theirs opens none of their pages', async () => {
    await server.admin.issueCertificate({
      body: { names: { dns: ['second.example'] }, key: { algorithm: 'EC_prime256v1' } },
    })
    const { next } = await server.admin.searchCertificates({ query: { limit: 1 } })
    const cursor = next ?? ''
    expect(cursor).not.toBe('')
    const page = await other.searchCertificates({ query: { cursor } }).catch(() => ({ items: [] }))
    expect(page.items).toEqual([])
  })

  test('one idempotency key in both accounts is two requests', async () => {
    await other.createAuthority({
      body: { kind: 'root', name: 'theirs', subject: { commonName: 'Same name, other account' } },
    })
    await other.createAuthority({
      body: { kind: 'subordinate', parent: 'theirs', name: 'issuing', subject: { commonName: 'Issuing' } },
    })
    const body = { names: { dns: ['idem.example'] }, key: { algorithm: 'EC_prime256v1' as const } }
    const [one, two] = [
      await server.admin.issueCertificate({ body, idempotencyKey: 'one-for-both' }),
      await other.issueCertificate({ body, idempotencyKey: 'one-for-both' }),
    ]
    expect(one.account).not.toBe(two.account)
    expect(one.id).not.toBe(two.id)
  })

  test('a token for another account is made only by the installation’s administrator', async () => {
    const { account } = await server.admin.describeInstallation()
    await expect(
      other.createToken({ body: { name: 'intruder', role: 'administrator', account } }),
    ).rejects.toMatchObject({ code: 'forbidden' })
    await expect(
      other.createToken({ body: { name: 'intruder', role: 'administrator', installation: true } }),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('nothing of theirs has changed', async () => {
    const { admin } = server
    expect((await admin.describeAuthority({ params: { authority: theirs.authority } })).status).toBe('ACTIVE')
    expect((await admin.describeCertificate({ params: { id: theirs.certificate } })).status).toBe('valid')
    expect((await admin.describeProfile({ params: { profile: theirs.profile } })).version).toBe(1)
    const { items } = await admin.listTokens()
    expect(items.find(({ id }) => id === theirs.token)?.revokedAt).toBeUndefined()
  })
})
