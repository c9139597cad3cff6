import { z } from 'zod'
import { MAPPING_KINDS } from '../../core/domain/certificate-mappings.ts'
import { TOKEN_ALGORITHMS } from '../../core/domain/identity-providers.ts'
import { accountId, pageOf, pageQuery, reference, timestamp } from './common.ts'

const roleArn = z
  .string()
  .min(1)
  .max(300)
  .meta({ description: 'ARN of a role of the account.', examples: ['arn:aws:iam::111122223333:role/deploy'] })

const providerName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/, 'letters, digits, dots, hyphens, underscores')
  .meta({ description: 'A name of the provider, unique in the account.', examples: ['github'] })

const rule = z
  .strictObject({
    claims: z
      .record(z.string().min(1).max(128), z.string().min(1).max(512))
      .refine((claims) => Object.keys(claims).length <= 20, 'at most 20 claims')
      .meta({
        description:
          'A pattern by claim, all of which must match. Colons and slashes part it; `*` stands for a whole part, `**` at the end for one or more.',
        examples: [{ sub: 'repo:example/app:ref:refs/heads/main' }],
      }),
    role: roleArn,
  })
  .meta({ description: 'Which claims may act in which role.' })

const members = {
  issuer: z
    .string()
    .min(1)
    .max(512)
    .meta({
      description: 'The `iss` of its tokens, exactly; unique in the account.',
      examples: ['https://token.actions.githubusercontent.com'],
    }),
  audiences: z
    .array(
      z
        .string()
        .min(1)
        .max(255)
        .meta({ description: 'An audience.', examples: ['chancery:111122223333'] }),
    )
    .min(1)
    .max(20)
    .meta({ description: 'One of these has to be in `aud`; `chancery:` and the account when absent.' }),
  algorithms: z
    .array(z.enum(TOKEN_ALGORITHMS).meta({ description: 'An algorithm.', examples: ['RS256'] }))
    .min(1)
    .max(TOKEN_ALGORITHMS.length)
    .meta({ description: 'What its tokens may be signed with; RS256 and ES256 when absent.' }),
  jwksUrl: z
    .string()
    .min(1)
    .max(2048)
    .meta({
      description:
        'Where its public keys are (RFC 7517); fetched over https from public addresses, unless configured.',
      examples: ['https://token.actions.githubusercontent.com/.well-known/jwks'],
    }),
  jwks: z
    .strictObject({
      keys: z
        .array(z.record(z.string(), z.unknown()).meta({ description: 'A public key.' }))
        .min(1)
        .max(50)
        .meta({ description: 'Public keys (RFC 7517).' }),
    })
    .meta({ description: 'The public keys themselves, where they can’t be fetched.' }),
  rules: z.array(rule).max(100).meta({ description: 'Who may act in which role.' }),
}

export const identityProviderReplacement = z
  .strictObject({
    ...members,
    audiences: members.audiences.optional(),
    algorithms: members.algorithms.optional(),
    jwksUrl: members.jwksUrl.optional(),
    jwks: members.jwks.optional(),
  })
  .meta({ id: 'IdentityProviderReplacement', description: 'All that is said about an identity provider.' })
export type IdentityProviderMembers = z.output<typeof identityProviderReplacement>

export const identityProviderCreation = identityProviderReplacement
  .extend({ name: providerName })
  .meta({ id: 'IdentityProviderCreation', description: 'An identity provider whose tokens to believe.' })

export const identityProvider = z
  .object({
    arn: z.string().meta({
      description: 'Its ARN.',
      examples: ['arn:aws:chancery::111122223333:identity-provider/github'],
    }),
    account: accountId,
    name: providerName,
    ...members,
    jwksUrl: members.jwksUrl.optional(),
    jwks: members.jwks.optional(),
    createdAt: timestamp('When it was made.'),
    updatedAt: timestamp('When it was changed last.'),
  })
  .meta({ id: 'IdentityProvider', description: 'Whose tokens the account believes.' })
export type IdentityProviderJson = z.infer<typeof identityProvider>
export const identityProviderPage = pageOf('IdentityProviderPage', identityProvider, 'identity providers')
export const identityProviderParams = z.strictObject({
  identityProvider: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'Name of the provider.', examples: ['github'] }),
})

export const credentialListQuery = z.strictObject(pageQuery)

const kind = z.enum(MAPPING_KINDS).meta({
  description: 'What of the certificate counts: its one SPIFFE id, a DNS name, or its common name.',
  examples: ['spiffe'],
})
const value = z
  .string()
  .min(1)
  .max(2048)
  .meta({
    description: 'A SPIFFE id, exactly; or a name, in which `*` may stand for a whole label.',
    examples: ['spiffe://example.com/web'],
  })

export const certificateMappingCreation = z
  .strictObject({
    authority: reference('Id, name or ARN of an authority of the account and region.', 'issuing'),
    kind,
    value,
    role: roleArn,
  })
  .meta({ id: 'CertificateMappingCreation', description: 'Whom certificates of an authority stand for.' })

export const certificateMapping = z
  .object({
    id: z.string().meta({ description: 'Its id.', examples: ['0193a7c2-5e1f-7b3a-9c4d-2e6f8a1b3c5d'] }),
    arn: z.string().meta({
      description: 'Its ARN.',
      examples: [
        'arn:aws:chancery:us-east-1:111122223333:certificate-mapping/0193a7c2-5e1f-7b3a-9c4d-2e6f8a1b3c5d',
      ],
    }),
    authority: z.string().meta({
      description: 'ARN of the authority.',
      examples: [
        'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/0193a7c2-5e1f-7b3a-9c4d-2e6f8a1b3c5d',
      ],
    }),
    kind,
    value,
    role: roleArn,
    createdAt: timestamp('When it was made.'),
  })
  .meta({ id: 'CertificateMapping', description: 'Whom certificates of an authority stand for.' })
export type CertificateMappingJson = z.infer<typeof certificateMapping>
export const certificateMappingPage = pageOf(
  'CertificateMappingPage',
  certificateMapping,
  'certificate mappings',
)
export const certificateMappingParams = z.strictObject({
  certificateMapping: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'Id of the mapping.', examples: ['0193a7c2-5e1f-7b3a-9c4d-2e6f8a1b3c5d'] }),
})
