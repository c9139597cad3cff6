import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../../src/core/domain/access.ts'
import type { Arn } from '../../../../src/core/domain/arns.ts'
import type { AccountId } from '../../../../src/core/domain/ids.ts'
import {
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  updateAccessKey,
} from '../../../../src/core/operations/access/access-keys.ts'
import { createAccount } from '../../../../src/core/operations/access/accounts.ts'
import { assumeRole } from '../../../../src/core/operations/access/assume-role.ts'
import {
  attachPolicy,
  detachPolicy,
  listAttachments,
} from '../../../../src/core/operations/access/attachments.ts'
import {
  createCertificateMapping,
  deleteCertificateMapping,
  describeCertificateMapping,
} from '../../../../src/core/operations/access/certificate-mappings.ts'
import {
  addGroupMember,
  createGroup,
  deleteGroup,
  describeGroup,
  listGroupMembers,
  removeGroupMember,
} from '../../../../src/core/operations/access/groups.ts'
import {
  createIdentityProvider,
  deleteIdentityProvider,
  describeIdentityProvider,
  replaceIdentityProvider,
} from '../../../../src/core/operations/access/identity-providers.ts'
import {
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  describePolicy,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from '../../../../src/core/operations/access/policies.ts'
import {
  createRole,
  deleteRole,
  describeRole,
  updateRole,
} from '../../../../src/core/operations/access/roles.ts'
import { simulateAccess } from '../../../../src/core/operations/access/simulate-access.ts'
import { createToken, revokeToken, rotateToken } from '../../../../src/core/operations/access/tokens.ts'
import {
  createUser,
  deleteUser,
  describeUser,
  updateUser,
} from '../../../../src/core/operations/access/users.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { aPrincipal, aRoot, aSubordinate, barePorts, type TestPorts } from '../ports.ts'
import { answerOf } from '../traced.ts'
import { allowing, trusting } from './identities.ts'

/** What an account has for its own access, each thing under a name that no other account has. */
type Ids = {
  readonly user: string
  readonly group: string
  readonly role: string
  readonly roleArn: string
  readonly policy: string
  readonly policyArn: string
  readonly provider: string
  readonly mapping: string
  readonly token: string
  readonly accessKey: string
  readonly account: string
}

const MINE = '111122223333' as AccountId
const THEIRS = '444455556666' as AccountId
const administrator = (account: AccountId): Principal =>
  aPrincipal({ account, role: 'administrator', id: `token/${account}` })

let given: TestPorts
let mine: Ids
let theirs: Ids
const caller = administrator(MINE)
const page = { limit: 10, after: undefined }
const mayRead = allowing('acm-pca:ListCertificateAuthorities')

async function furnished(account: AccountId, label: string): Promise<Ids> {
  const { ports } = given
  const admin = administrator(account)
  await aRoot({ ports, admin }, { name: `root-${label}` })
  const authority = await aSubordinate(
    { ports, admin },
    { name: `issuing-${label}`, parent: `root-${label}` },
  )
  const [user, group, role, policy, provider] = ['user', 'group', 'role', 'policy', 'provider'].map(
    (kind) => `${kind}-${label}`,
  ) as [string, string, string, string, string]
  await createUser(ports, admin, { name: user })
  await createGroup(ports, admin, { name: group })
  await addGroupMember(ports, admin, { group, user })
  await createRole(ports, admin, { name: role, trust: trusting(account) })
  await createPolicy(ports, admin, { name: policy, document: mayRead })
  await createPolicyVersion(ports, admin, policy, { document: mayRead })
  await attachPolicy(ports, admin, { policy, kind: 'user', name: user })
  const roleArn = `arn:aws:iam::${account}:role/${role}`
  await createIdentityProvider(ports, admin, { name: provider, ...members(roleArn, label) })
  const mapping = { authority: authority.id, kind: 'dns' as const, value: `${label}.test`, role: roleArn }
  return {
    ...{ user, group, role, roleArn, policy, provider, account },
    policyArn: `arn:aws:iam::${account}:policy/${policy}`,
    mapping: (await createCertificateMapping(ports, admin, mapping)).id,
    token: (await createToken(ports, admin, { name: label, role: 'issuer' })).token.id,
    accessKey: (await createAccessKey(ports, admin, user)).key.id,
  }
}
const members = (role: string, label = 'x') => ({
  issuer: `https://${label}.test`,
  jwksUrl: `https://${label}.test/keys`,
  rules: [{ claims: { sub: 'a' }, role: role as Arn }],
})

beforeAll(async () => {
  given = await barePorts()
  const installation = { ...caller, installation: true }
  for (const account of [MINE, THEIRS])
    await createAccount(given.ports, installation, { id: account, name: account })
  mine = await furnished(MINE, 'mine')
  theirs = await furnished(THEIRS, 'theirs')
})
afterAll(() => given[Symbol.asyncDispose]())

const changed = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')
/** Ids of the same forms that are nobody's. */
const unknown = (): Ids => ({
  ...(Object.fromEntries(Object.entries(theirs).map(([kind, id]) => [kind, changed(id)])) as Ids),
  account: '999999999999',
})

type Call = (ports: Ports, ids: Ids) => Promise<unknown>

/** These can be asked for what is the caller's own, too. */
const READING: Readonly<Record<string, Call>> = {
  describeUser: (ports, { user }) => describeUser(ports, caller, user),
  listAccessKeys: (ports, { user }) => listAccessKeys(ports, caller, user),
  describeGroup: (ports, { group }) => describeGroup(ports, caller, group),
  listGroupMembers: (ports, { group }) => listGroupMembers(ports, caller, group, page),
  describeRole: (ports, { role }) => describeRole(ports, caller, role),
  describePolicy: (ports, { policy }) => describePolicy(ports, caller, policy),
  'describePolicy by its ARN': (ports, { policyArn }) => describePolicy(ports, caller, policyArn),
  listPolicyVersions: (ports, { policy }) => listPolicyVersions(ports, caller, policy),
  listAttachments: (ports, { policy }) => listAttachments(ports, caller, policy, page),
  'listAttachments by ARN': (ports, { policyArn }) => listAttachments(ports, caller, policyArn, page),
  describeIdentityProvider: (ports, { provider }) => describeIdentityProvider(ports, caller, provider),
  describeCertificateMapping: (ports, { mapping }) => describeCertificateMapping(ports, caller, mapping),
  'simulateAccess of a user': (ports, { user, account }) =>
    simulated(ports, `arn:aws:iam::${account}:user/${user}`),
  'simulateAccess of a role': (ports, { roleArn }) => simulated(ports, roleArn),
}
const simulated = (ports: Ports, principal: string) =>
  simulateAccess(ports, caller, {
    principal,
    actions: ['acm-pca:IssueCertificate'],
    resources: [`arn:aws:acm-pca:us-east-1:${MINE}:certificate-authority/x`],
  })

const CHANGING: Readonly<Record<string, Call>> = {
  updateUser: (ports, { user }) => updateUser(ports, caller, user, { tags: { a: 'b' } }),
  'updateUser with a boundary': (ports, { policyArn }) =>
    updateUser(ports, caller, mine.user, { boundary: policyArn }),
  'createUser with a boundary': (ports, { policy }) =>
    createUser(ports, caller, { name: 'new', boundary: policy }),
  'createRole with a boundary': (ports, { policy }) =>
    createRole(ports, caller, { name: 'new', trust: trusting(MINE), boundary: policy }),
  deleteUser: (ports, { user }) => deleteUser(ports, caller, user),
  createAccessKey: (ports, { user }) => createAccessKey(ports, caller, user),
  updateAccessKey: (ports, { user, accessKey }) =>
    updateAccessKey(ports, caller, { user, id: accessKey }, 'INACTIVE'),
  'updateAccessKey of one’s own user': (ports, { accessKey }) =>
    updateAccessKey(ports, caller, { user: mine.user, id: accessKey }, 'INACTIVE'),
  'deleteAccessKey of one’s own user': (ports, { accessKey }) =>
    deleteAccessKey(ports, caller, { user: mine.user, id: accessKey }),
  addGroupMember: (ports, { user }) => addGroupMember(ports, caller, { group: mine.group, user }),
  'addGroupMember to a group': (ports, { group }) =>
    addGroupMember(ports, caller, { group, user: mine.user }),
  removeGroupMember: (ports, { group, user }) => removeGroupMember(ports, caller, { group, user }),
  deleteGroup: (ports, { group }) => deleteGroup(ports, caller, group),
  updateRole: (ports, { role }) => updateRole(ports, caller, role, { description: 'x' }),
  deleteRole: (ports, { role }) => deleteRole(ports, caller, role),
  assumeRole: (ports, { roleArn }) => assumeRole(ports, caller, { role: roleArn, session: 'session' }),
  createPolicyVersion: (ports, { policy }) =>
    createPolicyVersion(ports, caller, policy, { document: mayRead }),
  setDefaultPolicyVersion: (ports, { policy }) => setDefaultPolicyVersion(ports, caller, policy, 1),
  deletePolicyVersion: (ports, { policy }) => deletePolicyVersion(ports, caller, policy, 1),
  deletePolicy: (ports, { policy }) => deletePolicy(ports, caller, policy),
  attachPolicy: (ports, { policy }) => attachPolicy(ports, caller, { policy, kind: 'user', name: mine.user }),
  'attachPolicy by its ARN': (ports, { policyArn }) =>
    attachPolicy(ports, caller, { policy: policyArn, kind: 'user', name: mine.user }),
  'attachPolicy to a user': (ports, { user: name }) =>
    attachPolicy(ports, caller, { policy: mine.policy, kind: 'user', name }),
  'attachPolicy to a group': (ports, { group: name }) =>
    attachPolicy(ports, caller, { policy: mine.policy, kind: 'group', name }),
  'detachPolicy of a role': (ports, { role: name }) =>
    detachPolicy(ports, caller, { policy: mine.policy, kind: 'role', name }),
  'createToken for a user': (ports, { user }) => createToken(ports, caller, { name: 'x', user }),
  'createToken in a role': (ports, { role }) =>
    createToken(ports, caller, { name: 'x', assumes: { role, session: 'session' } }),
  rotateToken: (ports, { token: id }) => rotateToken(ports, caller, { id }),
  'rotateToken of an account': (ports, { token: id, account }) => rotateToken(ports, caller, { id, account }),
  revokeToken: (ports, { token: id }) => revokeToken(ports, caller, { id }),
  replaceIdentityProvider: (ports, { provider: name }) =>
    replaceIdentityProvider(ports, caller, { name, ...members(mine.roleArn) }),
  'replaceIdentityProvider with a role': (ports, { roleArn }) =>
    replaceIdentityProvider(ports, caller, { name: mine.provider, ...members(roleArn) }),
  deleteIdentityProvider: (ports, { provider }) => deleteIdentityProvider(ports, caller, provider),
  'createCertificateMapping to a role': (ports, { roleArn }) =>
    createCertificateMapping(ports, caller, {
      ...{ authority: 'issuing-mine', kind: 'dns', value: 'x.test', role: roleArn },
    }),
  deleteCertificateMapping: (ports, { mapping }) => deleteCertificateMapping(ports, caller, mapping),
}

const answerTo = (call: Call, ids: Ids) => answerOf(given.ports, ids, (ports) => call(ports, ids))
const REFUSED = /"(not_found|forbidden|request_invalid)"/

describe('what another account has for its access', () => {
  test.each(Object.entries({ ...READING, ...CHANGING }))(
    '%s: the same answer as for nothing, by the same statements',
    async (_, call) => {
      const known = await answerTo(call, theirs)
      expect(JSON.stringify(known.outcome)).toMatch(REFUSED)
      expect(known).toEqual(await answerTo(call, unknown()))
    },
  )

  test.each(Object.entries(READING))(
    '%s finds the caller’s own: the trace has something to show',
    async (_, call) => {
      const { outcome, statements } = await answerTo(call, mine)
      expect(JSON.stringify(outcome)).not.toMatch(REFUSED)
      expect(statements).not.toEqual([])
    },
  )
})
