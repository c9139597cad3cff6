import { z } from 'zod'
import {
  DEFAULT_PERMISSION,
  MANAGED_PERMISSIONS,
  MAX_PERMISSION_VERSIONS,
  SERVICE_ACTIONS,
  SHAREABLE_ACTIONS,
} from '../../core/domain/share-permissions.ts'
import {
  INVITATION_STATUSES,
  MAX_SHARE_PRINCIPALS,
  MAX_SHARED_AUTHORITIES,
} from '../../core/domain/shares.ts'
import { tags } from './managed.ts'
import { accountId, label, pageOf, pageQuery, reference, timestamp } from './common.ts'

const ID = '0197a1b2-8d10-7a4b-8c2d-5e6f70819203'
const AUTHORITY =
  'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'

const authorities = z
  .array(reference('An authority of one’s own, by id, name or ARN.', 'Issuing CA 1'))
  .max(MAX_SHARED_AUTHORITIES)
  .meta({ description: 'Authorities of one’s own.' })
const principals = z
  .array(reference('An account by its id; a user, a role or the organization by its ARN.', '444455556666'))
  .max(MAX_SHARE_PRINCIPALS)
  .meta({ description: 'Who may use it.' })
const permission = reference('A permission by name or ARN.', DEFAULT_PERMISSION)
const version = z
  .number()
  .int()
  .min(1)
  .max(1_000_000)
  .meta({ description: 'A version of the permission.', examples: [1] })
const external = z.boolean().meta({
  description: 'Whether it may go to accounts outside the organization.',
  examples: [true],
})
const name = label('What people call it.', 'web team')

export const shareCreation = z
  .strictObject({
    name,
    authorities: authorities.optional(),
    principals: principals.optional(),
    permission: permission
      .optional()
      .meta({ description: `A permission by name or ARN; ${DEFAULT_PERMISSION} when absent.` }),
    permissionVersion: version
      .optional()
      .meta({ description: 'A version of it; its default one when absent.' }),
    external: external.optional(),
    tags: tags.optional(),
  })
  .meta({ id: 'ShareCreation', description: 'What to lend of one’s authorities, and to whom.' })

export const shareUpdate = z
  .strictObject({
    name: name.optional(),
    external: external.optional(),
    permission: permission.optional(),
    permissionVersion: version.optional(),
    tags: tags.optional().meta({ description: 'All tags; they take the place of those there were.' }),
  })
  .refine((body) => Object.values(body).some((member) => member !== undefined), {
    error: 'at least one member is needed',
  })
  .meta({ id: 'ShareUpdate', description: 'Members of a share to replace.' })

export const shareParts = z
  .strictObject({ authorities: authorities.optional(), principals: principals.optional() })
  .refine((body) => (body.authorities?.length ?? 0) + (body.principals?.length ?? 0) > 0, {
    error: 'authorities or principals are needed',
  })
  .meta({ id: 'ShareParts', description: 'What to put on a share, or to take off it.' })

const sharePrincipal = z
  .object({
    principal: z.string().meta({ description: 'An account’s id, or an ARN.', examples: ['444455556666'] }),
    standing: z.enum(['invited', 'accepted', 'organization', 'none']).meta({
      description:
        'Whether it is in effect: `accepted` by invitation, or in the lender’s `organization`. `none`: take it off and put it on again to invite it anew.',
      examples: ['accepted'],
    }),
  })
  .meta({ id: 'SharePrincipal', description: 'Somebody whom a share goes to.' })

export const share = z
  .object({
    id: z.string().meta({ description: 'Its id.', examples: [ID] }),
    arn: z.string().meta({
      description: 'Its Amazon resource name.',
      examples: [`arn:aws:ram:us-east-1:111122223333:resource-share/${ID}`],
    }),
    account: accountId.meta({ description: 'Who lends.' }),
    region: z.string().meta({ description: 'The region it belongs to.', examples: ['us-east-1'] }),
    name: z.string().meta({ description: 'What people call it.', examples: ['web team'] }),
    external,
    permission: z
      .object({
        name: z.string().meta({ description: 'Its name.', examples: [DEFAULT_PERMISSION] }),
        arn: z.string().meta({
          description: 'Its Amazon resource name.',
          examples: [`arn:aws:ram::aws:permission/${DEFAULT_PERMISSION}`],
        }),
        version,
      })
      .meta({ description: 'What borrowers may.' }),
    authorities: z
      .array(z.string().meta({ description: 'ARN of an authority.', examples: [AUTHORITY] }))
      .meta({ description: 'The authorities on it.' }),
    principals: z
      .array(sharePrincipal)
      .meta({ description: 'Whom it goes to; a borrower sees those of its own account.' }),
    tags,
    createdAt: timestamp('When it was created.'),
    updatedAt: timestamp('When it was changed last.'),
  })
  .meta({ id: 'Share', description: 'What an account lends of its authorities to others.' })
export type ShareJson = z.infer<typeof share>
export const sharePage = pageOf('SharePage', share, 'shares')
export const shareListQuery = z
  .strictObject({
    owner: z
      .enum(['SELF', 'OTHER_ACCOUNTS'])
      .default('SELF')
      .meta({ description: 'One’s own, or those of others that are in effect.', examples: ['SELF'] }),
    ...pageQuery,
  })
  .meta({ description: 'Which page of shares.' })
export const shareParams = z
  .strictObject({ share: reference('A share, by id or ARN (percent-encoded).', ID) })
  .meta({ description: 'Which share.' })

export const invitation = z
  .object({
    id: z.string().meta({ description: 'Its id.', examples: [ID] }),
    arn: z.string().meta({
      description: 'Its Amazon resource name.',
      examples: [`arn:aws:ram:us-east-1:444455556666:resource-share-invitation/${ID}`],
    }),
    share: z.string().meta({
      description: 'ARN of the share.',
      examples: [`arn:aws:ram:us-east-1:111122223333:resource-share/${ID}`],
    }),
    shareName: z.string().meta({ description: 'What the lender calls it.', examples: ['web team'] }),
    sender: accountId.meta({ description: 'Who lends.' }),
    account: accountId.meta({ description: 'Who is invited.' }),
    status: z
      .enum([...INVITATION_STATUSES, 'EXPIRED'])
      .meta({ description: 'Only a PENDING one can be answered.', examples: ['PENDING'] }),
    createdAt: timestamp('When it was sent.'),
    expiresAt: timestamp('Until when it can be accepted.'),
    decidedAt: timestamp('When it was answered, or ended.').optional(),
  })
  .meta({ id: 'ShareInvitation', description: 'An invitation to use what another account lends.' })
export type InvitationJson = z.infer<typeof invitation>
export const invitationPage = pageOf('ShareInvitationPage', invitation, 'invitations')
export const invitationListQuery = z
  .strictObject(pageQuery)
  .meta({ description: 'Which page of invitations.' })
export const invitationParams = z
  .strictObject({ invitation: reference('Id of an invitation.', ID) })
  .meta({ description: 'Which invitation.' })

const permissionName = z
  .string()
  .min(1)
  .max(36)
  .regex(/^[\w.-]+$/, 'letters, digits, dots, hyphens and underscores only')
  .meta({ description: 'What shares call it; unique in its account and region.', examples: ['issue-tls'] })
const action = z
  .string()
  .min(1)
  .max(128)
  .meta({
    description: `One of ${SHAREABLE_ACTIONS.join(', ')}.`,
    examples: ['acm-pca:IssueCertificate'],
  })
const allowance = {
  actions: z.array(action).min(1).max(SHAREABLE_ACTIONS.length).meta({ description: 'What borrowers may.' }),
  templates: z
    .array(
      z
        .string()
        .min(1)
        .max(128)
        .meta({ description: 'A template by name.', examples: ['EndEntityCertificate/V1'] }),
    )
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'The only templates to issue under; any when absent.' }),
}

export const permissionCreation = z
  .strictObject({ name: permissionName, ...allowance })
  .meta({ id: 'SharePermissionCreation', description: 'What borrowers may do with an authority.' })
export const permissionVersionCreation = z
  .strictObject(allowance)
  .meta({ id: 'SharePermissionVersionCreation', description: 'What borrowers may from this version on.' })

export const sharePermission = z
  .object({
    arn: z.string().meta({
      description: 'Its Amazon resource name.',
      examples: ['arn:aws:ram:us-east-1:111122223333:permission/issue-tls'],
    }),
    name: permissionName,
    defaultVersion: version.meta({ description: 'The version that shares get from now on.' }),
    versions: z
      .array(
        z
          .object({ version, ...allowance, createdAt: timestamp('When it was made.') })
          .meta({ id: 'SharePermissionVersion', description: 'A version; it never changes.' }),
      )
      .max(MAX_PERMISSION_VERSIONS)
      .meta({ description: 'Newest first.' }),
    createdAt: timestamp('When it was created.'),
    updatedAt: timestamp('When it was changed last.'),
  })
  .meta({
    id: 'SharePermission',
    description: `What a share lets borrowers do. Besides those of one’s own there are ${[...MANAGED_PERMISSIONS.keys()].join(', ')}.`,
  })
export type SharePermissionJson = z.infer<typeof sharePermission>
export const permissionPage = pageOf('SharePermissionPage', sharePermission, 'permissions')
export const permissionListQuery = z
  .strictObject(pageQuery)
  .meta({ description: 'Which page of permissions.' })
export const permissionParams = z
  .strictObject({ permission: permissionName })
  .meta({ description: 'Which permission.' })
export const permissionVersionParams = z
  .strictObject({
    permission: permissionName,
    version: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .meta({ description: 'Which version.', examples: [1] }),
  })
  .meta({ description: 'Which version of which permission.' })

/** AWS Private CA's own limit. */
const POLICY_LENGTH = 81_920
export const authorityPolicyText = z
  .strictObject({
    policy: z
      .string()
      .min(1)
      .max(POLICY_LENGTH)
      .meta({
        description:
          'A policy as JSON text: it allows, names accounts, users, roles, or everybody of an organization, and this authority.',
        examples: ['{"Version":"2012-10-17","Statement":[…]}'],
      }),
  })
  .meta({ id: 'AuthorityPolicyText', description: 'Who else may use an authority.' })
/** A policy of that length, escaped. */
export const POLICY_BODY_LIMIT = 2 * POLICY_LENGTH + 1024
export const authorityPolicy = z
  .object({
    policy: z.string().meta({ description: 'The policy as JSON text.', examples: ['{"Version":…}'] }),
    source: z.enum(['put', 'shares']).meta({
      description: '`put` as it was; or what the authority’s shares come to.',
      examples: ['put'],
    }),
  })
  .meta({ id: 'AuthorityPolicy', description: 'Who else may use an authority.' })

const serviceActions = z
  .array(
    z
      .enum(SERVICE_ACTIONS)
      .meta({ description: 'Something that the service does.', examples: ['IssueCertificate'] }),
  )
  .min(1)
  .max(SERVICE_ACTIONS.length)
  .meta({ description: 'What it may; all of it is needed for a certificate to be issued or renewed.' })
export const servicePermissionCreation = z.strictObject({ actions: serviceActions.optional() }).meta({
  id: 'ServicePermissionCreation',
  description: 'What managed certificates of the authority’s account may ask of it; everything when absent.',
})
export const servicePermission = z
  .object({
    principal: z
      .literal('acm.amazonaws.com')
      .meta({ description: 'The service of managed certificates.', examples: ['acm.amazonaws.com'] }),
    actions: serviceActions,
    createdAt: timestamp('When it was given.'),
  })
  .meta({ id: 'ServicePermission', description: 'What a service may do with an authority.' })
export const servicePermissionList = z
  .object({
    items: z.array(servicePermission).meta({ description: 'At most one.' }),
  })
  .meta({ id: 'ServicePermissionList', description: 'Permissions of services.' })
