import type {
  AttachmentJson,
  GroupJson,
  GroupSummaryJson,
  PolicyJson,
  PolicySummaryJson,
  PolicyVersionJson,
  RoleJson,
  RoleSummaryJson,
  UserJson,
  UserSummaryJson,
} from '../../../contract/index.ts'
import { arns } from '../../../core/domain/arns.ts'
import type {
  AssumableRole,
  Group,
  Holder,
  ManagedPolicy,
  PolicyVersion,
  User,
} from '../../../core/domain/identities.ts'
import { isoOf } from '../../../core/domain/time.ts'
import type { GroupView } from '../../../core/operations/access/groups.ts'
import type { PolicyReference } from '../../../core/operations/access/identity-references.ts'
import type { PolicyView } from '../../../core/operations/access/policies.ts'
import type { RoleView } from '../../../core/operations/access/roles.ts'
import type { UserView } from '../../../core/operations/access/users.ts'

const referenceJson = ({ name, arn }: PolicyReference) => ({ name, arn })
const boundaryJson = (boundary: PolicyReference | undefined) =>
  boundary === undefined ? {} : { boundary: referenceJson(boundary) }

export const userSummaryJson = ({ id, account, name, tags, createdAt }: User): UserSummaryJson => ({
  id,
  arn: arns.user(account, name),
  name,
  tags: { ...tags },
  createdAt: isoOf(createdAt),
})

export const userJson = ({ user, groups, policies, boundary }: UserView): UserJson => ({
  ...userSummaryJson(user),
  ...boundaryJson(boundary),
  groups: [...groups],
  policies: policies.map(referenceJson),
})

export const groupSummaryJson = ({ id, account, name, createdAt }: Group): GroupSummaryJson => ({
  id,
  arn: arns.group(account, name),
  name,
  createdAt: isoOf(createdAt),
})

export const groupJson = ({ group, policies }: GroupView): GroupJson => ({
  ...groupSummaryJson(group),
  policies: policies.map(referenceJson),
})

export const roleSummaryJson = (role: AssumableRole): RoleSummaryJson => ({
  id: role.id,
  arn: arns.role(role.account, role.name),
  name: role.name,
  description: role.description,
  maxSessionSeconds: role.maxSessionSeconds,
  tags: { ...role.tags },
  createdAt: isoOf(role.createdAt),
  updatedAt: isoOf(role.updatedAt),
})

export const roleJson = ({ role, policies, boundary }: RoleView): RoleJson => ({
  ...roleSummaryJson(role),
  trust: role.trust,
  ...boundaryJson(boundary),
  policies: policies.map(referenceJson),
})

export const policySummaryJson = (policy: ManagedPolicy): PolicySummaryJson => ({
  id: policy.id,
  arn: arns.policy(policy.account, policy.name),
  name: policy.name,
  builtIn: false,
  description: policy.description,
  defaultVersion: policy.defaultVersion,
  createdAt: isoOf(policy.createdAt),
  updatedAt: isoOf(policy.updatedAt),
})

export const policyJson = (view: PolicyView): PolicyJson => {
  if (view.kind === 'managed') return { ...policySummaryJson(view.policy), document: view.document }
  const { policy, description, document } = view.policy
  return { arn: arns.builtInPolicy(policy.name), name: policy.name, builtIn: true, description, document }
}

export const policyVersionJson = (version: PolicyVersion, standing: boolean): PolicyVersionJson => ({
  number: version.number,
  default: standing,
  document: version.document,
  createdAt: isoOf(version.createdAt),
})

export const attachmentJson = ({ kind, name, id }: Holder & { readonly name: string }): AttachmentJson => ({
  kind,
  name,
  id,
})
