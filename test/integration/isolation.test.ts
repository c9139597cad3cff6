import Database from 'better-sqlite3'
import { Agent } from 'node:http'
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../src/contract/client.ts'
import { OPERATION_IDS, routeOf, type OperationId } from '../../src/contract/routes.ts'
import { exchange } from './support/load.ts'
import { ADMIN_TOKEN, aServer, type LocalServer } from './support/servers.ts'

type Things = Readonly<
  Record<
    | 'authority'
    | 'authorityArn'
    | 'authorityName'
    | 'certificate'
    | 'serial'
    | 'token'
    | 'markedKey'
    | 'profile'
    | 'event'
    | 'zone'
    | 'managed'
    | 'managedArn'
    | 'mailbox'
    | 'webhook'
    | 'report',
    string
  >
>
type Call = {
  readonly id: OperationId
  readonly of: keyof Things
  readonly path: string
  readonly body?: unknown
}

/** Every route that takes an id, and what to send it. The first test sees to it that none is missing. */
const CALLS: Call[] = [
  { id: 'revokeToken', of: 'token', path: '/v1/tokens/$' },
  { id: 'describeCompromisedKey', of: 'markedKey', path: '/v1/compromised-keys/$' },
  {
    id: 'markKeyCompromised',
    of: 'certificate',
    path: '/v1/compromised-keys',
    body: { certificateId: '$' },
  },
  { id: 'revokeNamed', of: 'serial', path: '/v1/revocations', body: { serial: '$' } },
  ...(['authority', 'authorityArn', 'authorityName'] as const).flatMap((of): Call[] => [
    { id: 'describeAuthority', of, path: '/v1/authorities/$' },
    { id: 'updateAuthority', of, path: '/v1/authorities/$', body: { status: 'DISABLED' } },
    { id: 'getAuthorityCertificate', of, path: '/v1/authorities/$/certificate' },
    {
      id: 'importCertificates',
      of,
      path: '/v1/authorities/$/certificates/import',
      body: { certificates: ['x'] },
    },
    {
      id: 'importRevocations',
      of,
      path: '/v1/authorities/$/revocations/import',
      body: { revocations: [{ serial: '1', revokedAt: '2020-01-01T00:00:00Z', reason: 'superseded' }] },
    },
    {
      id: 'revokeNamed',
      of,
      path: '/v1/revocations',
      body: { serial: '5a0c3f7b9d1e24680f8b5b8e3f0a4c8e', authority: '$' },
    },
    { id: 'describeSerial', of, path: '/v1/authorities/$/serials/1' },
    { id: 'getAuthorityChain', of, path: '/v1/authorities/$/chain' },
    { id: 'getAuthorityCsr', of, path: '/v1/authorities/$/csr' },
    {
      id: 'importAuthorityCertificate',
      of,
      path: '/v1/authorities/$/certificate',
      body: { certificate: 'none' },
    },
    { id: 'deleteAuthority', of, path: '/v1/authorities/$' },
    { id: 'restoreAuthority', of, path: '/v1/authorities/$/restore', body: {} },
    {
      id: 'issueCertificate',
      of,
      path: '/v1/certificates',
      body: { authority: '$', key: { algorithm: 'EC_prime256v1' }, names: { dns: ['a.example'] } },
    },
    {
      id: 'createAuthority',
      of,
      path: '/v1/authorities',
      body: { kind: 'subordinate', parent: '$', name: 'stolen', subject: { commonName: 'Stolen' } },
    },
    { id: 'searchCertificates', of, path: '/v1/certificates?authority=$' },
    { id: 'renewAuthority', of, path: '/v1/authorities/$/renew', body: {} },
    {
      id: 'crossSignAuthority',
      of,
      path: '/v1/authorities/$/cross-certificates',
      body: { issuer: 'issuing' },
    },
    { id: 'listCrossCertificates', of, path: '/v1/authorities/$/cross-certificates' },
    { id: 'startRotation', of, path: '/v1/authorities/$/rotation', body: {} },
    { id: 'describeRotation', of, path: '/v1/authorities/$/rotation' },
    { id: 'advanceRotation', of, path: '/v1/authorities/$/rotation/advance', body: {} },
    { id: 'reverseRotation', of, path: '/v1/authorities/$/rotation/reverse' },
    { id: 'createAuditReport', of, path: '/v1/authorities/$/audit-reports', body: { format: 'CSV' } },
    { id: 'listAuditReports', of, path: '/v1/authorities/$/audit-reports' },
  ]),
  { id: 'describeAuditReport', of: 'report', path: '/v1/authorities/theirs/audit-reports/$' },
  { id: 'readAuditReport', of: 'report', path: '/v1/authorities/theirs/audit-reports/$/file' },
  { id: 'deleteAuditReport', of: 'report', path: '/v1/authorities/theirs/audit-reports/$' },
  { id: 'describeEvent', of: 'event', path: '/v1/events/$' },
  { id: 'describeWebhook', of: 'webhook', path: '/v1/webhooks/$' },
  { id: 'updateWebhook', of: 'webhook', path: '/v1/webhooks/$', body: { state: 'PAUSED' } },
  { id: 'rotateWebhookSecret', of: 'webhook', path: '/v1/webhooks/$/rotate-secret' },
  { id: 'testWebhook', of: 'webhook', path: '/v1/webhooks/$/test' },
  { id: 'listDeliveries', of: 'webhook', path: '/v1/webhooks/$/deliveries' },
  { id: 'redeliver', of: 'webhook', path: `/v1/webhooks/$/deliveries/${randomUUID()}/redeliver` },
  { id: 'deleteWebhook', of: 'webhook', path: '/v1/webhooks/$' },
  { id: 'describeProfile', of: 'profile', path: '/v1/profiles/$' },
  { id: 'updateProfile', of: 'profile', path: '/v1/profiles/$', body: { base: 'email' } },
  { id: 'deleteProfile', of: 'profile', path: '/v1/profiles/$' },
  { id: 'deleteMailbox', of: 'mailbox', path: '/v1/simulation/mailboxes/$' },
  { id: 'listMailMessages', of: 'mailbox', path: '/v1/simulation/mailboxes/$/messages' },
  { id: 'readMailMessage', of: 'mailbox', path: `/v1/simulation/mailboxes/$/messages/${randomUUID()}` },
  { id: 'describeZone', of: 'zone', path: '/v1/simulation/zones/$' },
  { id: 'listRecords', of: 'zone', path: '/v1/simulation/zones/$/records' },
  {
    id: 'putRecords',
    of: 'zone',
    path: '/v1/simulation/zones/$/records',
    body: { name: '$', type: 'A', values: ['192.0.2.66'] },
  },
  { id: 'deleteRecords', of: 'zone', path: '/v1/simulation/zones/$/records?name=$' },
  { id: 'deleteZone', of: 'zone', path: '/v1/simulation/zones/$' },
  { id: 'describeCertificate', of: 'certificate', path: '/v1/certificates/$' },
  { id: 'getCertificate', of: 'certificate', path: '/v1/certificates/$/certificate' },
  { id: 'getCertificateChain', of: 'certificate', path: '/v1/certificates/$/chain' },
  { id: 'revokeCertificate', of: 'certificate', path: '/v1/certificates/$/revoke', body: {} },
  { id: 'liftHold', of: 'certificate', path: '/v1/certificates/$/lift-hold' },
  {
    id: 'exportCertificate',
    of: 'certificate',
    path: '/v1/certificates/$/export',
    body: { format: 'pem' },
  },
  {
    id: 'exportCertificate',
    of: 'certificate',
    path: '/v1/certificates/$/export',
    body: { format: 'pkcs12', passphrase: 'correct horse battery' },
  },
]
function managedCalls(of: keyof Things): Call[] {
  const path = '/v1/managed-certificates/$'
  return [
    { id: 'describeManagedCertificate', of, path },
    { id: 'deleteManagedCertificate', of, path },
    {
      id: 'reimportManagedCertificate',
      of,
      path: `${path}/import`,
      body: { certificate: 'none', key: 'none' },
    },
    { id: 'getManagedCertificate', of, path: `${path}/certificate` },
    { id: 'getManagedChain', of, path: `${path}/chain` },
    { id: 'listManagedVersions', of, path: `${path}/versions` },
    { id: 'getManagedVersion', of, path: `${path}/versions/1/certificate` },
    { id: 'renewManagedCertificate', of, path: `${path}/renew` },
    { id: 'getRenewalInfo', of, path: `${path}/renewal-info` },
    { id: 'exportManagedCertificate', of, path: `${path}/export`, body: { format: 'pem' } },
    { id: 'revokeManagedCertificate', of, path: `${path}/revoke`, body: {} },
    { id: 'setManagedTags', of, path: `${path}/tags`, body: { tags: {} } },
    {
      id: 'associateManagedCertificate',
      of,
      path: `${path}/associations`,
      body: { resourceArn: 'arn:aws:cloudfront:::distribution/D1' },
    },
    {
      id: 'dissociateManagedCertificate',
      of,
      path: `${path}/associations?resourceArn=${encodeURIComponent('arn:aws:cloudfront:::distribution/D1')}`,
    },
    { id: 'resendValidationEmail', of, path: `${path}/resend`, body: { domain: 'a.example' } },
    { id: 'validateManagedCertificate', of, path: `${path}/validate` },
    { id: 'listValidationEvidence', of, path: `${path}/evidence` },
  ]
}

/** As if something had happened to a certificate of the account. */
function anEventIn(database: string, account: string): string {
  const id = randomUUID()
  const db = new Database(database)
  db.prepare(
    `INSERT INTO CertificateEvent (id, accountId, region, certificateId, name, time, detail, dedupeKey, recordedAt)
       VALUES (?, ?, 'us-east-1', ?, 'EXPIRED', 0, '{"domainName":"theirs.example","names":[]}', ?, 0)`,
  ).run(id, account, randomUUID(), id)
  db.close()
  return id
}
for (const of of ['managed', 'managedArn'] as const) CALLS.push(...managedCalls(of))
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
    const authority = await server.admin.createAuthority({
      body: { kind: 'root', name: 'theirs', subject: { commonName: 'Theirs' } },
    })
    const certificate = await server.admin.issueCertificate({
      body: { names: { dns: ['theirs.example'] }, key: { algorithm: 'EC_prime256v1' } },
    })
    const managed = await server.admin.requestManagedCertificate({ body: { domainName: 'theirs.example' } })
    const token = await server.admin.createToken({ body: { name: 'theirs', role: 'issuer' } })
    const markedKey = randomBytes(32).toString('hex')
    await server.admin.markKeyCompromised({ body: { spkiSha256: markedKey } })
    await server.admin.createMailbox({ body: { address: 'hostmaster@theirs.example' } })
    await server.admin.createZone({ body: { apex: 'theirs.example' } })
    await server.admin.createProfile({ body: { name: 'theirs', base: 'tls' } })
    theirs = {
      markedKey,
      authority: authority.id,
      authorityArn: authority.arn,
      authorityName: 'theirs',
      certificate: certificate.id,
      serial: certificate.serial,
      token: token.id,
      profile: 'theirs',
      webhook: (await server.admin.createWebhook({ body: { url: 'https://hooks.example.com/' } })).id,
      event: anEventIn(server.database, authority.account),
      zone: 'theirs.example',
      managed: managed.id,
      managedArn: managed.arn,
      mailbox: 'hostmaster@theirs.example',
      report: (
        await server.admin.createAuditReport({ params: { authority: 'theirs' }, body: { format: 'CSV' } })
      ).id,
    }
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

  /** Of the same shape as what is theirs, and nobody's. */
  const nobodys = (of: keyof Things): string =>
    ({
      authority: randomUUID(),
      authorityArn: theirs.authorityArn.replace(theirs.authority, randomUUID()),
      authorityName: 'nobody',
      certificate: `${theirs.certificate.split('.')[0]}.${randomBytes(16).toString('hex')}`,
      serial: randomBytes(16).toString('hex'),
      token: randomUUID(),
      markedKey: randomBytes(32).toString('hex'),
      profile: 'nobody',
      event: randomUUID(),
      zone: 'nobody.example',
      mailbox: 'hostmaster@nobody.example',
      managed: randomUUID(),
      managedArn: theirs.managedArn.replace(theirs.managed, randomUUID()),
      webhook: randomUUID(),
      report: randomUUID(),
    })[of]

  async function said(call: Call, thing: string, token: string, region = 'us-east-1') {
    const url = server.apiUrl + call.path.replaceAll('$', encodeURIComponent(thing))
    const body = call.body === undefined ? undefined : JSON.stringify(call.body).replaceAll('$', thing)
    const { status, headers, text } = await exchange(
      agent,
      url,
      routeOf(call.id).method,
      {
        authorization: `Bearer ${token}`,
        'chancery-region': region,
        'x-request-id': 'the-same-in-both',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body,
    )
    const { date: _date, ...rest } = headers
    return {
      status,
      headers: rest,
      text: text.replaceAll(encodeURIComponent(thing), '$').replaceAll(thing, '$'),
    }
  }
  // Ids differ in nothing but their digits; lengths of names and ARNs would show in Content-Length alone.
  const withoutLength = (answer: Awaited<ReturnType<typeof said>>) => ({
    ...answer,
    headers: { ...answer.headers, 'content-length': undefined },
  })

  test('every route that takes an id is tried', () => {
    const taking = OPERATION_IDS.filter((id) => routeOf(id).request.params !== undefined)
    // Faults of the simulators are the installation's, no account's.
    expect(taking.filter((id) => !CALLS.some((call) => call.id === id))).toEqual([
      'withdrawMailFault',
      'withdrawDnsFault',
    ])
    expect(taking.length).toBeGreaterThan(5)
  })

  test.each(named)('%s of another account is as unknown as one that nobody has', async (_, call) => {
    const [at, none] = [
      await said(call, theirs[call.of], otherToken),
      await said(call, nobodys(call.of), otherToken),
    ]
    expect(at.status).toBe(404)
    expect(withoutLength(at)).toEqual(withoutLength(none))
  })

  test.each(named.filter(([, { of }]) => !['token', 'markedKey', 'zone', 'mailbox'].includes(of)))(
    '%s of another region is as unknown as one that nobody has',
    async (_, call) => {
      const elsewhere = 'eu-central-1'
      const at = await said(call, theirs[call.of], ADMIN_TOKEN, elsewhere)
      expect(at.status).toBe(404)
      expect(withoutLength(at)).toEqual(
        withoutLength(await said(call, nobodys(call.of), ADMIN_TOKEN, elsewhere)),
      )
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
