import { z } from 'zod'
import { ROLES } from '../../core/domain/policies/built-in.ts'
import { accountId, label, pageOf, pageQuery, timestamp } from './common.ts'

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

export const tokenCreation = z
  .strictObject({
    account: accountId.optional().meta({
      description: 'Whose token; the caller’s own account when absent.',
      examples: ['111122223333'],
    }),
    name: label('What people call the token.', 'ci-runner'),
    role,
    installation: installationRight.optional(),
    expiresAt: timestamp('When it stops working; never when absent.').optional(),
  })
  .meta({ id: 'TokenCreation', description: 'A bearer token to create.' })

const tokenMembers = {
  id: z.string().meta({ description: 'Id of the token; not a secret.', examples: ['4f1d2c3b4a596877'] }),
  account: accountId,
  name: z.string().meta({ description: 'What people call the token.', examples: ['ci-runner'] }),
  role: role.optional(),
  installation: installationRight,
  createdAt: timestamp('When it was created.'),
  expiresAt: timestamp('When it stops working; absent: never.').optional(),
  revokedAt: timestamp('When it was revoked; absent: it is not.').optional(),
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
