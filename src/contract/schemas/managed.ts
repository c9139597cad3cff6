import { z } from 'zod'
import {
  MAX_TAGS,
  MAX_TAG_KEY,
  MAX_TAG_VALUE,
  RENEWAL_KEYS,
  VALIDATION_METHODS,
} from '../../core/domain/managed-certificates.ts'
import { REVOCATION_REASON_NAMES } from '../../core/domain/revocation.ts'
import { keyAlgorithm, pem, reference } from './common.ts'
import { profileName } from './profiles.ts'

/** A certificate, a chain and a key as PEM. */
export const MANAGED_IMPORT_LIMIT = 4_000_000

export const domain = (description: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .meta({ description, examples: ['www.example.com'] })

export const method = z.enum(VALIDATION_METHODS).meta({
  description:
    'How control over the names is proved: DNS by a CNAME, EMAIL by somebody who reads the domain’s mail, HTTP by a redirect.',
  examples: ['DNS'],
})

export const tags = z
  .record(z.string().min(1).max(MAX_TAG_KEY), z.string().max(MAX_TAG_VALUE))
  .refine((all) => Object.keys(all).length <= MAX_TAGS, `at most ${MAX_TAGS} tags`)
  .meta({ description: `Up to ${MAX_TAGS} keys with their values.`, examples: [{ team: 'payments' }] })

export const renewalKey = z
  .enum(RENEWAL_KEYS)
  .meta({ description: 'Whether a renewal makes a new key or keeps it.', examples: ['new'] })

export const managedRequest = z
  .strictObject({
    domainName: domain('The first name; a wildcard has its asterisk leftmost, as in *.example.com.'),
    names: z
      .array(domain('A further name.'))
      .max(100)
      .optional()
      .meta({ description: 'Further names; 100 in all.', examples: [['example.com']] }),
    authority: reference(
      'A private authority, by id, name or ARN; the default one when absent. Not together with `validation`.',
      'Issuing CA 1',
    ).optional(),
    validation: z
      .strictObject({
        method,
        domains: z
          .array(
            z
              .strictObject({
                domain: domain('One of the names.'),
                validationDomain: domain('That name or one above it: whose mailboxes are asked.'),
              })
              .meta({ description: 'A name, and whose mailboxes to ask for it.' }),
          )
          .max(100)
          .optional()
          .meta({ description: 'EMAIL only: whose mailboxes to ask, where not the name’s own.' }),
      })
      .optional()
      .meta({
        description:
          'Has the installation’s own authority issue, once control over every name is proved. Without it a private authority issues at once.',
      }),
    profile: profileName(
      'What it is for, where a private authority issues; `tls` when absent.',
      'tls-server',
    ).optional(),
    days: z
      .number()
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .meta({
        description: 'Days of validity, of each version; 395 (private) or 198 when absent.',
        examples: [90],
      }),
    keyAlgorithm: keyAlgorithm.optional(),
    renewalKey: renewalKey.optional(),
    exportable: z
      .boolean()
      .optional()
      .meta({
        description:
          'Whether its private key may be exported: true for a private certificate and false for a validated one when absent. It can’t be changed later.',
        examples: [true],
      }),
    tags: tags.optional(),
  })
  .refine((body) => body.validation === undefined || body.authority === undefined, {
    path: ['authority'],
    error: 'not together with validation: the installation’s own authority issues then',
  })
  .refine((body) => body.validation === undefined || body.profile === undefined, {
    path: ['profile'],
    error: 'not together with validation: such a certificate is always for TLS servers',
  })
  .meta({ id: 'ManagedRequest', description: 'A certificate to have made and kept.' })
export type ManagedRequest = z.output<typeof managedRequest>

const parts = {
  certificate: pem('The certificate.'),
  key: pem('Its private key: PKCS#8 as PEM, clear or encrypted; or PKCS#8 or PKCS#12 as DER in base64.'),
  passphrase: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: 'What the key is encrypted under.', examples: ['correct horse battery'] }),
  chain: pem('Its issuers, each certifying the one before; without the certificate itself.').optional(),
}
export const managedImport = z
  .strictObject({ ...parts, tags: tags.optional() })
  .meta({ id: 'ManagedImport', description: 'A certificate from elsewhere with its key.' })
export const managedReimport = z
  .strictObject(parts)
  .meta({ id: 'ManagedReimport', description: 'What takes the place of an imported certificate.' })

export const managedParams = z
  .strictObject({
    id: reference(
      'Id or ARN of the managed certificate.',
      'arn:aws:acm:us-east-1:111122223333:certificate/0f8b5b8e-3f0a-7c8e-9d55-0d5b6a4d8f10',
    ),
  })
  .meta({ description: 'Which managed certificate.' })
export const managedVersionParams = z
  .strictObject({
    ...managedParams.shape,
    number: z.coerce
      .number()
      .int()
      .min(1)
      .meta({ description: 'Number of the version; the first is 1.', examples: [1] }),
  })
  .meta({ description: 'Which version.' })

const resourceArn = z
  .string()
  .min(1)
  .max(1011)
  .meta({
    description: 'ARN of what uses the certificate.',
    examples: ['arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188'],
  })
export const association = z
  .strictObject({ resourceArn })
  .meta({ id: 'Association', description: 'What uses a certificate.' })
export const associationQuery = z
  .strictObject({ resourceArn })
  .meta({ description: 'What no longer uses it.' })
export const tagsBody = z
  .strictObject({ tags })
  .meta({ id: 'Tags', description: 'All tags; they take the place of those there were.' })
export const resendBody = z
  .strictObject({
    domain: domain('One of the certificate’s names.'),
    validationDomain: domain('That name or one above it; as before when absent.').optional(),
  })
  .meta({ id: 'ResendValidationEmail', description: 'Whom to ask again.' })
export const managedRevocation = z
  .strictObject({
    reason: z
      .enum(REVOCATION_REASON_NAMES as [(typeof REVOCATION_REASON_NAMES)[number]])
      .default('unspecified')
      .meta({ description: 'Why (RFC 5280 §5.3.1).', examples: ['keyCompromise'] }),
  })
  .meta({ id: 'ManagedRevocation', description: 'Why a managed certificate is to be revoked.' })
