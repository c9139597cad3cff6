import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthorizer } from '../../../../src/adapters/authentication/authorizer.ts'
import { authorize } from '../../../../src/core/domain/access.ts'
import { arns } from '../../../../src/core/domain/arns.ts'
import { authenticateForeign } from '../../../../src/core/operations/access/authenticate-foreign.ts'
import type { Authorizer } from '../../../../src/core/ports/authorizer.ts'
import { addRole } from '../../../support/identities.ts'
import { testPorts, type TestPorts } from '../../../support/test-ports.ts'
import { expectRefusal } from '../refusals.ts'
import { aCall } from './calls.ts'

const SECRET = Buffer.alloc(32, 7)
let given: TestPorts
let server: Server
let authorizer: Authorizer
let asked: { headers: NodeJS.Dict<string | string[]>; body: string }[] = []
let answer: { status: number; body: unknown; location?: string; slow?: boolean }

beforeAll(async () => {
  given = await testPorts({ authorities: false })
  await addRole(given.ports, given.admin.account, 'guest')
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    request.on('end', () => {
      asked.push({ headers: request.headers, body })
      if (answer.slow === true) return
      const { status, location, body: said } = answer
      response.writeHead(status, location === undefined ? {} : { location })
      response.end(typeof said === 'string' ? said : JSON.stringify(said))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await given[Symbol.asyncDispose]()
})
beforeEach(() => {
  asked = []
  // A new one remembers nothing.
  authorizer = anAuthorizer(20_000)
})
const anAuthorizer = (timeoutMs: number) =>
  createAuthorizer({
    ...{ secret: SECRET, headers: ['x-api-key'], version: '0', clock: given.clock, ca: undefined, timeoutMs },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/who`,
  })

const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'acm-pca:ListCertificateAuthorities', Resource: '*' }],
}
const known = (more: object = {}) => ({
  status: 200,
  body: { principal: 'jane', account: given.admin.account, policy, ttlSeconds: 60, ...more },
})
const ask = (key = 'k1') =>
  authenticateForeign(
    given.ports,
    authorizer,
    { method: 'GET', path: '/v1/authorities', headers: { 'x-api-key': key } },
    aCall(),
  )

describe('the authorizer', () => {
  it('gives a principal with a policy of its own, and no more', async () => {
    answer = known()
    const principal = await ask()
    expect(principal).toMatchObject({
      id: 'federated/jane',
      kind: 'federated',
      account: given.admin.account,
      arn: `arn:aws:sts::${given.admin.account}:federated-user/jane`,
      installation: false,
    })
    authorize(principal, 'acm-pca:ListCertificateAuthorities', arns.authorities(principal))
    expect(() => authorize(principal, 'chancery:CreateToken', arns.tokens(principal.account))).toThrow(
      'may not',
    )
  })

  it('gives a role', async () => {
    const role = arns.role(given.admin.account, 'guest')
    answer = known({ policy: undefined, role })
    expect(await ask()).toMatchObject({ id: 'role/guest/jane', kind: 'role' })
  })

  it('is shown the headers that are configured, in a message that is signed', async () => {
    answer = known()
    await ask('secret-key')
    const { headers, body } = asked[0] as (typeof asked)[0]
    expect(JSON.parse(body)).toEqual({
      ...{ requestId: 'request-1', method: 'GET', path: '/v1/authorities', listener: 'api' },
      ...{ headers: { 'x-api-key': 'secret-key' }, sourceAddress: '192.0.2.1', region: 'us-east-1' },
    })
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
    const mac = createHmac('sha256', SECRET).update(signed).digest()
    const claimed = Buffer.from(String(headers['webhook-signature']).slice(3), 'base64')
    expect(timingSafeEqual(mac, claimed)).toBe(true)
    expect(JSON.stringify(given.log)).not.toContain('secret-key')
  })

  it('is asked once for as long as it says, and for each other key', async () => {
    answer = known()
    await Promise.all([ask(), ask()])
    await ask()
    expect(asked).toHaveLength(1)
    await ask('k2')
    expect(asked).toHaveLength(2)
    given.clock.advance(60_001)
    await ask()
    expect(asked).toHaveLength(3)
  })

  it('is asked each time when it says so', async () => {
    answer = known({ ttlSeconds: 0 })
    await ask()
    await ask()
    expect(asked).toHaveLength(2)
  })

  it('refuses, which is remembered for some seconds', async () => {
    answer = { status: 403, body: '' }
    await expectRefusal(ask(), 'unauthenticated')
    await expectRefusal(ask(), 'unauthenticated')
    expect(asked).toHaveLength(1)
    given.clock.advance(10_001)
    answer = known()
    await ask()
  })
})

describe('attack: an authorizer that can’t be asked or understood lets nobody in', () => {
  it.each<readonly [string, () => typeof answer]>([
    ['an error', () => ({ status: 500, body: known().body })],
    ['nothing in time', () => ({ ...known(), slow: true })],
    ['a redirect', () => ({ ...known(), status: 302, location: 'http://169.254.169.254/' })],
    ['no JSON', () => ({ status: 200, body: 'yes' })],
    ['an empty object', () => ({ status: 200, body: {} })],
    ['true', () => ({ status: 200, body: true })],
    ['a member that isn’t known', () => known({ installation: true })],
    ['neither role nor policy', () => known({ policy: undefined })],
    ['both', () => known({ role: 'arn:aws:iam::111122223333:role/guest' })],
    ['a policy that can’t be understood', () => known({ policy: { Statement: [{ Effect: 'Permit' }] } })],
    [
      'a condition that isn’t known',
      () =>
        known({
          policy: {
            ...policy,
            Statement: [{ ...policy.Statement[0], Condition: { StringSounds: { 'aws:username': 'x' } } }],
          },
        }),
    ],
    ['an account that isn’t there', () => known({ account: '999999999999' })],
    ['the installation’s own account', () => known({ account: '000000000000' })],
    [
      'a role of another account',
      () => known({ policy: undefined, role: arns.role('999999999999' as never, 'x') }),
    ],
    ['a lifetime beyond an hour', () => known({ ttlSeconds: 3601 })],
    ['too much', () => known({ principal: 'x'.repeat(70_000) })],
  ])('%s', async (_, give) => {
    answer = give()
    if (answer.slow === true) authorizer = anAuthorizer(300)
    await expectRefusal(ask(), 'unavailable')
  })

  it('a host that is down', async () => {
    authorizer = createAuthorizer({
      ...{ url: 'http://127.0.0.1:9/', secret: SECRET, headers: ['x-api-key'], version: '0' },
      ...{ clock: given.clock, ca: undefined },
    })
    await expectRefusal(ask(), 'unavailable')
  })

  it('a metadata service in its place', async () => {
    authorizer = createAuthorizer({
      ...{ url: 'http://169.254.169.254/latest', secret: SECRET, headers: ['x-api-key'], version: '0' },
      ...{ clock: given.clock, ca: undefined },
    })
    await expectRefusal(ask(), 'unavailable')
    expect(given.log.at(-1)?.fields['reason']).toContain('forbidden')
  })
})
