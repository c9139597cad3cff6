import { z } from 'zod'
import { COMPROMISE_STATEMENT } from '../../core/domain/compromised-keys.ts'
import { accountId, pageOf, pageQuery, timestamp } from './common.ts'

const MAX_PEM = 64 * 1024
const SPKI = '6b2f1f7c9e0d4a53b8c1d2e3f40516273849a0b1c2d3e4f5061728394a5b6c7d'
const pemGiven = (description: string, label: string) =>
  z
    .string()
    .min(1)
    .max(MAX_PEM)
    .optional()
    .meta({ description, examples: [`-----BEGIN ${label}-----\nMIIB…\n-----END ${label}-----\n`] })
const authorityIds = (description: string) =>
  z
    .array(z.string().meta({ description: 'Id of one.', examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'] }))
    .meta({ description })

export const compromisedKeyMark = z
  .strictObject({
    spkiSha256: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'SHA-256 of its SubjectPublicKeyInfo in hex.', examples: [SPKI] }),
    certificateId: z
      .string()
      .min(1)
      .max(300)
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
      .optional()
      .meta({
        description:
          'Id of a certificate with this key. If the service made the key, it is marked everywhere.',
        examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10.5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
      }),
    certificate: pemGiven('Any certificate with this key.', 'CERTIFICATE'),
    csr: pemGiven(
      `A request signed by this key. With the common name “${COMPROMISE_STATEMENT}” it proves possession, and the key is marked everywhere.`,
      'CERTIFICATE REQUEST',
    ),
    publicKey: pemGiven('The key itself.', 'PUBLIC KEY'),
    note: z
      .string()
      .min(1)
      .max(500)
      .regex(/^[^\p{Cc}]+$/u, 'no control characters')
      .optional()
      .meta({ description: 'Why, for people.', examples: ['found in a public repository'] }),
  })
  .meta({
    id: 'CompromisedKeyMark',
    description: 'A public key to mark compromised, named in exactly one way.',
  })

export const compromisedKey = z
  .object({
    spkiSha256: z.string().meta({ description: 'SHA-256 of its SubjectPublicKeyInfo.', examples: [SPKI] }),
    account: accountId,
    everywhere: z
      .boolean()
      .meta({ description: 'Whether it is refused in every account.', examples: [false] }),
    source: z.enum(['mark', 'file']).meta({
      description: 'Marked by somebody, or read from the file of the installation.',
      examples: ['mark'],
    }),
    note: z
      .string()
      .optional()
      .meta({ description: 'Why.', examples: ['found in a public repository'] }),
    markedBy: z
      .string()
      .meta({ description: 'Who marked it, as in the audit trail.', examples: ['token/4f1d2c3b4a596877'] }),
    createdAt: timestamp('When it was marked.'),
    settledAt: timestamp('When its last certificate was revoked; absent while that goes on.').optional(),
  })
  .meta({ id: 'CompromisedKey', description: 'A public key for which no certificate is issued any more.' })
export type CompromisedKeyJson = z.infer<typeof compromisedKey>
export const compromisedKeyPage = pageOf('CompromisedKeyPage', compromisedKey, 'compromised keys')

export const markedKey = z
  .object({
    key: compromisedKey,
    revoked: z
      .number()
      .int()
      .meta({ description: 'Certificates that were revoked before the call returned.', examples: [3] }),
    complete: z.boolean().meta({
      description: 'Whether all are revoked and their CRLs published; if not, that goes on by itself.',
      examples: [true],
    }),
    authorities: authorityIds('Authorities whose own key it is; they are disabled.'),
    issuers: authorityIds('Authorities that issued what was revoked.'),
  })
  .meta({ id: 'MarkedKey', description: 'What marking a key compromised has done.' })

export const compromisedKeyListQuery = z
  .strictObject(pageQuery)
  .meta({ description: 'Which page of compromised keys.' })

export const compromisedKeyParams = z
  .strictObject({
    spkiSha256: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
      .meta({ description: 'SHA-256 of the SubjectPublicKeyInfo in hex.', examples: [SPKI] }),
  })
  .meta({ description: 'Which key.' })
