import type { AccountId, AuthorityId, ManagedId, OrganizationId, Region, Serial, TokenId } from './ids.ts'

/** Which partition a region belongs to, so that SDK patterns match. Order matters: the longest prefix first. */
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
  ['cn-', 'aws-cn'],
]

export const partitionOf = (region: Region): string =>
  PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws'

export type Arn = string & { readonly arn: true }
type Place = { readonly account: AccountId; readonly region: Region }

const regional = (service: string, { account, region }: Place, resource: string): Arn =>
  `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}` as Arn

/** Every kind of ARN the product names, one line each. */
export const arns = {
  authority: (place: Place, id: AuthorityId): Arn =>
    regional('acm-pca', place, `certificate-authority/${id}`),
  /** `*` stands for "the collection": creating or listing. */
  authorities: (place: Place): Arn => regional('acm-pca', place, 'certificate-authority/*'),
  certificate: (place: Place, authority: AuthorityId, serial: Serial): Arn =>
    regional('acm-pca', place, `certificate-authority/${authority}/certificate/${serial}`),
  /** What one authority issues. */
  certificatesOf: (place: Place, authority: AuthorityId): Arn =>
    regional('acm-pca', place, `certificate-authority/${authority}/certificate/*`),
  certificates: (place: Place): Arn => regional('acm-pca', place, 'certificate-authority/*/certificate/*'),
  /** Their names are unique in the installation: no account stands in it, nor a region. */
  bucket: ({ region }: Pick<Place, 'region'>, name: string): Arn =>
    `arn:${partitionOf(region)}:s3:::${name}` as Arn,
  buckets: ({ region }: Pick<Place, 'region'>): Arn => `arn:${partitionOf(region)}:s3:::*` as Arn,
  object: ({ region }: Pick<Place, 'region'>, bucket: string, key: string): Arn =>
    `arn:${partitionOf(region)}:s3:::${bucket}/${key}` as Arn,
  managed: (place: Place, id: ManagedId): Arn => regional('acm', place, `certificate/${id}`),
  allManaged: (place: Place): Arn => regional('acm', place, 'certificate/*'),
  /** Profiles are known by their names, which are unique in account and region. */
  profile: (place: Place, name: string): Arn => regional('chancery', place, `profile/${name}`),
  profiles: (place: Place): Arn => regional('chancery', place, 'profile/*'),
  /** Stacks, too, are known by their names. */
  stack: (place: Place, name: string): Arn => regional('chancery', place, `stack/${name}`),
  stacks: (place: Place): Arn => regional('chancery', place, 'stack/*'),
  share: (place: Place, id: string): Arn => regional('ram', place, `resource-share/${id}`),
  shares: (place: Place): Arn => regional('ram', place, 'resource-share/*'),
  invitation: (place: Place, id: string): Arn => regional('ram', place, `resource-share-invitation/${id}`),
  invitations: (place: Place): Arn => regional('ram', place, 'resource-share-invitation/*'),
  /** A permission of the account's own, by its name. */
  sharePermission: (place: Place, name: string): Arn => regional('ram', place, `permission/${name}`),
  sharePermissions: (place: Place): Arn => regional('ram', place, 'permission/*'),
  event: (place: Place, id: string): Arn => regional('chancery', place, `event/${id}`),
  events: (place: Place): Arn => regional('chancery', place, 'event/*'),
  auditEvents: (place: Place): Arn => regional('chancery', place, 'audit-event/*'),
  mailbox: (account: AccountId, address: string): Arn =>
    `arn:aws:chancery::${account}:mailbox/${address}` as Arn,
  mailboxes: (account: AccountId): Arn => `arn:aws:chancery::${account}:mailbox/*` as Arn,
  webhook: (place: Place, id: string): Arn => regional('chancery', place, `webhook/${id}`),
  webhooks: (place: Place): Arn => regional('chancery', place, 'webhook/*'),
  account: (account: AccountId): Arn => `arn:aws:chancery::${account}:account` as Arn,
  token: (account: AccountId, id: TokenId): Arn => `arn:aws:chancery::${account}:token/${id}` as Arn,
  tokens: (account: AccountId): Arn => `arn:aws:chancery::${account}:token/*` as Arn,
  compromisedKey: (account: AccountId, spki: string): Arn =>
    `arn:aws:chancery::${account}:compromised-key/${spki}` as Arn,
  key: (place: Place, id: string): Arn => regional('kms', place, `key/${id}`),
  /** A part of the simulated DNS. */
  zone: (account: AccountId, apex: string): Arn => `arn:aws:chancery::${account}:zone/${apex}` as Arn,
  zones: (account: AccountId): Arn => `arn:aws:chancery::${account}:zone/*` as Arn,
  /** Whoever proved to have a key. */
  keyHolder: (account: AccountId, spki: string): Arn =>
    `arn:aws:chancery::${account}:key-holder/${spki}` as Arn,
  user: (account: AccountId, name: string): Arn => `arn:aws:iam::${account}:user/${name}` as Arn,
  group: (account: AccountId, name: string): Arn => `arn:aws:iam::${account}:group/${name}` as Arn,
  role: (account: AccountId, name: string): Arn => `arn:aws:iam::${account}:role/${name}` as Arn,
  /** What tokens with a fixed role stand for. */
  fixedRole: (account: AccountId, role: string): Arn => `arn:aws:chancery::${account}:role/${role}` as Arn,
  /** Whoever acts in a role. */
  session: (account: AccountId, role: string, session: string): Arn =>
    `arn:aws:sts::${account}:assumed-role/${role}/${session}` as Arn,
  /** Providers are known by their names, which are unique in the account. */
  identityProvider: (account: AccountId, name: string): Arn =>
    `arn:aws:chancery::${account}:identity-provider/${name}` as Arn,
  identityProviders: (account: AccountId): Arn => `arn:aws:chancery::${account}:identity-provider/*` as Arn,
  certificateMapping: (place: Place, id: string): Arn =>
    regional('chancery', place, `certificate-mapping/${id}`),
  certificateMappings: (place: Place): Arn => regional('chancery', place, 'certificate-mapping/*'),
  /** Whoever the authorizer knows, with a policy of its own. */
  federatedUser: (account: AccountId, name: string): Arn =>
    `arn:aws:sts::${account}:federated-user/${name}` as Arn,
  policy: (account: AccountId, name: string): Arn => `arn:aws:iam::${account}:policy/${name}` as Arn,
  /** A policy of the product's, the same in every account. */
  builtInPolicy: (name: string): Arn => `arn:aws:iam::aws:policy/${name}` as Arn,
  /** Whom a trust policy means by an account as a whole. */
  accountRoot: (account: AccountId): Arn => `arn:aws:iam::${account}:root` as Arn,
  /** Whatever organization an account is in. */
  organizations: (account: AccountId): Arn => `arn:aws:organizations::${account}:organization/*` as Arn,
  organization: (management: AccountId, id: OrganizationId): Arn =>
    `arn:aws:organizations::${management}:organization/${id}` as Arn,
  /** A part of the installation itself. */
  system: (part: string): Arn => `arn:aws:chancery:::system/${part}` as Arn,
  installation: (): Arn => 'arn:aws:chancery:::installation' as Arn,
} as const
