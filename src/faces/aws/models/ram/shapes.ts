import { boolean, integer, list, oneOf, string, structure, timestamp } from '../../shapes/shape.ts'

/* What members of operations are made of, as the contract has them. */

export const ResourceShareInvitationStatus = oneOf('PENDING', 'ACCEPTED', 'REJECTED', 'EXPIRED')
export const ResourceShareAssociationType = oneOf('PRINCIPAL', 'RESOURCE', 'SOURCE')
export const ResourceShareAssociationStatus = oneOf(
  'ASSOCIATING',
  'ASSOCIATED',
  'FAILED',
  'DISASSOCIATING',
  'DISASSOCIATED',
  'SUSPENDED',
  'SUSPENDING',
  'RESTORING',
)
export const ResourceShareAssociation = structure({
  resourceShareArn: string(),
  resourceShareName: string(),
  associatedEntity: string(),
  associationType: ResourceShareAssociationType,
  status: ResourceShareAssociationStatus,
  statusMessage: string(),
  creationTime: timestamp,
  lastUpdatedTime: timestamp,
  external: boolean,
})
export const ResourceShareAssociationList = list(ResourceShareAssociation)
export const ResourceShareInvitation = structure({
  resourceShareInvitationArn: string(),
  resourceShareName: string(),
  resourceShareArn: string(),
  senderAccountId: string(),
  receiverAccountId: string(),
  invitationTimestamp: timestamp,
  status: ResourceShareInvitationStatus,
  resourceShareAssociations: ResourceShareAssociationList,
  receiverArn: string(),
})
export const ResourceArnList = list(string())
export const PrincipalArnOrIdList = list(string())
export const SourceArnOrAccountList = list(string())
export const Integer = integer()
export const PermissionName = string({ min: 1, max: 36, pattern: '[\\w.-]*' })
export const Tag = structure({ key: string(), value: string() })
export const TagList = list(Tag)
export const PermissionType = oneOf('CUSTOMER_MANAGED', 'AWS_MANAGED')
export const PermissionFeatureSet = oneOf('CREATED_FROM_POLICY', 'PROMOTING_TO_STANDARD', 'STANDARD')
export const ResourceSharePermissionSummary = structure({
  arn: string(),
  version: string(),
  defaultVersion: boolean,
  name: string(),
  resourceType: string(),
  status: string(),
  creationTime: timestamp,
  lastUpdatedTime: timestamp,
  isResourceTypeDefault: boolean,
  permissionType: PermissionType,
  featureSet: PermissionFeatureSet,
  tags: TagList,
})
export const PermissionStatus = oneOf('ATTACHABLE', 'UNATTACHABLE', 'DELETING', 'DELETED')
export const ResourceSharePermissionDetail = structure({
  arn: string(),
  version: string(),
  defaultVersion: boolean,
  name: string(),
  resourceType: string(),
  permission: string(),
  creationTime: timestamp,
  lastUpdatedTime: timestamp,
  isResourceTypeDefault: boolean,
  permissionType: PermissionType,
  featureSet: PermissionFeatureSet,
  status: PermissionStatus,
  tags: TagList,
})
export const PermissionArnList = list(string())
export const ResourceShareConfiguration = structure({ retainSharingOnAccountLeaveOrganization: boolean })
export const ResourceShareStatus = oneOf('PENDING', 'ACTIVE', 'FAILED', 'DELETING', 'DELETED')
export const ResourceShareFeatureSet = oneOf('CREATED_FROM_POLICY', 'PROMOTING_TO_STANDARD', 'STANDARD')
export const ResourceShare = structure({
  resourceShareArn: string(),
  name: string(),
  owningAccountId: string(),
  allowExternalPrincipals: boolean,
  status: ResourceShareStatus,
  statusMessage: string(),
  tags: TagList,
  creationTime: timestamp,
  lastUpdatedTime: timestamp,
  featureSet: ResourceShareFeatureSet,
  resourceShareConfiguration: ResourceShareConfiguration,
})
export const MaxResults = integer({ min: 1, max: 500 })
export const PolicyList = list(string())
export const ResourceShareArnList = list(string())
export const ResourceShareInvitationArnList = list(string())
export const ResourceShareInvitationList = list(ResourceShareInvitation)
export const ResourceOwner = oneOf('SELF', 'OTHER-ACCOUNTS')
export const TagValueList = list(string())
export const TagFilter = structure({ tagKey: string(), tagValues: TagValueList })
export const TagFilters = list(TagFilter)
export const ResourceShareList = list(ResourceShare)
export const ResourceRegionScopeFilter = oneOf('ALL', 'REGIONAL', 'GLOBAL')
export const ResourceStatus = oneOf(
  'AVAILABLE',
  'ZONAL_RESOURCE_INACCESSIBLE',
  'LIMIT_EXCEEDED',
  'UNAVAILABLE',
  'PENDING',
)
export const ResourceRegionScope = oneOf('REGIONAL', 'GLOBAL')
export const Resource = structure({
  arn: string(),
  type: string(),
  resourceShareArn: string(),
  resourceGroupArn: string(),
  status: ResourceStatus,
  statusMessage: string(),
  creationTime: timestamp,
  lastUpdatedTime: timestamp,
  resourceRegionScope: ResourceRegionScope,
})
export const ResourceList = list(Resource)
export const AssociatedPermission = structure({
  arn: string(),
  permissionVersion: string(),
  defaultVersion: boolean,
  resourceType: string(),
  status: string(),
  featureSet: PermissionFeatureSet,
  lastUpdatedTime: timestamp,
  resourceShareArn: string(),
})
export const AssociatedPermissionList = list(AssociatedPermission)
export const ResourceSharePermissionList = list(ResourceSharePermissionSummary)
export const PermissionTypeFilter = oneOf('ALL', 'AWS_MANAGED', 'CUSTOMER_MANAGED')
export const Principal = structure({
  id: string(),
  resourceShareArn: string(),
  creationTime: timestamp,
  lastUpdatedTime: timestamp,
  external: boolean,
})
export const PrincipalList = list(Principal)
export const ReplacePermissionAssociationsWorkIdList = list(string())
export const ReplacePermissionAssociationsWorkStatus = oneOf('IN_PROGRESS', 'COMPLETED', 'FAILED')
export const ReplacePermissionAssociationsWork = structure({
  id: string(),
  fromPermissionArn: string(),
  fromPermissionVersion: string(),
  toPermissionArn: string(),
  toPermissionVersion: string(),
  status: ReplacePermissionAssociationsWorkStatus,
  statusMessage: string(),
  creationTime: timestamp,
  lastUpdatedTime: timestamp,
})
export const ReplacePermissionAssociationsWorkList = list(ReplacePermissionAssociationsWork)
export const ServiceNameAndResourceType = structure({
  resourceType: string(),
  serviceName: string(),
  resourceRegionScope: ResourceRegionScope,
})
export const ServiceNameAndResourceTypeList = list(ServiceNameAndResourceType)
export const AssociatedSource = structure({
  resourceShareArn: string(),
  sourceId: string(),
  sourceType: string(),
  status: string(),
  lastUpdatedTime: timestamp,
  creationTime: timestamp,
  statusMessage: string(),
})
export const AssociatedSourceList = list(AssociatedSource)
export const TagKeyList = list(string())
