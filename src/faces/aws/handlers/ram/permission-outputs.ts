import { arns } from '../../../../core/domain/arns.ts'
import { policyTemplate } from '../../../../core/domain/permission-templates.ts'
import {
  DEFAULT_PERMISSION,
  managedPermissionArn,
  type Allowance,
  type SharePermission,
  type SharePermissionVersion,
} from '../../../../core/domain/share-permissions.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as shapes from '../../models/ram/shapes.ts'
import { RESOURCE_TYPE } from './arns.ts'

type Summary = ValueOf<typeof shapes.ResourceSharePermissionSummary>
type Detail = ValueOf<typeof shapes.ResourceSharePermissionDetail>

/** A permission that every installation has, as RAM shows it in lists. */
export const managedSummary = (name: string): Summary => ({
  arn: managedPermissionArn(name),
  version: '1',
  defaultVersion: true,
  name,
  resourceType: RESOURCE_TYPE,
  status: 'ATTACHABLE',
  isResourceTypeDefault: name === DEFAULT_PERMISSION,
  permissionType: 'AWS_MANAGED',
  featureSet: 'STANDARD',
})

export const managedDetail = (name: string, allowance: Allowance): Detail => ({
  ...managedSummary(name),
  status: 'ATTACHABLE',
  permission: policyTemplate(allowance),
})

/** A version of an account's own permission. */
export const customSummary = (
  permission: SharePermission,
  { version, createdAt }: Pick<SharePermissionVersion, 'version' | 'createdAt'>,
): Summary => ({
  arn: arns.sharePermission(permission, permission.name),
  version: String(version),
  defaultVersion: version === permission.defaultVersion,
  name: permission.name,
  resourceType: RESOURCE_TYPE,
  status: 'ATTACHABLE',
  creationTime: createdAt,
  lastUpdatedTime: permission.updatedAt,
  isResourceTypeDefault: false,
  permissionType: 'CUSTOMER_MANAGED',
  featureSet: 'STANDARD',
})

export const customDetail = (permission: SharePermission, version: SharePermissionVersion): Detail => ({
  ...customSummary(permission, version),
  status: 'ATTACHABLE',
  permission: policyTemplate(version),
})
