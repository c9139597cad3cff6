import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { arns, type Arn } from '../../../../src/core/domain/arns.ts'
import { wantedRoleFrom } from '../../../../src/core/domain/chosen-role.ts'
import type { IdentityProvider, KeySource } from '../../../../src/core/domain/identity-providers.ts'
import type { AccountId } from '../../../../src/core/domain/ids.ts'
import { authenticateBearer } from '../../../../src/core/operations/access/authenticate-bearer.ts'
import type { KeySetAnswer } from '../../../../src/core/ports/key-sets.ts'
import { addAccount, addRole } from '../../../support/identities.ts'
import { testPorts, type TestPorts } from '../../../support/test-ports.ts'
import { expectRefusal } from '../refusals.ts'
import { aCall } from './calls.ts'
import { TestIssuer } from './issuer.ts'

const OTHER = '444455556666' as AccountId
const KEYS = 'https://idp.example.com/keys'
const MINUTE = 60_000

let given: TestPorts
let account: AccountId
let issuer: TestIssuer
let role: Arn
let answer: () => Promise<KeySetAnswer>
let fetches = 0
beforeAll(async () => {
  given = await testPorts({
    authorities: false,
    keySets: {
      refusal: () => undefined,
      fetch: async () => {
        fetches++
        return answer()
      },
    },
  })
  account = given.admin.account
  role = await addRole(given.ports, account, 'ci')
  await addRole(given.ports, account, 'release')
  await addAccount(given.ports, OTHER)
  await addRole(given.ports, OTHER, 'ci')
})
afterAll(() => given[Symbol.asyncDispose]())

const standing: IdentityProvider[] = []
async function trust(more: Partial<IdentityProvider> = {}): Promise<IdentityProvider> {
  const provider: IdentityProvider = {
    account,
    name: 'idp',
    issuer: issuer.url,
    audiences: [`chancery:${account}`],
    algorithms: ['ES256'],
    keys: { set: issuer.keySet() },
    rules: [{ claims: { sub: 'repo:org/*' }, role }],
    ...{ revision: 1, createdAt: 0, updatedAt: 0 },
    ...more,
  }
  await given.ports.store.transact((writes) => [writes.identityProviders.add(provider, 10)])
  standing.push(provider)
  return provider
}
beforeEach(async () => {
  // Each its own, so that no test sees what another one has had fetched.
  issuer = new TestIssuer(`https://idp.example.com/${Math.random()}`)
  answer = async () => ({ text: issuer.keySet() })
  fetches = 0
  given.clock.advance(2 * MINUTE)
  await given.ports.store.transact((writes) =>
    standing.splice(0).map((provider) => writes.identityProviders.remove(provider)),
  )
})

const token = (claims: object = {}, header: object = {}) =>
  issuer.token(given.clock.now(), { aud: `chancery:${account}`, sub: 'repo:org/app', ...claims }, header)
const authenticate = (bearer: string, wanted?: string) =>
  authenticateBearer(given.ports, bearer, aCall(), wanted === undefined ? undefined : wantedRoleFrom(wanted))
/** Why a token was refused, as the log has it; the caller is told the same in each case. */
async function reason(bearer: string, wanted?: string): Promise<unknown> {
  given.log.length = 0
  const error = await expectRefusal(authenticate(bearer, wanted), 'unauthenticated')
  expect(error.message).toContain('is not accepted')
  expect(JSON.stringify(given.log)).not.toContain(bearer)
  return given.log.at(-1)?.fields['reason']
}

describe('a token of an identity provider', () => {
  it('acts in the role that its claims are mapped to', async () => {
    await trust()
    const principal = await authenticate(await token({ ref: 'refs/heads/main' }))
    expect(principal).toMatchObject({
      kind: 'role',
      account,
      id: expect.stringMatching(/^role\/ci\/repo-org-app-/),
    })
    const host = issuer.url.replace('https://', '')
    expect(principal?.facts).toMatchObject({
      'chancery:credentialtype': 'jwt',
      'aws:federatedprovider': issuer.url,
      'aws:principalarn': role,
      [`${host}:sub`]: 'repo:org/app',
      [`${host}:ref`]: 'refs/heads/main',
    })
  })

  it('says nothing about the call or the account, whatever its issuer is called', async () => {
    issuer = new TestIssuer('https://aws')
    await trust()
    const bearer = await token({ sourceip: '10.0.0.1', principalorgid: 'o-another', securetransport: 'true' })
    const call = aCall({ secure: false })
    const facts = (await authenticateBearer(given.ports, bearer, call))?.facts
    expect(facts).toMatchObject({ 'aws:sourceip': '192.0.2.1', 'aws:securetransport': 'false' })
    expect(facts).not.toHaveProperty('aws:principalorgid')
  })

  it('says which role when there are several, and takes no other', async () => {
    const release = arns.role(account, 'release')
    await trust({
      rules: [
        { claims: { sub: 'repo:org/*' }, role },
        { claims: { sub: 'repo:org/app' }, role: release },
      ],
    })
    expect(await reason(await token())).toContain('several roles')
    expect((await authenticate(await token(), release))?.id).toMatch(/^role\/release\//)
    expect(await reason(await token(), arns.role(account, 'admin'))).toContain('not mapped to that role')
  })

  it('acts in no role when no rule has its claims', async () => {
    await trust()
    expect(await reason(await token({ sub: 'repo:other/app' }))).toContain('mapped to no role')
  })

  it('is for an account that its audience names, or the role that is wanted', async () => {
    await trust({ audiences: ['shared'] })
    expect(await authenticate(await token({ aud: 'shared' }))).toBeUndefined()
    expect((await authenticate(await token({ aud: 'shared' }), role))?.account).toBe(account)
  })
})

describe('attack: a token that isn’t right', () => {
  it.each<readonly [string, object, string]>([
    ['of a wrong audience', { aud: ['chancery:999999999999', 'x'] }, 'audience'],
    ['that has expired', { exp: 1 }, 'expired'],
    ['without an end', { exp: undefined }, 'expired'],
    ['that begins later', { nbf: 4_102_444_800 }, 'not good yet'],
    ['without a subject', { sub: undefined }, 'no subject'],
  ])('%s', async (_, claims, expected) => {
    await trust()
    expect(await reason(await token(claims), role)).toContain(expected)
  })

  it('of an algorithm that isn’t pinned', async () => {
    await trust({ algorithms: ['RS256'] })
    expect(await reason(await token())).toBe('its signature')
  })

  it('alg none, and HMAC with the public key', async () => {
    await trust({ algorithms: ['ES256', 'RS256'] })
    const [, body = ''] = (await token()).split('.')
    const head = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString('base64url')
    expect(await reason(`${head('none')}.${body}.AAAA`)).toBe('its signature')
    const pem = issuer.publicKey.export({ format: 'pem', type: 'spki' })
    for (const secret of [pem, issuer.publicKey.export({ format: 'der', type: 'spki' })]) {
      const mac = createHmac('sha256', secret)
        .update(`${head('HS256')}.${body}`)
        .digest('base64url')
      expect(await reason(`${head('HS256')}.${body}.${mac}`)).toBe('its signature')
    }
  })

  it('signed by somebody else under the same key id', async () => {
    await trust()
    const impostor = new TestIssuer(issuer.url)
    const { keys } = JSON.parse(issuer.keySet()) as { keys: { kid: string }[] }
    const forged = await impostor.token(
      given.clock.now(),
      { aud: `chancery:${account}`, sub: 'repo:org/app' },
      { kid: keys[0]?.kid },
    )
    expect(await reason(forged)).toBe('its signature')
  })
})

describe('attack: a confused deputy between accounts', () => {
  it('a token for one account is none for another that trusts the same issuer', async () => {
    await trust()
    await trust({
      account: OTHER,
      audiences: [`chancery:${OTHER}`],
      rules: [{ claims: { sub: '**' }, role: arns.role(OTHER, 'ci') }],
    })
    expect((await authenticate(await token()))?.account).toBe(account)
    expect(await reason(await token(), arns.role(OTHER, 'ci'))).toContain('audience')
    expect((await authenticate(await token({ aud: `chancery:${OTHER}` })))?.account).toBe(OTHER)
  })

  it('another account that trusts the same issuer changes nothing for those who name none', async () => {
    await trust()
    const before = await authenticate(await token())
    await trust({ account: OTHER, rules: [{ claims: { sub: '**' }, role: arns.role(OTHER, 'ci') }] })
    expect((await authenticate(await token()))?.account).toBe(before?.account)
  })

  it('a token that names two accounts is nobody’s', async () => {
    await trust()
    const both = await token({ aud: [`chancery:${account}`, `chancery:${OTHER}`] })
    expect(await authenticate(both)).toBeUndefined()
  })

  it('a rule never leads to a role of another account', async () => {
    await trust({ rules: [{ claims: { sub: '**' }, role: arns.role(OTHER, 'ci') }] })
    expect(await reason(await token())).toContain('mapped to no role')
  })
})

describe('keys at a URL', () => {
  const url: KeySource = { url: '' }
  const trustUrl = (path = String(Math.random())) => trust({ keys: { ...url, url: `${KEYS}/${path}` } })

  it('are fetched once for many tokens, and again when they are old', async () => {
    await trustUrl()
    for (let round = 0; round < 5; round++) await authenticate(await token())
    expect(fetches).toBe(1)
    given.clock.advance(10 * MINUTE)
    await authenticate(await token())
    expect(fetches).toBe(2)
  })

  it('are fetched once for tokens that come together', async () => {
    await trustUrl()
    const tokens = await Promise.all([token(), token(), token()])
    await Promise.all(tokens.map((each) => authenticate(each)))
    expect(fetches).toBe(1)
  })

  it('are fetched again for a new key, and a key that is gone counts no more', async () => {
    await trustUrl()
    const old = await token()
    await authenticate(old)
    issuer.rotate()
    given.clock.advance(30_000)
    await authenticate(await token())
    expect(fetches).toBe(2)
    expect(await reason(old)).toBe('its signature')
  })

  it('attack: unknown key ids don’t make us knock at the issuer’s door more than twice a minute', async () => {
    await trustUrl()
    await authenticate(await token())
    for (let round = 0; round < 50; round++)
      expect(await reason(await token({}, { kid: `made up ${round}` }))).toBe('its signature')
    expect(fetches).toBe(1)
    given.clock.advance(30_000)
    for (let round = 0; round < 50; round++) await reason(await token({}, { kid: `made up ${round}` }))
    expect(fetches).toBe(2)
  })

  it('attack: the host of the keys is down: known keys go on for an hour, then nothing is believed', async () => {
    await trustUrl()
    await authenticate(await token())
    answer = async () => ({ failure: 'unreachable: no connection' })
    given.clock.advance(30 * MINUTE)
    await authenticate(await token())
    given.clock.advance(30 * MINUTE)
    const error = await expectRefusal(authenticate(await token()), 'unavailable')
    expect(error.retryAfterSeconds).toBe(30)
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('unreachable')
    answer = async () => ({ text: issuer.keySet() })
    given.clock.advance(30_000)
    await authenticate(await token())
  })

  it('attack: the host answers with something else', async () => {
    await trustUrl()
    for (const text of ['', '<html>', '{}', '{"keys":[{"kty":"oct","k":"AAAA"}]}']) {
      answer = async () => ({ text })
      given.clock.advance(30_000)
      const refused = await authenticate(await token()).catch((error: unknown) => error)
      expect(refused).toHaveProperty('code', text.includes('oct') ? 'unauthenticated' : 'unavailable')
    }
  })
})
