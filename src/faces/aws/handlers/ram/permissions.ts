import { allowanceIn } from '../../../../core/domain/permission-templates.ts'
import { MANAGED_PERMISSIONS, managedPermissionIn } from '../../../../core/domain/share-permissions.ts'
import type { SharePermissionVersion } from '../../../../core/domain/share-permissions.ts'
import { describeManagedPermission } from '../../../../core/operations/sharing/managed-permission.ts'
import {
  addPermissionVersion,
  createSharePermission,
  deletePermissionVersion,
  deleteSharePermission,
  describeSharePermission,
  listSharePermissions,
  setDefaultPermissionVersion,
  type AllowanceRequest,
  type PermissionView,
} from '../../../../core/operations/sharing/share-permissions.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { RamHandlers } from '../../models/ram/model.ts'
import { permissionArn, RESOURCE_TYPE } from './arns.ts'
import { everyOf, pageOf } from './pages.ts'
import { customDetail, customSummary, managedDetail, managedSummary } from './permission-outputs.ts'
import { invalidParameter } from './shares.ts'

type Part = Pick<
  RamHandlers,
  | 'CreatePermission'
  | 'CreatePermissionVersion'
  | 'DeletePermission'
  | 'DeletePermissionVersion'
  | 'GetPermission'
  | 'ListPermissions'
  | 'ListPermissionVersions'
  | 'PromotePermissionCreatedFromPolicy'
  | 'SetDefaultPermissionVersion'
>
type Reads = 'GetPermission' | 'ListPermissions' | 'ListPermissionVersions'

/** Permissions themselves: those that every installation has, and those of accounts' own. */
export const permissionHandlers = (ports: Ports): Part => ({
  ...reads(ports),

  CreatePermission: async ({ principal, input }) => {
    const { name, resourceType, policyTemplate, tags = [], clientToken } = input
    if (resourceType.toLowerCase() !== RESOURCE_TYPE.toLowerCase())
      throw invalidParameter(`resourceType: ${RESOURCE_TYPE} is all that is shared here`)
    if (tags.length > 0) throw invalidParameter('tags: permissions have none here')
    const view = await createSharePermission(ports, principal, { name, ...allowanceFrom(policyTemplate) })
    return { permission: customSummary(view.permission, defaultOf(view)), clientToken }
  },
  CreatePermissionVersion: async ({ principal, input }) => {
    const name = customName(input.permissionArn)
    const allowance = allowanceFrom(input.policyTemplate)
    const view = await addPermissionVersion(ports, principal, { name, ...allowance })
    return { permission: customDetail(view.permission, defaultOf(view)), clientToken: input.clientToken }
  },
  SetDefaultPermissionVersion: async ({ principal, input }) => {
    const name = customName(input.permissionArn)
    await setDefaultPermissionVersion(ports, principal, { name, version: input.permissionVersion })
    return { returnValue: true, clientToken: input.clientToken }
  },
  DeletePermissionVersion: async ({ principal, input }) => {
    const name = customName(input.permissionArn)
    await deletePermissionVersion(ports, principal, { name, version: input.permissionVersion })
    return { returnValue: true, clientToken: input.clientToken, permissionStatus: 'ATTACHABLE' }
  },
  DeletePermission: async ({ principal, input }) => {
    await deleteSharePermission(ports, principal, customName(input.permissionArn))
    return { returnValue: true, clientToken: input.clientToken, permissionStatus: 'DELETED' }
  },
  PromotePermissionCreatedFromPolicy: async ({ principal, input }) => {
    await describeSharePermission(ports, principal, customName(input.permissionArn))
    throw invalidParameter('permissionArn: it is a standard permission; none is made from a policy here')
  },
})

const reads = (ports: Ports): Pick<Part, Reads> => ({
  GetPermission: async ({ principal, input }) => {
    const reference = permissionArn(input.permissionArn)
    const managed = managedPermissionIn(reference)
    const { permissionVersion: wanted } = input
    if (managed !== undefined) {
      const allowance = describeManagedPermission(principal, managed)
      if (wanted !== undefined && wanted !== 1) throw noVersion(wanted)
      return { permission: managedDetail(managed, allowance) }
    }
    const view = await describeSharePermission(ports, principal, reference)
    return { permission: customDetail(view.permission, versionOf(view, wanted)) }
  },

  ListPermissions: async ({ principal, input }) => {
    const { permissionType = 'ALL', resourceType = RESOURCE_TYPE } = input
    const views = await everyOf((page) => listSharePermissions(ports, principal, page))
    const found = [
      ...(permissionType === 'CUSTOMER_MANAGED' ? [] : [...MANAGED_PERMISSIONS.keys()].map(managedSummary)),
      ...(permissionType === 'AWS_MANAGED'
        ? []
        : views.map((view) => customSummary(view.permission, defaultOf(view)))),
    ].filter((each) => each.resourceType?.toLowerCase() === resourceType.toLowerCase())
    const { items, nextToken } = pageOf(found, ({ arn = '' }) => arn, input)
    return { permissions: items, nextToken }
  },

  ListPermissionVersions: async ({ principal, input }) => {
    const action = 'ram:ListPermissionVersions'
    const reference = permissionArn(input.permissionArn)
    const managed = managedPermissionIn(reference)
    if (managed !== undefined) {
      describeManagedPermission(principal, managed, action)
      return { permissions: [managedSummary(managed)] }
    }
    const { permission, versions } = await describeSharePermission(ports, principal, reference, action)
    const all = versions.map((version) => customSummary(permission, version))
    const { items, nextToken } = pageOf(all, ({ version = '' }) => version.padStart(9, '0'), input)
    return { permissions: items, nextToken }
  },
})

/** An account's own; the others are never changed. @throws AwsRefusal */
function customName(arn: string): string {
  const reference = permissionArn(arn)
  if (managedPermissionIn(reference) === undefined) return reference
  throw new AwsRefusal('OperationNotPermittedException', `${arn} is managed: every account has it as it is`)
}

function allowanceFrom(template: string): AllowanceRequest {
  const allowance = allowanceIn(template)
  if (allowance !== undefined) return allowance
  throw new AwsRefusal(
    'MalformedPolicyTemplateException',
    'policyTemplate: {"Effect": "Allow", "Action": ["acm-pca:…"]} is expected, perhaps with ' +
      '"Condition": {"StringEquals": {"acm-pca:TemplateArn": ["arn:aws:acm-pca:::template/…/V1"]}} and nothing else',
  )
}

const defaultOf = (view: PermissionView): SharePermissionVersion =>
  versionOf(view, view.permission.defaultVersion)

function versionOf(
  { permission, versions }: PermissionView,
  wanted = permission.defaultVersion,
): SharePermissionVersion {
  const found = versions.find(({ version }) => version === wanted)
  if (found === undefined) throw noVersion(wanted)
  return found
}

const noVersion = (version: number): AwsRefusal =>
  new AwsRefusal('UnknownResourceException', `permissionVersion: there is no version ${version}`)
