import { createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorize } from '../../src/core/domain/access.ts'
import { arns } from '../../src/core/domain/arns.ts'
import type { AccessKeyId, AccountId, Region } from '../../src/core/domain/ids.ts'
import { accessKeyPrincipal, rolePrincipal } from '../../src/core/operations/access/principals.ts'
import { deleteUser } from '../../src/core/operations/access/users.ts'
import { bootstrapFrom } from '../../src/main/bootstrap-file.ts'
import { aPrincipal, testPorts, type TestPorts } from '../support/test-ports.ts'

const ACCOUNT = '111122223333' as AccountId
const KEY = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const allow = (action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
})
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }],
}
const FILE = {
  accounts: [
    {
      id: ACCOUNT,
      name: 'payments',
      policies: [
        { name: 'issue', document: allow('acm:*') },
        { name: 'bound', document: JSON.stringify(allow('acm:*')) },
      ],
      groups: [{ name: 'ops', policies: ['issue'] }],
      roles: [{ name: 'deploy', trust, policies: ['IssuerAccess'], boundary: 'bound', tags: { a: 'b' } }],
      users: [
        { name: 'alice', groups: ['ops'], accessKeys: [KEY] },
        { name: 'boss', policies: ['AdministratorAccess'] },
      ],
    },
    { id: '222222222222', name: 'other' },
  ],
  organization: { managementAccount: ACCOUNT, accounts: ['222222222222'] },
}
const CALL = {
  region: 'us-east-1' as Region,
  requestId: 'r',
  sourceAddress: '192.0.2.1',
  userAgent: undefined,
  listener: 'api',
  secure: true,
}

let given: TestPorts
let directory: string
beforeEach(async () => {
  given = await testPorts({ authorities: false })
  directory = mkdtempSync(join(tmpdir(), 'chancery-bootstrap-'))
})
afterEach(async () => {
  rmSync(directory, { recursive: true })
  await given[Symbol.asyncDispose]()
})

function fileOf(content: unknown, mode = 0o600): string {
  const path = join(directory, 'bootstrap.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  chmodSync(path, mode)
  return path
}
const apply = (content: unknown, mode?: number) => bootstrapFrom(given.ports, fileOf(content, mode))

describe('a bootstrap file', () => {
  test('makes accounts, who is in them, their keys, and the organization', async () => {
    await apply(FILE)
    const { ports } = given
    const key = await ports.store.reads.accessKeys.get(KEY.id as AccessKeyId)
    if (key === undefined) throw new Error('there is no key')
    const alice = await accessKeyPrincipal(ports, key, CALL)
    authorize(alice, 'acm:RequestCertificate', arns.allManaged(alice))
    expect(alice.facts['aws:principalorgid']).toMatch(/^o-/)
    const use = { caller: 'test', service: 'sts.amazonaws.com' as const }
    const date = await ports.vault.mac(key.sealedSecret, Buffer.from('20300615'), use)
    const expected = createHmac('sha256', `AWS4${KEY.secret}`).update('20300615').digest()
    expect(Buffer.from(date)).toEqual(expected)
    const inRole = await rolePrincipal(ports, arns.role(ACCOUNT, 'deploy'), 'build-7', CALL)
    authorize(inRole, 'acm:RequestCertificate', arns.allManaged(inRole))
    expect(() => authorize(inRole, 'acm-pca:IssueCertificate', arns.authorities(inRole))).toThrow()
    expect(given.log.map(({ message }) => message)).toContain('the bootstrap file was applied')
  })

  test('is applied once: what was taken away later doesn’t come back, also by another file', async () => {
    await apply(FILE)
    const administrator = aPrincipal({ account: ACCOUNT, role: 'administrator' })
    await deleteUser(given.ports, administrator, 'alice')
    await apply(FILE)
    await apply({ ...FILE, organization: undefined })
    expect(await given.ports.store.reads.users.get(ACCOUNT, 'alice')).toBeUndefined()
    expect(given.log.at(-1)?.message).toContain('another one than was applied')
  })

  test.each([
    ['no JSON', `{ "secret": ${KEY.secret}`, 'is no JSON'],
    ['nothing', {}, 'accounts: '],
    ['an unknown member', { ...FILE, extra: 1 }, 'extra'],
    ['an account of other digits', { accounts: [{ id: '1', name: 'x' }] }, 'accounts[0].id: '],
    ['the installation’s account', { accounts: [{ id: '000000000000', name: 'x' }] }, 'accounts[0].id: '],
    [
      'a short secret',
      {
        accounts: [{ id: ACCOUNT, name: 'x', users: [{ name: 'a', accessKeys: [{ ...KEY, secret: 'x' }] }] }],
      },
      'accounts[0].users[0].accessKeys[0].secret: ',
    ],
    [
      'a policy that can’t be understood',
      { accounts: [{ id: ACCOUNT, name: 'x', policies: [{ name: 'p', document: '{}' }] }] },
      'accounts[0].policies[0].document',
    ],
    [
      'a policy that there isn’t',
      { accounts: [{ id: ACCOUNT, name: 'x', users: [{ name: 'a', policies: ['none'] }] }] },
      'accounts[0].users[0].policies: none is no policy',
    ],
    [
      'a boundary that there isn’t',
      { accounts: [{ id: ACCOUNT, name: 'x', roles: [{ name: 'r', trust, boundary: 'none' }] }] },
      'accounts[0].roles[0].boundary: none is no policy',
    ],
    [
      'a group that there isn’t',
      { accounts: [{ id: ACCOUNT, name: 'x', users: [{ name: 'a', groups: ['none'] }] }] },
      'accounts[0].users[0].groups: none is no group',
    ],
    [
      'a name twice',
      { accounts: [{ id: ACCOUNT, name: 'x', users: [{ name: 'a' }, { name: 'a' }] }] },
      'users.add (exists)',
    ],
  ])('with %s is refused whole, by name', async (_, content, says) => {
    const error = await apply(content).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    )
    expect(error?.message).toContain('CHANCERY_BOOTSTRAP_FILE')
    expect(error?.message).toContain(says)
    expect(error?.message).not.toContain(KEY.secret)
    expect(await given.ports.store.reads.accounts.get(ACCOUNT)).toBeUndefined()
    await apply(FILE)
  })

  test('that others can read is refused', async () => {
    await expect(apply(FILE, 0o644)).rejects.toThrow('chmod 600')
  })
})
