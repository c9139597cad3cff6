import { z } from 'zod'
import { ACCESS_KEY_STATUSES } from '../../core/domain/access-keys.ts'
import { accountId, pageOf, reference, timestamp } from './common.ts'
import { identityName, policyDocument } from './identities.ts'

const status = z
  .enum(ACCESS_KEY_STATUSES)
  .meta({ description: 'INACTIVE: nothing that it signs is taken.', examples: ['ACTIVE'] })
const keyId = z
  .string()
  .min(16)
  .max(128)
  .regex(/^[A-Z0-9]+$/, 'capital letters and digits are expected')
  .meta({ description: 'Id of the key; not a secret.', examples: ['AKIAQ3EGKR5N7LXWJ2HD'] })
const secret = z.string().meta({
  description: 'The secret that requests are signed with. Shown this once.',
  examples: ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
})

const keyMembers = {
  id: keyId,
  user: z.string().meta({ description: 'Name of the user whose key it is.', examples: ['alice'] }),
  status,
  createdAt: timestamp('When it was created.'),
  lastUsedAt: timestamp('When it was used last, up to a minute late; absent: never.').optional(),
  lastUsedService: z
    .string()
    .optional()
    .meta({ description: 'The service that its scope named then.', examples: ['acm'] }),
  lastUsedRegion: z
    .string()
    .optional()
    .meta({ description: 'The region that its scope named then.', examples: ['us-east-1'] }),
}
export const accessKey = z
  .object(keyMembers)
  .meta({ id: 'AccessKey', description: 'A key that requests are signed with, without its secret.' })
export type AccessKeyJson = z.infer<typeof accessKey>
export const accessKeys = z
  .object({ items: z.array(accessKey).meta({ description: 'The user’s keys.' }) })
  .meta({ id: 'AccessKeys', description: 'All access keys of a user.' })
export const createdAccessKey = z
  .object({ ...keyMembers, secret })
  .meta({ id: 'CreatedAccessKey', description: 'A new access key with its secret.' })
export const accessKeyUpdate = z
  .strictObject({ status })
  .meta({ id: 'AccessKeyUpdate', description: 'Whether the key works.' })
export const accessKeyParams = z
  .strictObject({ user: identityName('Name of the user.', 'alice'), key: keyId })
  .meta({ description: 'Which key of which user.' })

const sessionName = z
  .string()
  .min(2)
  .max(64)
  .regex(/^[\w+=,.@-]+$/, 'letters, digits and _+=,.@- are expected')
  .meta({ description: 'What the session is called, in ARNs and in the audit trail.', examples: ['build-7'] })
export const sessionCreation = z
  .strictObject({
    role: reference('The role: its ARN, or its name in your own account.', 'deploy'),
    session: sessionName,
    seconds: z
      .number()
      .int()
      .min(900)
      .max(43_200)
      .optional()
      .meta({ description: 'How long it lasts; an hour when absent.', examples: [3600] }),
    externalId: z
      .string()
      .min(2)
      .max(1224)
      .regex(/^[\w+=,.@:/-]+$/, 'letters, digits and _+=,.@:/- are expected')
      .optional()
      .meta({
        description: 'What the role’s owner agreed on with you (`sts:ExternalId`).',
        examples: ['customer-17'],
      }),
    policies: z
      .array(policyDocument('A policy.'))
      .max(10)
      .optional()
      .meta({ description: 'Policies beyond which the session’s rights don’t reach.' }),
  })
  .meta({ id: 'SessionCreation', description: 'A role to take on for a while.' })
export const session = z
  .object({
    arn: z.string().meta({
      description: 'As whom its credentials act.',
      examples: ['arn:aws:sts::111122223333:assumed-role/deploy/build-7'],
    }),
    userId: z
      .string()
      .meta({ description: 'The same, unique for good.', examples: ['AROAQ3EGKR5N7LXWJ2HD:build-7'] }),
    accessKeyId: keyId,
    secretAccessKey: secret,
    sessionToken: z.string().meta({
      description: 'Goes with each request besides, as `X-Amz-Security-Token`. Shown this once.',
      examples: ['6jXF…'],
    }),
    expiresAt: timestamp('When they end.'),
  })
  .meta({ id: 'Session', description: 'Credentials for a while.' })
export type SessionJson = z.infer<typeof session>

export const callerIdentity = z
  .object({
    account: accountId,
    arn: z.string().meta({
      description: 'As whom the caller acts.',
      examples: ['arn:aws:iam::111122223333:user/alice'],
    }),
    userId: z
      .string()
      .meta({ description: 'The same, unique for good.', examples: ['AIDAQ3EGKR5N7LXWJ2HD'] }),
    credential: z
      .string()
      .optional()
      .meta({ description: 'What the caller proved that with.', examples: ['token/4f1d2c3b4a596877'] }),
  })
  .meta({ id: 'CallerIdentity', description: 'Who calls.' })
export type CallerIdentityJson = z.infer<typeof callerIdentity>

export const organizationCreation = z
  .strictObject({
    managementAccount: accountId.optional().meta({
      description: 'The account that manages it; the caller’s own when absent.',
      examples: ['111122223333'],
    }),
  })
  .meta({ id: 'OrganizationCreation', description: 'An organization to create.' })
export const organization = z
  .object({
    id: z.string().meta({ description: 'Its id, `aws:PrincipalOrgID`.', examples: ['o-a1b2c3d4e5'] }),
    arn: z.string().meta({
      description: 'Its Amazon resource name.',
      examples: ['arn:aws:organizations::111122223333:organization/o-a1b2c3d4e5'],
    }),
    managementAccount: accountId,
    createdAt: timestamp('When it was created.'),
  })
  .meta({
    id: 'Organization',
    description: 'Accounts that trust each other so far that shares need no acceptance.',
  })
export type OrganizationJson = z.infer<typeof organization>
export const organizationAccount = z
  .object({
    id: accountId,
    name: z.string().meta({ description: 'What people call the account.', examples: ['payments'] }),
    joinedAt: timestamp('When it came in.'),
  })
  .meta({ id: 'OrganizationAccount', description: 'An account in the organization.' })
export type OrganizationAccountJson = z.infer<typeof organizationAccount>
export const organizationAccountPage = pageOf('OrganizationAccountPage', organizationAccount, 'accounts')
export const organizationAccountParams = z
  .strictObject({ account: accountId })
  .meta({ description: 'Which account.' })
