import { z } from 'zod'
import { ROLES } from '../../core/domain/policies/built-in.ts'
import { accountId, label, pageOf, pageQuery, timestamp } from './common.ts'
import { identityName, policyDocument } from './identities.ts'

const region = (description: string) => z.string().meta({ description, examples: ['us-east-1'] })
const role = z.enum(ROLES).meta({
  description: '`administrator` may do everything in its account, `issuer` works with certificates only.',
  examples: ['issuer'],
})
const installationRight = z.boolean().meta({
  description: 'Whether it may create accounts, and tokens for other accounts.',
  examples: [false],
})

export const installation = z
  .object({
    id: z.string().meta({ description: 'Id of the installation, for ever.', examples: ['9b2f6d1e8c3a4f50'] }),
    version: z.string().meta({ description: 'Of the running program.', examples: ['0.1.0'] }),
    mode: z
      .enum(['normal', 'simulation'])
      .meta({ description: 'Fixed at first start.', examples: ['normal'] }),
    publicUrl: z
      .string()
      .optional()
      .meta({
        description: 'Where relying parties find CRLs; absent when not configured.',
        examples: ['http://pki.example.com'],
      }),
    region: region('The region this call acted in.'),
    account: accountId,
    globalRegion: region('The region of calls that name none.'),
    warnings: z
      .array(z.string().meta({ description: 'A warning: its name, a colon, what it means.' }))
      .meta({ description: 'What the operator should know.', examples: [['no public URL is configured']] }),
  })
  .meta({ id: 'Installation', description: 'What this server is, as seen by the caller.' })
export type InstallationJson = z.infer<typeof installation>

export const accountCreation = z
  .strictObject({
    id: accountId
      .optional()
      .meta({ description: 'The account id; drawn at random when absent.', examples: ['111122223333'] }),
    name: label('What people call the account.', 'payments'),
  })
  .meta({ id: 'AccountCreation', description: 'An account to create.' })

export const account = z
  .object({
    id: accountId,
    name: z.string().meta({ description: 'What people call the account.', examples: ['payments'] }),
    createdAt: timestamp('When it was created.'),
  })
  .meta({ id: 'Account', description: 'An account: what owns authorities and certificates.' })
export type AccountJson = z.infer<typeof account>
export const accountPage = pageOf('AccountPage', account, 'accounts')

export const accountListQuery = z.strictObject(pageQuery).meta({ description: 'Which page of accounts.' })

/** Other than by a fixed role. */
const actsAs = {
  user: identityName('Name of the user as whom it acts.', 'alice'),
  assumes: z
    .strictObject({
      role: identityName('Name of the role that it acts in.', 'deploy'),
      session: identityName('What the session is called.', 'nightly').min(2),
    })
    .meta({ description: 'The role that it acts in.' }),
}

export const tokenCreation = z
  .strictObject({
    account: accountId.optional().meta({
      description: 'Whose token; the caller’s own account when absent.',
      examples: ['111122223333'],
    }),
    name: label('What people call the token.', 'ci-runner'),
    role: role.optional(),
    user: actsAs.user.optional(),
    assumes: actsAs.assumes.optional(),
    scope: z
      .union([
        z
          .strictObject({
            actions: z
              .array(
                z.string().min(1).max(128).meta({ description: 'An action; `*` and `?` as in policies.' }),
              )
              .min(1)
              .max(100)
              .meta({ description: 'Only these.', examples: [['acm:Describe*']] }),
          })
          .meta({ description: 'Actions on anything.' }),
        policyDocument('A policy.'),
      ])
      .optional()
      .meta({
        description: 'What its rights don’t reach beyond: a list of actions, or a policy.',
        examples: [{ actions: ['acm:Describe*'] }],
      }),
    installation: installationRight.optional(),
    expiresAt: timestamp('When it stops working; never when absent.').optional(),
  })
  .meta({
    id: 'TokenCreation',
    description: 'A bearer token to create: with a fixed role, or as a user, or in a role.',
  })

export const tokenRotation = z
  .strictObject({
    graceSeconds: z
      .number()
      .int()
      .min(0)
      .max(604_800)
      .optional()
      .meta({ description: 'How long the secret before works on; an hour when absent.', examples: [3600] }),
    expiresAt: timestamp('When it stops working; as before when absent.').optional(),
  })
  .meta({ id: 'TokenRotation', description: 'How a token is rotated.' })

const tokenMembers = {
  id: z.string().meta({ description: 'Id of the token; not a secret.', examples: ['4f1d2c3b4a596877'] }),
  account: accountId,
  name: z.string().meta({ description: 'What people call the token.', examples: ['ci-runner'] }),
  role: role.optional(),
  userId: z
    .string()
    .optional()
    .meta({ description: 'Id of the user as whom it acts.', examples: ['AIDAQ3EGKR5N7LXWJ2HD'] }),
  roleId: z
    .string()
    .optional()
    .meta({ description: 'Id of the role that it acts in.', examples: ['AROAQ3EGKR5N7LXWJ2HD'] }),
  session: z
    .string()
    .optional()
    .meta({ description: 'What its session in the role is called.', examples: ['nightly'] }),
  scope: z
    .string()
    .optional()
    .meta({ description: 'The policy that its rights don’t reach beyond.', examples: ['{…}'] }),
  installation: installationRight,
  createdAt: timestamp('When it was created.'),
  expiresAt: timestamp('When it stops working; absent: never.').optional(),
  revokedAt: timestamp('When it was revoked; absent: it is not.').optional(),
  rotatedAt: timestamp('When it got another secret last.').optional(),
  previousUntil: timestamp('Until when the secret before works.').optional(),
}
export const token = z
  .object(tokenMembers)
  .meta({ id: 'Token', description: 'A bearer token, without its secret.' })
export type TokenJson = z.infer<typeof token>

export const createdToken = z
  .object({
    ...tokenMembers,
    secret: z.string().meta({
      description: 'The token to send as `Authorization: Bearer …`. Shown this once.',
      examples: ['chy_…'],
    }),
  })
  .meta({ id: 'CreatedToken', description: 'A new bearer token with its secret.' })
export type CreatedTokenJson = z.infer<typeof createdToken>
export const tokenPage = pageOf('TokenPage', token, 'tokens')

const tokenAccount = accountId.optional().meta({
  description: 'Whose tokens; the caller’s own account when absent.',
  examples: ['111122223333'],
})

export const tokenListQuery = z
  .strictObject({
    account: tokenAccount,
    ...pageQuery,
  })
  .meta({ description: 'Which tokens.' })

export const tokenRevocationQuery = z
  .strictObject({ account: tokenAccount })
  .meta({ description: 'Whose token.' })

export const tokenParams = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
      .meta({ description: 'Id of the token.', examples: ['4f1d2c3b4a596877'] }),
  })
  .meta({ description: 'Which token.' })
