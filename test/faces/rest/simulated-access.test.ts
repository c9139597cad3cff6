import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChanceryApiError, Client, RequestOf } from '../../../src/contract/index.ts'
import type { PolicyId, RoleId, UserId } from '../../../src/core/domain/ids.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { aWorld, noVerbs, temporaryDirectory } from '../cli/a-world.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

type Simulation = NonNullable<RequestOf<'simulateAccess'>['body']>

let installation: Installation
let api: Listening
let admin: Client
let issuer: Client
let AUTHORITY: string
let USER: string
beforeAll(async () => {
  installation = await anInstallation()
  const { account, ports } = installation
  api = await listening(createRestApp(ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  issuer = clientOf(api, installation.issuerToken)
  AUTHORITY = `arn:aws:acm-pca:us-east-1:${account}:certificate-authority/1`
  USER = `arn:aws:iam::${account}:user/alice`
  const now = ports.clock.now()
  const user = {
    id: 'AIDAALICE' as UserId,
    account,
    name: 'alice',
    boundary: undefined,
    tags: { team: 'pki' },
  }
  const role = { id: 'AROADEPLOY' as RoleId, account, name: 'deploy', description: '', trust: '{}' }
  await ports.store.transact((writes) => [
    writes.users.add({ ...user, createdAt: now }),
    writes.roles.add({
      ...role,
      maxSessionSeconds: 3600,
      boundary: undefined,
      tags: {},
      createdAt: now,
      updatedAt: now,
    }),
    writes.attachments.add('ReadOnlyAccess' as PolicyId, { kind: 'user', id: user.id }, 10),
  ])
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

const simulated = (client: Client, more: Partial<Simulation> = {}) =>
  client.simulateAccess({
    body: { actions: ['acm-pca:IssueCertificate'], resources: [AUTHORITY], ...more },
  })
const only = async (client: Client, more?: Partial<Simulation>) =>
  (await simulated(client, more)).decisions[0]

describe('POST /v1/access/simulate', () => {
  test('says what the caller may, and which statement decides', async () => {
    expect(await only(issuer)).toEqual({
      action: 'acm-pca:IssueCertificate',
      resource: AUTHORITY,
      allowed: true,
      because: 'allowed',
      by: { policy: 'IssuerAccess', statement: 0 },
      considered: [
        { layer: 'identity', policy: 'IssuerAccess', statement: 0, effect: 'Allow', applies: true },
      ],
      missing: [],
    })
    const refused = await only(issuer, { actions: ['acm-pca:DeleteCertificateAuthority'] })
    expect(refused).toMatchObject({ allowed: false, because: 'not_allowed', considered: [] })
  })

  test('tries every action on every resource, in order', async () => {
    const actions = ['acm:ListCertificates', 'acm-pca:IssueCertificate']
    const { decisions } = await simulated(issuer, { actions, resources: [AUTHORITY, `${AUTHORITY}2`] })
    expect(decisions.map(({ action, resource }) => [action, resource])).toEqual(
      actions.flatMap((action) => [AUTHORITY, `${AUTHORITY}2`].map((resource) => [action, resource])),
    )
  })

  test('says what no policy can give: another account’s, and the installation’s', async () => {
    const theirs = AUTHORITY.replace(installation.account, '444455556666')
    const deletion = 'acm-pca:DeleteCertificateAuthority'
    expect(await only(admin, { actions: [deletion], resources: [theirs] })).toMatchObject({
      allowed: false,
      because: 'not_allowed',
    })
    expect(await only(issuer, { actions: ['chancery:CreateAccount'] })).toMatchObject({ allowed: false })
    expect(await only(admin, { actions: ['chancery:CreateAccount'] })).toMatchObject({ allowed: true })
  })

  test('says what a user of the account may, by ARN, with its tags', async () => {
    const tagged = { StringEquals: { 'aws:PrincipalTag/team': 'pki' } }
    const statement = { Effect: 'Allow', Action: 'acm-pca:*', Resource: '*', Condition: tagged }
    const identity = [{ Version: '2012-10-17', Statement: statement }]
    const read = ['acm-pca:DescribeCertificateAuthority']
    expect((await simulated(admin, { principal: USER })).principal).toBe(USER)
    expect(await only(admin, { principal: USER, actions: read })).toMatchObject({
      by: { policy: 'ReadOnlyAccess' },
    })
    expect(await only(admin, { principal: USER })).toMatchObject({ because: 'not_allowed' })
    expect(await only(admin, { principal: USER, policies: { identity } })).toMatchObject({ allowed: true })
    expect(await only(admin, { policies: { identity } })).toMatchObject({
      because: 'not_allowed',
      missing: ['aws:PrincipalTag/team'],
    })
  })

  test('says what a role may, and a session of it', async () => {
    const { account } = installation
    const role = `arn:aws:iam::${account}:role/deploy`
    const session = `arn:aws:sts::${account}:assumed-role/deploy/ci`
    const identity = [
      {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Action: '*',
          Resource: '*',
          Condition: { StringLike: { 'aws:userid': '*:ci' } },
        },
      },
    ]
    expect(await only(admin, { principal: session, policies: { identity } })).toMatchObject({ allowed: true })
    expect(await only(admin, { principal: role, policies: { identity } })).toMatchObject({
      allowed: false,
      considered: [{ unless: 'condition', condition: { operator: 'StringLike', key: 'aws:userid' } }],
    })
  })

  test('tries given documents: explicit deny, boundary, session, conditions that are not met', async () => {
    const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement })
    const all = document({ Effect: 'Allow', Action: '*', Resource: '*' })
    const outside = {
      Sid: 'Inside',
      Effect: 'Deny',
      Action: 'acm-pca:Issue*',
      Resource: '*',
      Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
    }
    const identity = [all, document(outside)]
    expect(await only(admin, { policies: { identity } })).toMatchObject({
      because: 'explicit_deny',
      by: { policy: 'policies.identity[1]', statement: 0, sid: 'Inside' },
    })
    const facts = { 'AWS:sourceip': '10.1.2.3' }
    expect(await only(admin, { policies: { identity }, facts })).toMatchObject({
      because: 'allowed',
      considered: [
        { applies: true },
        { applies: false, unless: 'condition', condition: { operator: 'NotIpAddress', key: 'aws:SourceIp' } },
      ],
    })
    const other = document({ Effect: 'Allow', Action: '*', Resource: `${AUTHORITY}2` })
    expect(await only(admin, { policies: { identity: [all], boundary: [other] } })).toMatchObject({
      because: 'boundary',
      considered: [{ layer: 'identity' }, { layer: 'boundary', unless: 'resource' }],
    })
    expect(await only(admin, { policies: { identity: [all], session: [] } })).toMatchObject({
      because: 'session',
    })
  })

  test('refuses what can’t be understood, with the position', async () => {
    const statement = '{ "Effect": "Permit", "Action": "*", "Resource": "*" }'
    const text = `{\n  "Version": "2012-10-17",\n  "Statement": [${statement}]\n}`
    await expect(simulated(admin, { policies: { identity: [text] } })).rejects.toMatchObject({
      code: 'request_invalid',
      problem: {
        violations: [
          {
            field: 'policies.identity[0].Statement[0].Effect',
            message: 'is neither “Allow” nor “Deny” (line 3, column 29)',
          },
        ],
      },
    })
    const wrong = { actions: ['acm:Nothing'], resources: ['nothing'], facts: { 'aws:nothing': '' } }
    await expect(simulated(admin, wrong)).rejects.toMatchObject({
      problem: {
        violations: [{ field: 'actions[0]' }, { field: 'resources[0]' }, { field: 'facts.aws:nothing' }],
      },
    })
  })

  test('is for oneself, unless a policy allows asking about others and trying documents', async () => {
    await expect(simulated(issuer, { principal: USER })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(simulated(issuer, { policies: {} })).rejects.toMatchObject({ code: 'forbidden' })
    const { principal } = await simulated(issuer)
    expect((await simulated(issuer, { principal })).principal).toBe(principal)
  })

  test.each([
    ['a user', (account: string) => `arn:aws:iam::${account}:user/alice`],
    ['a role', (account: string) => `arn:aws:iam::${account}:role/deploy`],
    ['a session', (account: string) => `arn:aws:sts::${account}:assumed-role/deploy/x`],
    ['something else', (account: string) => `arn:aws:acm::${account}:certificate/x`],
  ])('%s of another account is as unknown as one that nobody has', async (_, arn) => {
    const asked = async (principal: string) =>
      (await simulated(admin, { principal }).catch((error: unknown) => error)) as ChanceryApiError
    const theirs = await asked(arn('444455556666'))
    const nobodys = await asked(arn(installation.account).replace(/alice|deploy/, 'nobody'))
    expect(theirs).toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/no such user or role/),
    })
    expect(theirs.problem.detail).toBe(nobodys.problem.detail)
  })
})

describe('chancery access simulate', () => {
  const cli = async (...words: string[]) => {
    const world = aWorld({
      environment: { CHANCERY_URL: api.url, CHANCERY_TOKEN: installation.adminToken },
      directory: temporaryDirectory(),
    })
    await writeFile(join(world.directory, 'policy.json'), POLICY)
    const exit = await runCli(['access', 'simulate', ...words], world, noVerbs)
    return { exit, out: world.stdout.text(), err: world.stderr.text() }
  }

  const POLICY = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Sid: 'Own',
      Effect: 'Allow',
      Action: 'acm:RequestCertificate',
      Resource: '*',
      Condition: { 'ForAllValues:StringLike': { 'acm:DomainNames': '*.example.com' } },
    },
  })
  const asked = ['--action', 'acm:RequestCertificate', '--action', 'chancery:LiftHold', '--resource']
  const given = () => [...asked, AUTHORITY, '--policy', 'policy.json']

  test('says what is allowed, and by which statement', async () => {
    const names = ['--fact', 'acm:DomainNames=a.example.com', '--fact', 'acm:DomainNames=b.example.com']
    const { exit, out } = await cli(...given(), ...names)
    expect(exit).toBe(0)
    expect(out).toMatch(/acm:RequestCertificate .* yes +allowed +policies.identity\[0\], statement 0 \(Own\)/)
    expect(out).toMatch(/chancery:LiftHold .* no +not_allowed/)
    const other = await cli(...given(), ...names.slice(0, 2), '--fact', 'acm:DomainNames=example.org')
    expect(other.out).toMatch(/acm:RequestCertificate .* no +not_allowed/)
  })

  test('answers as the API does with --json, and refuses a fact that is none', async () => {
    const { out } = await cli('--json', ...asked, AUTHORITY)
    expect(JSON.parse(out)).toMatchObject({ decisions: [{ allowed: true }, { allowed: true }] })
    const wrong = await cli(...given(), '--fact', 'aws:SourceIp')
    expect(wrong.exit).toBe(2)
    expect(wrong.err).toMatch(/--fact: “aws:SourceIp” is no condition key/)
  })
})
