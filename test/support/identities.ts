import type { SealedAccessKey } from '../../src/core/domain/access-keys.ts'
import { arns, type Arn } from '../../src/core/domain/arns.ts'
import type { AccessKeyId, AccountId, KeyId, PolicyId, RoleId, UserId } from '../../src/core/domain/ids.ts'
import { DEFAULT_GLOBAL_REGION } from '../../src/core/domain/ids.ts'
import { sha256 } from '../../src/core/x509/digest.ts'
import type { Ports } from '../../src/core/ports/ports.ts'

type Used = Pick<Ports, 'store' | 'vault' | 'clock'>

/** Puts an account there; for tests about who calls, which need more than one. */
export const addAccount = (ports: Used, id: string): Promise<void> =>
  ports.store.transact((writes) => [
    writes.accounts.add({ id: id as AccountId, name: `account ${id}`, createdAt: ports.clock.now() }),
  ])

/** A role with one of the product's policies, straight in the store; its trust policy trusts nobody. */
export async function addRole(
  ports: Used,
  account: AccountId,
  name: string,
  policy = 'AdministratorAccess',
): Promise<Arn> {
  const id = `AROA${account}${name}` as RoleId
  const now = ports.clock.now()
  await ports.store.transact((writes) => [
    writes.roles.add({
      ...{ id, account, name, description: '', trust: '{"Statement":[]}', maxSessionSeconds: 3600 },
      ...{ boundary: undefined, tags: {}, createdAt: now, updatedAt: now },
    }),
    writes.attachments.add(policy as PolicyId, { kind: 'role', id }, 10),
  ])
  return arns.role(account, name)
}

export type TestKey = { readonly id: AccessKeyId; readonly secret: string; readonly user: string }

/** A user with an access key and one of the product's policies, straight in the store. */
export async function addAccessKey(
  ports: Used,
  account: AccountId,
  name: string,
  policy = 'AdministratorAccess',
): Promise<TestKey> {
  const user = `AIDA${account}${name}` as UserId
  await ports.store.transact((writes) => [
    writes.users.add({
      ...{ id: user, account, name, boundary: undefined, tags: {}, createdAt: ports.clock.now() },
    }),
    writes.attachments.add(policy as PolicyId, { kind: 'user', id: user }, 10),
  ])
  return addKeyOf(ports, account, name, { kind: 'user', user })
}

/** A key of a session in a role that `addRole` made, with the token that goes with it. */
export async function addSessionKey(
  ports: Used,
  account: AccountId,
  role: string,
  expiresAt?: number,
): Promise<TestKey & { readonly token: string }> {
  const token = `token of a session in ${role}`
  const holder = {
    ...({ kind: 'session', role: `AROA${account}${role}` as RoleId, session: 'deploy', facts: {} } as const),
    policies: undefined,
    tokenHash: sha256(token),
  }
  return { ...(await addKeyOf(ports, account, role, holder, expiresAt)), token }
}

let made = 0
async function addKeyOf(
  ports: Used,
  account: AccountId,
  user: string,
  holder: SealedAccessKey['holder'],
  expiresAt?: number,
): Promise<TestKey> {
  const kind = holder.kind === 'user' ? 'AKIA' : 'ASIA'
  const number = [...String(made++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('')
  const id = `${kind}${number.padStart(16, 'A')}` as AccessKeyId
  const secret = `secret/of+${id}`.padEnd(40, 'x')
  const context = {
    ...({
      account,
      region: DEFAULT_GLOBAL_REGION,
      id: `secret of ${id}` as KeyId,
      purpose: 'access-key',
    } as const),
  }
  const sealedSecret = await ports.vault.keepSecret(context, Buffer.from(`AWS4${secret}`))
  const key: SealedAccessKey = {
    ...{ id, account, holder, status: 'ACTIVE', createdAt: ports.clock.now(), expiresAt, lastUse: undefined },
    sealedSecret,
  }
  await ports.store.transact((writes) => [writes.accessKeys.add(key, 10)])
  return { id, secret, user }
}
