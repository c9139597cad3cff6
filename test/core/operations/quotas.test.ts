import { describe, expect, test } from 'vitest'
import { createAccessKey } from '../../../src/core/operations/access/access-keys.ts'
import { assumeRole } from '../../../src/core/operations/access/assume-role.ts'
import { createGroup } from '../../../src/core/operations/access/groups.ts'
import { createPolicy } from '../../../src/core/operations/access/policies.ts'
import { createRole } from '../../../src/core/operations/access/roles.ts'
import { createUser } from '../../../src/core/operations/access/users.ts'
import { createToken, revokeToken } from '../../../src/core/operations/access/tokens.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import { createPendingAuthority } from '../../../src/core/operations/authorities/create-pending-authority.ts'
import { issueCertificate } from '../../../src/core/operations/certificates/issue-certificate.ts'
import { requestManaged } from '../../../src/core/operations/managed/request-managed.ts'
import type { Principal } from '../../../src/core/domain/access.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import type { Quota, Quotas } from '../../../src/core/domain/quotas.ts'
import { MINUTE } from '../../../src/core/domain/time.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { testPorts } from '../../support/test-ports.ts'
import { aPrincipal } from './ports.ts'

const withQuotas = (quotas: Quotas) => testPorts({ settings: { quotas } })
const A_SERVER = {
  key: { algorithm: 'EC_prime256v1' },
  names: { dns: ['a.example.com'] },
} as const
const MAY_READ = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'acm-pca:ListCertificateAuthorities', Resource: '*' },
})
const trusting = ({ account }: Principal): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
  })
const full = (quota: string, most: number) =>
  expect.objectContaining({ code: 'limit_exceeded', details: { quota, most } }) as Error

describe('a quota', () => {
  test('of authorities holds for an account and region, however one is made', async () => {
    // There are two to begin with.
    await using given = await withQuotas({ authorities: 3 })
    const { ports, admin } = given
    const root = (name: string) => ({ kind: 'root' as const, name, subject: { commonName: name } })
    await createAuthority(ports, admin, root('third'))
    await expect(createAuthority(ports, admin, root('fourth'))).rejects.toThrow(full('authorities', 3))
    await expect(createPendingAuthority(ports, admin, root('fourth'))).rejects.toThrow(full('authorities', 3))
    const elsewhere = { ...admin, region: 'eu-central-1' as typeof admin.region }
    await createAuthority(ports, elsewhere, root('first'))
  })

  test('of tokens counts those that live', async () => {
    await using given = await withQuotas({ tokens: 1 })
    const { ports, admin } = given
    const make = () => createToken(ports, admin, { name: 'cron', role: 'issuer' })
    const { token } = await make()
    await expect(make()).rejects.toThrow(full('tokens', 1))
    await revokeToken(ports, admin, { id: token.id })
    await make()
  })

  test('of certificates holds for each authority; what others issued is seen within a minute', async () => {
    await using given = await withQuotas({ certificates: 3 })
    const { ports, admin, clock } = given
    const issue = (on = ports) => issueCertificate(on, admin, A_SERVER)
    await issue()
    await issue()
    // Another server, which has counted nothing yet.
    await issue({ ...ports, store: { ...ports.store } })
    await issue()
    clock.set(clock.now() + MINUTE)
    await expect(issue()).rejects.toThrow(full('certificates', 3))
  })

  test('of managed certificates holds for an account and region', async () => {
    await using given = await withQuotas({ managedCertificates: 1 })
    const { ports, admin } = given
    const request = (domainName: string) => requestManaged(ports, admin, { domainName, authority: 'issuing' })
    await request('a.example.com')
    await expect(request('b.example.com')).rejects.toThrow(full('managedCertificates', 1))
  })

  test.each([
    ['users', (ports, admin, name) => createUser(ports, admin, { name })],
    ['groups', (ports, admin, name) => createGroup(ports, admin, { name })],
    ['roles', (ports, admin, name) => createRole(ports, admin, { name, trust: trusting(admin) })],
    ['policies', (ports, admin, name) => createPolicy(ports, admin, { name, document: MAY_READ })],
    [
      'accessKeys',
      async (ports, admin, name) => {
        await createUser(ports, admin, { name })
        await createAccessKey(ports, admin, name)
      },
    ],
  ] as readonly (readonly [Quota, (ports: Ports, admin: Principal, name: string) => Promise<unknown>])[])(
    'of %s holds for an account',
    async (quota, make) => {
      await using given = await withQuotas({ [quota]: 2 })
      const { ports, admin } = given
      await make(ports, admin, 'one')
      await make(ports, admin, 'two')
      await expect(make(ports, admin, 'three')).rejects.toThrow(full(quota, 2))
      const other = aPrincipal({ account: '444455556666' as AccountId, role: 'administrator' })
      await make(ports, other, 'three')
    },
  )

  test('of sessions counts those that haven’t ended, in the account of the role', async () => {
    await using given = await withQuotas({ sessions: 1 })
    const { ports, admin, clock } = given
    await createRole(ports, admin, { name: 'deploy', trust: trusting(admin) })
    const begin = (session: string) => assumeRole(ports, admin, { role: 'deploy', session, seconds: 900 })
    await begin('first')
    await expect(begin('second')).rejects.toThrow(full('sessions', 1))
    clock.advance(900_000)
    await begin('second')
  })

  test('that isn’t set counts nothing', async () => {
    await using given = await withQuotas({})
    const { ports, admin } = given
    const never = () => Promise.reject(new Error('counted'))
    const reads = { ...ports.store.reads, quotas: { count: never, certificates: never } }
    await issueCertificate({ ...ports, store: { ...ports.store, reads } }, admin, A_SERVER)
  })
})
