import type { Principal } from '../../../../src/core/domain/access.ts'
import type { AccountId, Region } from '../../../../src/core/domain/ids.ts'
import { attachPolicy } from '../../../../src/core/operations/access/attachments.ts'
import { createPolicy } from '../../../../src/core/operations/access/policies.ts'
import { userPrincipal } from '../../../../src/core/operations/access/principals.ts'
import { createRole } from '../../../../src/core/operations/access/roles.ts'
import { createUser } from '../../../../src/core/operations/access/users.ts'
import type { TestPorts } from '../ports.ts'

export const CALL = {
  region: 'us-east-1' as Region,
  requestId: 'r',
  sourceAddress: '192.0.2.1',
  userAgent: 'test',
  listener: 'api',
  secure: true,
}

export const documentOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })
export const allowing = (...actions: readonly string[]): string =>
  documentOf({ Effect: 'Allow', Action: actions, Resource: '*' })
export const trusting = (principal: string, condition?: object): string =>
  documentOf({
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    ...(condition === undefined ? {} : { Condition: condition }),
  })

type Given = Pick<TestPorts, 'ports' | 'admin'>

/** A user with these policies, built-in or of the account, as it calls. */
export async function aUser(
  { ports, admin }: Given,
  name: string,
  policies: readonly string[] = [],
  boundary?: string,
): Promise<Principal> {
  const { user } = await createUser(ports, admin, {
    name,
    ...(boundary === undefined ? {} : { boundary }),
  })
  for (const policy of policies) await attachPolicy(ports, admin, { policy, kind: 'user', name })
  return asUser({ ports }, admin.account, user.id)
}

export const asUser = (
  { ports }: Pick<TestPorts, 'ports'>,
  account: AccountId,
  id: Parameters<typeof userPrincipal>[2],
): Promise<Principal> => userPrincipal(ports, account, id, CALL)

export const aPolicy = ({ ports, admin }: Given, name: string, ...actions: readonly string[]) =>
  createPolicy(ports, admin, { name, document: allowing(...actions) })

/** A role of the caller's account that its whole account may take on. */
export const aRole = ({ ports, admin }: Given, name: string, more: object = {}) =>
  createRole(ports, admin, { name, trust: trusting(admin.account), ...more })
