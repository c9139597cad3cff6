import type { AccountId, Region } from './ids.ts'
import type { Millis } from './time.ts'

/** Everything that an authority's owner can let other accounts do with it; AWS RAM's list for its kind of resource. */
export const SHAREABLE_ACTIONS = [
  'acm-pca:DescribeCertificateAuthority',
  'acm-pca:GetCertificate',
  'acm-pca:GetCertificateAuthorityCertificate',
  'acm-pca:IssueCertificate',
  'acm-pca:RevokeCertificate',
  'acm-pca:ListPermissions',
  'acm-pca:ListTags',
] as const
export type ShareableAction = (typeof SHAREABLE_ACTIONS)[number]

export const isShareable = (action: string): action is ShareableAction =>
  (SHAREABLE_ACTIONS as readonly string[]).includes(action)

/** What a permission allows with an authority. */
export type Allowance = {
  readonly actions: readonly ShareableAction[]
  /** The only templates to issue under, by name; undefined: any. */
  readonly templates: readonly string[] | undefined
}

/** A permission that an account made for its shares. Its versions never change: a share has the one it was given. */
export type SharePermission = {
  readonly id: string
  readonly account: AccountId
  readonly region: Region
  readonly name: string
  /** The version that shares get from now on. */
  readonly defaultVersion: number
  /** Grows with each version that is made; a number isn't used again. */
  readonly lastVersion: number
  readonly createdAt: Millis
  readonly updatedAt: Millis
}
export type SharePermissionVersion = Allowance & {
  readonly permission: string
  readonly version: number
  readonly createdAt: Millis
}

/** As AWS RAM has it. */
export const MAX_PERMISSION_VERSIONS = 5
export const MAX_SHARE_PERMISSIONS = 50

const READING: readonly ShareableAction[] = [
  'acm-pca:DescribeCertificateAuthority',
  'acm-pca:GetCertificate',
  'acm-pca:GetCertificateAuthorityCertificate',
  'acm-pca:ListPermissions',
  'acm-pca:ListTags',
]
const issuing = (template: string): Allowance => ({
  actions: [...READING, 'acm-pca:IssueCertificate'],
  templates: [template],
})

export const DEFAULT_PERMISSION = 'AWSRAMDefaultPermissionCertificateAuthority'

/** The permissions that every installation has, under AWS's names; each issues under one template at most. */
export const MANAGED_PERMISSIONS: ReadonlyMap<string, Allowance> = new Map([
  [DEFAULT_PERMISSION, issuing('EndEntityCertificate/V1')],
  [
    'AWSRAMEndEntityClientAuthCertificateIssuanceCertificateAuthority',
    issuing('EndEntityClientAuthCertificate/V1'),
  ],
  [
    'AWSRAMEndEntityServerAuthCertificateIssuanceCertificateAuthority',
    issuing('EndEntityServerAuthCertificate/V1'),
  ],
  [
    'AWSRAMBlankEndEntityCertificateAPIPassthroughIssuanceCertificateAuthority',
    issuing('BlankEndEntityCertificate_APIPassthrough/V1'),
  ],
  [
    'AWSRAMBlankEndEntityCertificateAPICSRPassthroughIssuanceCertificateAuthority',
    issuing('BlankEndEntityCertificate_APICSRPassthrough/V1'),
  ],
  [
    'AWSRAMSubordinateCACertificatePathLen0IssuanceCertificateAuthority',
    issuing('SubordinateCACertificate_PathLen0/V1'),
  ],
  [
    'AWSRAMRevokeCertificateCertificateAuthority',
    { actions: [...READING, 'acm-pca:RevokeCertificate'], templates: undefined },
  ],
])

const MANAGED_ARN = /^arn:aws[a-z-]*:ram::aws:permission\//
/** The name of a managed permission, from itself or its ARN; undefined for anything else. */
export function managedPermissionIn(reference: string): string | undefined {
  const name = reference.replace(MANAGED_ARN, '')
  return MANAGED_PERMISSIONS.has(name) ? name : undefined
}
export const managedPermissionArn = (name: string): string => `arn:aws:ram::aws:permission/${name}`

/** What a managed certificate's service needs of an authority (contract §5.5): all of it, or it isn't used. */
export const SERVICE_ACTIONS = ['IssueCertificate', 'GetCertificate', 'ListPermissions'] as const
export type ServiceAction = (typeof SERVICE_ACTIONS)[number]
/** The service that managed certificates stand for on AWS's side. */
export const CERTIFICATE_SERVICE = 'acm.amazonaws.com' as const

/** What the service of managed certificates may do with an authority in its owner's account. */
export type ServicePermission = {
  readonly actions: readonly ServiceAction[]
  /** Undefined: since the authority was made. */
  readonly createdAt?: Millis | undefined
}
export const USUAL_SERVICE_PERMISSION: ServicePermission = { actions: SERVICE_ACTIONS }
