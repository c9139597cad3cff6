import { z } from 'zod'
import {
  AUTHORITY_KINDS,
  AUTHORITY_STATUSES,
  CAA_MODES,
  RENEWAL_POLICIES,
  FAILURE_REASONS,
} from '../../core/domain/authorities.ts'
import { USAGE_MODES } from '../../core/domain/usage-modes.ts'
import { SIGNATURE_ALGORITHM_NAMES } from '../../core/domain/key-algorithms.ts'
import { KMS_NAMES } from '../../core/domain/kms.ts'
import { csrExtensions } from './csr-extensions.ts'
import { extendedKeyUsages, policies } from './authority-limits.ts'
import { accountId, keyAlgorithm, label, pageOf, pageQuery, pem, reference, timestamp } from './common.ts'
import { keyStorageStandard } from './key-storage-standard.ts'
import { nameConstraints } from './names.ts'
import { passthroughSubject } from './passthrough.ts'
import { revocationConfiguration, revocationWishes } from './revocation-configuration.ts'
import { validity } from './validity.ts'

export const authorityName = label(
  'What people call the authority; unique in its account and region.',
  'Issuing CA 1',
)
const kind = z.enum(AUTHORITY_KINDS).meta({
  description: 'A root signs itself; a subordinate is signed by its parent.',
  examples: ['subordinate'],
})
const pathLength = z
  .number()
  .int()
  .min(0)
  .max(10)
  .optional()
  .meta({ description: 'How many authorities may stand below it (RFC 5280 §4.2.1.9).', examples: [0] })
const signatureAlgorithm = z
  .enum(SIGNATURE_ALGORITHM_NAMES as [(typeof SIGNATURE_ALGORITHM_NAMES)[number]])
  .meta({
    description:
      'How it signs; it must fit the key. As is usual for the key when absent: RSA keys sign PKCS#1 v1.5 with SHA-256.',
    examples: ['SHA256WITHRSA_PSS'],
  })
const allowedProfiles = z
  .array(
    z
      .string()
      .min(1)
      .max(200)
      .meta({ description: 'A profile or a template by name.', examples: ['tls-server'] }),
  )
  .max(100)
  .meta({
    description: 'The only profiles and templates that it issues under; any when absent or null.',
    examples: [['tls-server']],
  })
const usageMode = z.enum(USAGE_MODES).meta({
  description: 'SHORT_LIVED_CERTIFICATE: certificates of at most seven days, which are not revoked.',
  examples: ['GENERAL_PURPOSE'],
})
const renewalPolicy = z.enum(RENEWAL_POLICIES).meta({
  description: 'AUTOMATIC: its parent renews its certificate in time.',
  examples: ['AUTOMATIC'],
})

const caaMode = z.enum(CAA_MODES).meta({
  description:
    'What CAA records (RFC 8659) count for, for the DNS names of what it issues: nothing (OFF), a warning (LOG), or a refusal where they don’t allow it or can’t be asked (ENFORCE).',
  examples: ['OFF'],
})

/** What whoever signs decides. */
const DECIDED_OUTSIDE = [
  'parent',
  'validity',
  'nameConstraints',
  'policies',
  'extendedKeyUsages',
  'makeDefault',
] as const

export const authorityCreation = z
  .strictObject({
    kind,
    certificate: z
      .enum(['issued', 'external'])
      .optional()
      .meta({
        description:
          'issued: certified here, active at once; the default. external: its key and its certification request are ' +
          'made, and it waits in PENDING_CERTIFICATE until the certificate that somebody else signed is imported.',
        examples: ['external'],
      }),
    csrExtensions: csrExtensions.optional(),
    parent: reference(
      'The authority above it, by id, name or ARN; for a subordinate only.',
      'Root CA',
    ).optional(),
    name: authorityName,
    subject: passthroughSubject,
    keyAlgorithm: keyAlgorithm.optional(),
    signatureAlgorithm: signatureAlgorithm.optional(),
    kms: z
      .enum(KMS_NAMES)
      .optional()
      .meta({ description: 'Where its key is kept; the installation’s when absent.', examples: ['pkcs11'] }),
    keyStorageStandard: keyStorageStandard.optional(),
    usageMode: usageMode.optional(),
    caa: caaMode.optional(),
    validity: validity.optional(),
    pathLength,
    nameConstraints: nameConstraints.optional(),
    policies: policies.optional(),
    extendedKeyUsages: extendedKeyUsages.optional(),
    revocation: revocationWishes.optional(),
    makeDefault: z
      .boolean()
      .optional()
      .meta({
        description: 'Whether it becomes the one that issues when a request names none.',
        examples: [true],
      }),
  })
  .refine((body) => body.kind === 'subordinate' || body.parent === undefined, {
    path: ['parent'],
    error: 'a root has no parent',
  })
  .refine((body) => body.kind === 'root' || body.certificate === 'external' || body.parent !== undefined, {
    path: ['parent'],
    error: 'a subordinate needs a parent, unless its certificate is external',
  })
  .superRefine((body, context) => {
    const external = body.certificate === 'external'
    if (!external && body.subject.customAttributes !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['subject', 'customAttributes'],
        message: 'go only with an external certificate',
      })
    for (const member of external ? DECIDED_OUTSIDE : (['csrExtensions'] as const))
      if (body[member] !== undefined)
        context.addIssue({
          code: 'custom',
          path: [member],
          message: external
            ? 'goes without an external certificate: whoever signs it decides'
            : 'goes only with an external certificate',
        })
  })
  .meta({
    id: 'AuthorityCreation',
    description: 'An authority to create. When the call returns it is active, or waits for its certificate.',
  })
export type AuthorityCreationJson = z.output<typeof authorityCreation>

export const authorityUpdate = z
  .strictObject({
    status: z
      .enum(['ACTIVE', 'DISABLED'])
      .optional()
      .meta({ description: 'A disabled authority issues nothing; its CRLs go on.', examples: ['DISABLED'] }),
    makeDefault: z
      .literal(true)
      .optional()
      .meta({ description: 'Makes it the one that issues when a request names none.', examples: [true] }),
    renewal: renewalPolicy.optional(),
    caa: caaMode.optional(),
    revocation: revocationWishes.optional(),
    allowedProfiles: allowedProfiles
      .nullish()
      .meta({ description: 'The only profiles and templates that it issues under from now on; null: any.' }),
  })
  .refine((body) => Object.values(body).some((member) => member !== undefined), {
    error: 'status, makeDefault, renewal, caa, revocation or allowedProfiles is needed',
  })
  .meta({ id: 'AuthorityUpdate', description: 'What to change about an authority.' })

const status = z.enum([...AUTHORITY_STATUSES, 'EXPIRED'])
const authorityMembers = {
  id: z.string().meta({ description: 'Its id.', examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'] }),
  arn: z.string().meta({
    description: 'Its Amazon resource name.',
    examples: [
      'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10',
    ],
  }),
  account: accountId,
  region: z.string().meta({ description: 'The region it belongs to.', examples: ['us-east-1'] }),
  name: z.string().meta({ description: 'What people call it.', examples: ['Issuing CA 1'] }),
  kind,
  parent: z
    .string()
    .optional()
    .meta({
      description: 'Id of the authority above it.',
      examples: ['8c1b2f60-2a8e-4c59-8b57-6f6f0a1c2d3e'],
    }),
  status: status.meta({ description: 'Only an ACTIVE authority issues.', examples: ['ACTIVE'] }),
  failureReason: z
    .enum(FAILURE_REASONS)
    .optional()
    .meta({ description: 'Why it is FAILED.', examples: ['UNSUPPORTED_ALGORITHM'] }),
  restorableUntil: timestamp('Until when a DELETED one can be restored.').optional(),
  purgedAt: timestamp('When the key of a DELETED one was destroyed.').optional(),
  keyAlgorithm,
  signatureAlgorithm,
  keyStorageStandard: keyStorageStandard.optional(),
  usageMode,
  renewal: renewalPolicy,
  caa: caaMode,
  successor: z
    .string()
    .optional()
    .meta({ description: 'Id of who issues in its place since it was rotated.', examples: ['8c1b2f60-…'] }),
  subject: z.string().meta({
    description: 'Its distinguished name (RFC 4514).',
    examples: ['CN=Issuing CA 1,O=Example GmbH,C=DE'],
  }),
  pathLength,
  nameConstraints: nameConstraints.optional(),
  allowedProfiles: allowedProfiles.optional(),
  revocation: revocationConfiguration,
  isDefault: z
    .boolean()
    .meta({ description: 'Whether it issues when a request names none.', examples: [true] }),
  createdAt: timestamp('When it was created.'),
  serial: z
    .string()
    .optional()
    .meta({
      description: 'Serial of its certificate, 32 hex digits; up to 40 where somebody outside signed it.',
      examples: ['5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
    }),
  notBefore: timestamp('From when its certificate is valid.').optional(),
  notAfter: timestamp('Until when its certificate is valid.').optional(),
  fingerprintSha256: z
    .string()
    .optional()
    .meta({ description: 'SHA-256 of its certificate in hex.', examples: ['e3b0c44298fc1c14…'] }),
  crlUrl: z
    .string()
    .optional()
    .meta({
      description: 'Where its complete CRL is, where its certificates name that.',
      examples: ['http://pki.example.com/crl/0f8b5b8e….crl'],
    }),
}

export const authoritySummary = z
  .object(authorityMembers)
  .meta({ id: 'AuthoritySummary', description: 'An authority as lists show it.' })
export type AuthoritySummaryJson = z.infer<typeof authoritySummary>

export const authority = z
  .object({
    ...authorityMembers,
    certificate: pem('Its certificate.').optional(),
    chain: z
      .array(pem('An issuer.'))
      .meta({ description: 'Its issuers from the nearest to the root; empty for a root.' }),
  })
  .meta({ id: 'Authority', description: 'A certificate authority.' })
export type AuthorityJson = z.infer<typeof authority>
export const authorityPage = pageOf('AuthorityPage', authoritySummary, 'authorities')

export const authorityListQuery = z
  .strictObject({
    status: status
      .optional()
      .meta({ description: 'Only those in this state.', examples: ['PENDING_CERTIFICATE'] }),
    kind: kind.optional(),
    owner: z
      .enum(['SELF', 'OTHER_ACCOUNTS'])
      .default('SELF')
      .meta({ description: 'One’s own, or those that other accounts share.', examples: ['SELF'] }),
    includeDeleted: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'Deleted ones, too; they are left out otherwise.', examples: ['true'] }),
    ...pageQuery,
  })
  .meta({ description: 'Which page of authorities.' })

export const chainQuery = z
  .strictObject({
    anchor: reference(
      'Where the chain shall end: an authority by id, name or ARN; its own root when absent.',
      'Old Root',
    ).optional(),
  })
  .meta({ description: 'Which of its chains.' })

export const authorityParams = z
  .strictObject({
    authority: reference('An authority, by id, name or ARN (percent-encoded).', 'Issuing CA 1'),
  })
  .meta({ description: 'Which authority.' })
