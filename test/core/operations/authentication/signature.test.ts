import aws4 from 'aws4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountId } from '../../../../src/core/domain/ids.ts'
import { basicIso } from '../../../../src/core/domain/sigv4/claim.ts'
import type { WireRequest } from '../../../../src/core/domain/sigv4/signed-request.ts'
import { authenticateSignature } from '../../../../src/core/operations/access/authenticate-signature.ts'
import {
  addAccessKey,
  addAccount,
  addRole,
  addSessionKey,
  type TestKey,
} from '../../../support/identities.ts'
import { testPorts, type TestPorts } from '../../../support/test-ports.ts'
import { expectRefusal } from '../refusals.ts'
import { aCall } from './calls.ts'

const ACCOUNT = '111122223333' as AccountId
const OTHER = '444455556666' as AccountId
const SERVICES = ['chancery', 'acm', 'acm-pca']
const BODY = '{"name":"web"}'

let given: TestPorts
let alice: TestKey
beforeAll(async () => {
  given = await testPorts({ authorities: false, settings: { regions: undefined } })
  await addAccount(given.ports, ACCOUNT).catch(() => undefined)
  await addAccount(given.ports, OTHER)
  alice = await addAccessKey(given.ports, ACCOUNT, 'alice')
})
afterAll(() => given[Symbol.asyncDispose]())

type Signing = {
  readonly token?: string
  readonly region?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
function signedBy(key: TestKey, { token, region = 'eu-central-1', headers, body = BODY }: Signing = {}) {
  const signed = aws4.sign(
    {
      ...{
        method: 'POST',
        host: 'ca.example.com',
        path: '/v1/certificates',
        service: 'chancery',
        region,
        body,
      },
      headers: {
        'X-Amz-Date': basicIso(given.clock.now()),
        'Content-Type': 'application/json',
        ...headers,
      },
    },
    {
      accessKeyId: key.id,
      secretAccessKey: key.secret,
      ...(token === undefined ? {} : { sessionToken: token }),
    },
  )
  const rawHeaders = Object.entries(signed.headers ?? {}).flatMap(([name, value]) => [name, String(value)])
  return { method: 'POST', target: '/v1/certificates', rawHeaders }
}
const authenticate = (request: WireRequest, body = BODY, ports = given.ports) =>
  authenticateSignature(ports, request, SERVICES, async () => Buffer.from(body), aCall())

async function fault(request: WireRequest, body?: string): Promise<unknown> {
  return (await expectRefusal(authenticate(request, body), 'unauthenticated')).details['signature']
}

describe('a signed request', () => {
  it('is its user’s, in the region of its scope', async () => {
    const principal = await authenticate(signedBy(alice))
    expect(principal).toMatchObject({
      id: 'user/alice',
      kind: 'user',
      account: ACCOUNT,
      region: 'eu-central-1',
      credential: `access-key/${alice.id}`,
      installation: false,
    })
    expect(principal.facts).toMatchObject({
      'chancery:credentialtype': 'sigv4',
      'aws:principalarn': `arn:aws:iam::${ACCOUNT}:user/alice`,
      'aws:requestedregion': 'eu-central-1',
    })
  })

  it('is refused with the secret of another key', async () => {
    const bob = await addAccessKey(given.ports, ACCOUNT, 'bob')
    expect(await fault(signedBy({ ...bob, secret: alice.secret }))).toBe('mismatch')
    expect((await authenticate(signedBy(bob))).id).toBe('user/bob')
  })

  it('is refused with another body', async () => {
    expect(await fault(signedBy(alice), '{"name":"evil"}')).toBe('mismatch')
  })

  it('opens the secret once for many', async () => {
    given.unwraps.length = 0
    const carol = await addAccessKey(given.ports, ACCOUNT, 'carol')
    for (let round = 0; round < 3; round++) await authenticate(signedBy(carol))
    expect(given.unwraps).toHaveLength(1)
    expect(given.unwraps[0]).toMatchObject({
      context: { purpose: 'access-key' },
      use: { caller: `access-key/${carol.id}` },
    })
  })

  it('is refused from the moment that its key is disabled or gone', async () => {
    const dave = await addAccessKey(given.ports, ACCOUNT, 'dave')
    await authenticate(signedBy(dave))
    await given.ports.store.transact((writes) => [writes.accessKeys.setStatus(ACCOUNT, dave.id, 'INACTIVE')])
    expect(await fault(signedBy(dave))).toBe('key')
    await given.ports.store.transact((writes) => [writes.accessKeys.setStatus(ACCOUNT, dave.id, 'ACTIVE')])
    await authenticate(signedBy(dave))
    await given.ports.store.transact((writes) => [writes.accessKeys.remove(ACCOUNT, dave.id)])
    expect(await fault(signedBy(dave))).toBe('key')
  })

  it('is told the same about a key that nobody has as about one that is disabled', async () => {
    const erin = await addAccessKey(given.ports, ACCOUNT, 'erin')
    await given.ports.store.transact((writes) => [writes.accessKeys.setStatus(ACCOUNT, erin.id, 'INACTIVE')])
    const answers = new Set<string>()
    for (const id of [erin.id, 'AKIA7777777777777777', 'nokey'])
      answers.add(
        (await expectRefusal(authenticate(signedBy({ ...erin, id: id as never })), 'unauthenticated'))
          .message,
      )
    expect(answers.size).toBe(1)
  })

  it('reads no body before the key is known', async () => {
    const request = signedBy({ ...alice, id: 'AKIA7777777777777777' as never })
    let read = false
    const body = async () => {
      read = true
      return Buffer.from(BODY)
    }
    await expectRefusal(
      authenticateSignature(given.ports, request, SERVICES, body, aCall()),
      'unauthenticated',
    )
    expect(read).toBe(false)
  })

  it('never shows the secret, or what was signed, in its refusal', async () => {
    const error = await expectRefusal(authenticate(signedBy(alice), 'other'), 'unauthenticated')
    const text = JSON.stringify({ ...error, message: error.message, stack: error.stack })
    expect(text).not.toContain(alice.secret)
    expect(text).not.toContain('aws4_request')
    expect(JSON.stringify(given.log)).not.toContain(alice.secret)
  })

  it('is good for no region that the installation lacks, nor for one that its header contradicts', async () => {
    const ports = { ...given.ports, settings: { ...given.ports.settings, regions: ['us-east-1' as never] } }
    await expectRefusal(authenticate(signedBy(alice), BODY, ports), 'request_invalid')
    expect(await fault(signedBy(alice, { headers: { 'Chancery-Region': 'us-east-1' } }))).toBe('scope')
    expect(await fault(signedBy(alice, { region: 'nowhere' }))).toBe('scope')
    await authenticate(signedBy(alice, { headers: { 'Chancery-Region': 'eu-central-1' } }))
  })
})

describe('a session’s key', () => {
  it('acts in the role, with its token and until it ends', async () => {
    await addRole(given.ports, OTHER, 'deployer')
    const session = await addSessionKey(given.ports, OTHER, 'deployer', given.clock.now() + 3_600_000)
    const signed = () => signedBy(session, { token: session.token })
    expect(await authenticate(signed())).toMatchObject({
      id: 'role/deployer/deploy',
      kind: 'role',
      account: OTHER,
      arn: `arn:aws:sts::${OTHER}:assumed-role/deployer/deploy`,
    })
    expect(await fault(signedBy(session))).toBe('key')
    expect(await fault(signedBy(session, { token: 'another' }))).toBe('key')
    given.clock.advance(3_600_001)
    const ended = await expectRefusal(authenticate(signed()), 'unauthenticated')
    expect(ended.message).toContain('expired')
    given.clock.advance(-3_600_001)
  })

  it('doesn’t lend its token to a user’s key', async () => {
    expect(await fault(signedBy(alice, { token: 'whatever' }))).toBe('key')
  })
})
