import { z } from 'zod'
import { VALIDATION_STATUSES } from '../../core/domain/domain-validations.ts'
import {
  MANAGED_FAILURES,
  MANAGED_KINDS,
  MANAGED_STATUSES,
  RENEWAL_STATUSES,
} from '../../core/domain/managed-certificates.ts'
import { accountId, keyAlgorithm, pageOf, pageQuery, pem, timestamp } from './common.ts'
import { domain, method, renewalKey, tags } from './managed.ts'

const domainValidation = z
  .object({
    domain: domain('The name.'),
    method,
    status: z.enum(VALIDATION_STATUSES).meta({ description: 'How it stands.', examples: ['SUCCESS'] }),
    validationDomain: domain('What is proved: the name without its wildcard, or one above it.'),
    record: z
      .object({
        name: z.string().meta({ description: 'Its owner name.', examples: ['_0f8b….example.com.'] }),
        type: z.literal('CNAME').meta({ description: 'Always CNAME.' }),
        value: z
          .string()
          .meta({ description: 'Its target.', examples: ['_a9c1….qwertyuiop.acm-validations.aws.'] }),
      })
      .optional()
      .meta({ description: 'DNS: the record to set, and to leave in place for renewals.' }),
    emails: z
      .array(z.string().meta({ description: 'A mailbox.', examples: ['hostmaster@example.com'] }))
      .optional()
      .meta({ description: 'EMAIL: the mailboxes that were asked.' }),
    redirect: z
      .object({
        from: z.string().meta({
          description: 'Where to redirect.',
          examples: ['http://example.com/.well-known/pki-validation/0f8b….txt'],
        }),
        to: z
          .string()
          .meta({ description: 'Where to.', examples: ['http://pki.example.net/validation/a9c1….txt'] }),
      })
      .optional()
      .meta({ description: 'HTTP: the redirect to set up, and to leave in place for renewals.' }),
    reason: z
      .string()
      .optional()
      .meta({ description: 'What the last check found wrong.', examples: ['there is no CNAME record'] }),
    checkedAt: timestamp('When it was last checked.').optional(),
    validatedAt: timestamp('When it was last found good.').optional(),
  })
  .meta({ id: 'DomainValidation', description: 'The proof of control over one name.' })
export type DomainValidationJson = z.infer<typeof domainValidation>

const summaryMembers = {
  id: z.string().meta({ description: 'Its id.', examples: ['0f8b5b8e-3f0a-7c8e-9d55-0d5b6a4d8f10'] }),
  arn: z.string().meta({
    description: 'Its Amazon resource name, which it keeps for life.',
    examples: ['arn:aws:acm:us-east-1:111122223333:certificate/0f8b5b8e-3f0a-7c8e-9d55-0d5b6a4d8f10'],
  }),
  account: accountId,
  region: z.string().meta({ description: 'The region it belongs to.', examples: ['us-east-1'] }),
  kind: z.enum(MANAGED_KINDS).meta({
    description: 'Issued by a private authority, by the installation’s own after validation, or imported.',
    examples: ['private'],
  }),
  status: z.enum(MANAGED_STATUSES).meta({ description: 'How it stands.', examples: ['ISSUED'] }),
  failureReason: z
    .enum(Object.keys(MANAGED_FAILURES) as [keyof typeof MANAGED_FAILURES])
    .optional()
    .meta({ description: 'Why it failed, or what holds it up.', examples: ['CAA_ERROR'] }),
  failureDetail: z
    .string()
    .optional()
    .meta({
      description: 'What exactly was wrong.',
      examples: ['example.com: CAA allows other.example only'],
    }),
  domainName: domain('The first name.'),
  names: z.array(domain('A name.')).meta({ description: 'All names, the first one first.' }),
  keyAlgorithm,
  version: z
    .number()
    .int()
    .optional()
    .meta({ description: 'The number of the version that stands; absent before the first.', examples: [2] }),
  serial: z
    .string()
    .optional()
    .meta({
      description: 'Serial number of the certificate.',
      examples: ['5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
    }),
  notBefore: timestamp('From when the certificate is valid.').optional(),
  notAfter: timestamp('Until when the certificate is valid.').optional(),
  issuedAt: timestamp('When the certificate was issued or imported.').optional(),
  createdAt: timestamp('When it was requested or imported first.'),
  exportable: z.boolean().meta({ description: 'Whether its private key may be exported.', examples: [true] }),
  exported: z
    .boolean()
    .meta({ description: 'Whether the key of the version that stands was exported.', examples: [false] }),
  inUseBy: z
    .array(z.string().meta({ description: 'An ARN.', examples: ['arn:aws:…'] }))
    .meta({ description: 'What uses it.' }),
  tags,
  renewal: z
    .object({
      eligible: z.boolean().meta({ description: 'Whether it is renewed by itself.', examples: [true] }),
      obstacle: z
        .string()
        .optional()
        .meta({ description: 'Why it isn’t.', examples: ['it was imported: import its successor'] }),
      key: renewalKey,
      at: timestamp('When renewal begins, or goes on.').optional(),
      status: z
        .enum(RENEWAL_STATUSES)
        .optional()
        .meta({ description: 'How the last or current renewal stands.', examples: ['SUCCESS'] }),
      reason: z
        .string()
        .optional()
        .meta({ description: 'What holds it up.', examples: ['there is no CNAME record'] }),
      updatedAt: timestamp('When that changed last.').optional(),
    })
    .meta({ description: 'Its renewal.' }),
  revocation: z
    .object({
      revokedAt: timestamp('When it was revoked.'),
      reason: z.string().meta({ description: 'Why.', examples: ['keyCompromise'] }),
    })
    .optional()
    .meta({ description: 'Present when it is revoked.' }),
}
export const managedSummary = z
  .object(summaryMembers)
  .meta({ id: 'ManagedCertificateSummary', description: 'A managed certificate as lists show it.' })
export type ManagedSummaryJson = z.infer<typeof managedSummary>

export const managedCertificate = z
  .object({
    ...summaryMembers,
    authority: z
      .string()
      .optional()
      .meta({
        description: 'Id of the private authority that issues it.',
        examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'],
      }),
    profile: z
      .string()
      .optional()
      .meta({ description: 'What it is for.', examples: ['tls'] }),
    days: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Days of validity of each version.', examples: [395] }),
    validation: z
      .array(domainValidation)
      .meta({ description: 'The proof of control, name by name; empty where none is needed.' }),
    validateUntil: timestamp('Until when the names must be validated; while that is under way.').optional(),
    certificate: pem('The certificate; absent before the first version.').optional(),
    chain: z.array(pem('An issuer.')).meta({ description: 'Its issuers from the nearest to the root.' }),
  })
  .meta({ id: 'ManagedCertificate', description: 'A managed certificate.' })
export type ManagedCertificateJson = z.infer<typeof managedCertificate>
export const managedPage = pageOf('ManagedCertificatePage', managedSummary, 'managed certificates')

export const managedListQuery = z
  .strictObject({
    kind: z
      .enum(MANAGED_KINDS)
      .optional()
      .meta({ description: 'Its kind.', examples: ['private'] }),
    status: z
      .enum(MANAGED_STATUSES)
      .optional()
      .meta({ description: 'Its status now.', examples: ['ISSUED'] }),
    domainName: domain('Its first name.').optional(),
    inUse: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'Whether anything uses it.', examples: ['true'] }),
    expiresBefore: timestamp('Expires before this time.').optional(),
    ...pageQuery,
  })
  .meta({ description: 'Which managed certificates.' })
export type ManagedListQuery = z.output<typeof managedListQuery>

const managedVersion = z
  .object({
    number: z
      .number()
      .int()
      .meta({ description: 'Its number.', examples: [1] }),
    serial: z.string().meta({
      description: 'Serial number of the certificate.',
      examples: ['5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
    }),
    certificateId: z
      .string()
      .optional()
      .meta({
        description: 'Its id among the certificates issued here; absent for an imported one.',
        examples: ['0f8b….5a0c…'],
      }),
    notBefore: timestamp('From when it is valid.'),
    notAfter: timestamp('Until when it is valid.'),
    createdAt: timestamp('When it was issued or imported.'),
  })
  .meta({ id: 'ManagedVersion', description: 'One certificate of a managed one’s line.' })
export type ManagedVersionJson = z.infer<typeof managedVersion>
export const managedVersionPage = pageOf('ManagedVersionPage', managedVersion, 'versions')
export const managedVersionQuery = z.strictObject(pageQuery).meta({ description: 'Which versions.' })
