import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChanceryApiError, type Client } from '../../../src/contract/client.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import { createAccount } from '../../../src/core/operations/access/accounts.ts'
import { createToken } from '../../../src/core/operations/access/tokens.ts'
import { systemActor } from '../../../src/core/domain/access.ts'
import { DEFAULT_GLOBAL_REGION } from '../../../src/core/domain/ids.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { TestIssuer } from '../../core/operations/authentication/issuer.ts'
import { addRole } from '../../support/identities.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

const OTHER = '444455556666' as AccountId
let given: Installation
let api: Listening
let admin: Client
let issuing: Client
let stranger: Client
let role: string
const issuer = new TestIssuer('https://idp.example.com/realm', 'RS256')

beforeAll(async () => {
  given = await anInstallation()
  api = await listening(createRestApp(given.ports, { ready: () => true }))
  admin = clientOf(api, given.adminToken)
  issuing = clientOf(api, given.issuerToken)
  role = await addRole(given.ports, given.account, 'ci')
  const system = systemActor('test', { account: given.account, region: DEFAULT_GLOBAL_REGION }, true)
  await createAccount(given.ports, system, { id: OTHER, name: 'other' })
  const { secret } = await createToken(given.ports, system, {
    account: OTHER,
    name: 'x',
    role: 'administrator',
  })
  stranger = clientOf(api, secret)
})
afterAll(async () => {
  await api.close()
  await given.close()
})

const jwks = () => JSON.parse(issuer.keySet()) as { keys: Record<string, unknown>[] }
const members = (more: object = {}) => ({
  issuer: issuer.url,
  jwks: jwks(),
  rules: [{ claims: { sub: 'system:serviceaccount:prod:*' }, role }],
  ...more,
})
async function violations(work: Promise<unknown>): Promise<string[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ChanceryApiError)) throw new Error('it was taken')
  return (error.problem.violations ?? []).map(({ field, code }) => `${field} ${code}`)
}

describe('an identity provider', () => {
  it('is made, and its tokens act in the role at once', async () => {
    const made = await admin.createIdentityProvider({ body: { name: 'cluster', ...members() } })
    expect(made).toMatchObject({
      arn: `arn:aws:chancery::${given.account}:identity-provider/cluster`,
      audiences: [`chancery:${given.account}`],
      algorithms: ['RS256', 'ES256'],
    })
    const claims = { aud: `chancery:${given.account}`, sub: 'system:serviceaccount:prod:web' }
    const token = await issuer.token(given.ports.clock.now(), claims)
    const { items } = await clientOf(api, token).listAuthorities()
    expect(items.length).toBeGreaterThan(0)
    const other = await issuer.token(given.ports.clock.now(), {
      ...claims,
      sub: 'system:serviceaccount:dev:web',
    })
    await expect(clientOf(api, other).listAuthorities()).rejects.toThrow('not accepted')
  })

  it('is described, listed, replaced and deleted, and counts no more', async () => {
    expect(await admin.describeIdentityProvider({ params: { identityProvider: 'cluster' } })).toMatchObject({
      name: 'cluster',
      jwks: jwks(),
    })
    expect((await admin.listIdentityProviders()).items.map(({ name }) => name)).toEqual(['cluster'])
    const replaced = await admin.replaceIdentityProvider({
      params: { identityProvider: 'cluster' },
      body: members({ rules: [] }),
    })
    expect(replaced.rules).toEqual([])
    const token = await issuer.token(given.ports.clock.now(), {
      aud: `chancery:${given.account}`,
      sub: 'system:serviceaccount:prod:web',
    })
    await expect(clientOf(api, token).listAuthorities()).rejects.toThrow('not accepted')
    await admin.deleteIdentityProvider({ params: { identityProvider: 'cluster' } })
    await expect(admin.describeIdentityProvider({ params: { identityProvider: 'cluster' } })).rejects.toThrow(
      'no such identity provider',
    )
  })

  it.each<readonly [object, readonly string[]]>([
    [{ issuer: 'http://idp.example.com' }, ['issuer issuer']],
    [{ issuer: 'https://idp.example.com/?a=b' }, ['issuer issuer']],
    [{ audiences: [`chancery:${OTHER}`] }, ['audiences[0] audience']],
    [{ jwksUrl: 'https://idp.example.com/keys' }, ['jwksUrl keys']],
    [{ jwks: undefined }, ['jwksUrl keys']],
    [{ jwks: undefined, jwksUrl: 'https://127.0.0.1/keys' }, ['jwksUrl url']],
    [{ jwks: undefined, jwksUrl: 'https://169.254.169.254/' }, ['jwksUrl url']],
    [{ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, ['jwks secret']],
    [{ jwks: { keys: [{ kty: 'RSA' }] } }, ['jwks jwks']],
    [{ algorithms: ['ES256'] }, ['jwks jwks']],
    [{ rules: [{ claims: { sub: 'a*' }, role: 'ROLE' }] }, ['rules[0].claims.sub claim_pattern']],
    [{ rules: [{ claims: { iss: '**' }, role: 'ROLE' }] }, ['rules[0].claims claims']],
  ])('with %j is refused: %j', async (more, expected) => {
    const text = JSON.stringify({ name: 'wrong', ...members(more) }).replaceAll(
      '"ROLE"',
      JSON.stringify(role),
    )
    const work = admin.createIdentityProvider({ body: JSON.parse(text) as never })
    expect(await violations(work)).toEqual(expected)
  })

  it('takes the right to pass the role on, and no role of another account', async () => {
    const body = { name: 'x', ...members() }
    await expect(issuing.createIdentityProvider({ body })).rejects.toMatchObject({ status: 403 })
    const foreign = members({ rules: [{ claims: { sub: 'a' }, role: `arn:aws:iam::${OTHER}:role/x` }] })
    const work = admin.createIdentityProvider({ body: { name: 'x', ...foreign } })
    expect(await violations(work)).toEqual(['rules[0].role role'])
  })

  it('of another account is unknown', async () => {
    await admin.createIdentityProvider({ body: { name: 'mine', ...members() } })
    for (const identityProvider of ['mine', 'nobodys'])
      await expect(stranger.describeIdentityProvider({ params: { identityProvider } })).rejects.toThrow(
        'There is no such identity provider',
      )
    await admin.deleteIdentityProvider({ params: { identityProvider: 'mine' } })
  })
})

describe('a certificate mapping', () => {
  const mapping = (more: object = {}) => ({
    body: { authority: 'issuing', kind: 'dns' as const, value: '*.svc.example.com', role, ...more },
  })
  it('is made, described, listed and deleted', async () => {
    const made = await admin.createCertificateMapping(mapping())
    const params = { certificateMapping: made.id }
    expect(await admin.describeCertificateMapping({ params })).toEqual(made)
    expect((await admin.listCertificateMappings()).items).toEqual([made])
    await expect(admin.createCertificateMapping(mapping())).rejects.toMatchObject({ status: 409 })
    await expect(stranger.deleteCertificateMapping({ params })).rejects.toMatchObject({ status: 404 })
    await admin.deleteCertificateMapping({ params })
    await expect(admin.deleteCertificateMapping({ params })).rejects.toMatchObject({ status: 404 })
  })
  it.each([
    [{ value: '*' }, ['value mapping']],
    [{ value: '*.*' }, ['value mapping']],
    [{ value: 'a*.example.com' }, ['value mapping']],
    [{ value: 'WWW.example.com' }, ['value mapping']],
    [{ kind: 'spiffe', value: 'spiffe://example.com/*' }, ['value mapping']],
    [{ kind: 'spiffe', value: 'https://example.com/' }, ['value mapping']],
    [{ kind: 'spiffe', value: 'spiffe://example.com/a/../b' }, ['value mapping']],
    [{ kind: 'commonName', value: 'a..b' }, ['value mapping']],
  ])('with %j is refused: %j', async (more, expected) => {
    expect(await violations(admin.createCertificateMapping(mapping(more)))).toEqual(expected)
  })
  it('takes rights on both, authority and role', async () => {
    await expect(issuing.createCertificateMapping(mapping())).rejects.toMatchObject({ status: 403 })
    const foreign = admin.createCertificateMapping(mapping({ role: `arn:aws:iam::${OTHER}:role/x` }))
    expect(await violations(foreign)).toEqual(['role role'])
    expect(await violations(stranger.createCertificateMapping(mapping()))).toEqual(['role role'])
  })
})
