import { z } from 'zod'
import { CERTIFICATE_STATUSES } from '../../core/domain/certificates.ts'
import { SIGNATURE_ALGORITHM_NAMES } from '../../core/domain/key-algorithms.ts'
import { REVOCATION_REASON_NAMES } from '../../core/domain/revocation.ts'
import { accountId, keyAlgorithm, pageOf, pageQuery, pem, reference, timestamp } from './common.ts'
import { exportedFile, exportForm } from './exports.ts'
import { certifiedNames, requestedNames, subjectFields } from './names.ts'
import { passthrough } from './passthrough.ts'
import { profileName } from './profiles.ts'
import { validity } from './validity.ts'

const profile = profileName(
  'What the certificate is for: tls-server, tls-client, tls, email, code-signing, or a profile of the account’s own.',
  'tls-server',
)
const template = z
  .string()
  .min(1)
  .max(200)
  .meta({
    description: 'In place of a profile, a template of AWS Private CA by name or ARN; with `csr` only.',
    examples: ['EndEntityCertificate/V1'],
  })
const signatureAlgorithm = z
  .enum(SIGNATURE_ALGORITHM_NAMES as [(typeof SIGNATURE_ALGORITHM_NAMES)[number]])
  .meta({
    description: 'How to sign it, one that the authority’s key can; the authority’s usual way when absent.',
    examples: ['SHA256WITHECDSA'],
  })
export const reason = z
  .enum(REVOCATION_REASON_NAMES as [(typeof REVOCATION_REASON_NAMES)[number]])
  .meta({ description: 'Why (RFC 5280 §5.3.1).', examples: ['keyCompromise'] })

const authorityRef = reference(
  'Who issues, by id, name or ARN; the default authority when absent.',
  'Issuing CA 1',
)

export const issuance = z
  .strictObject({
    authority: authorityRef.optional(),
    csr: z
      .string()
      .min(1)
      .max(64 * 1024)
      .optional()
      .meta({
        description: 'A PKCS#10 request as PEM, or its DER in base64. Not together with `key`.',
        examples: ['-----BEGIN CERTIFICATE REQUEST-----\nMIIB…\n-----END CERTIFICATE REQUEST-----\n'],
      }),
    key: z
      .strictObject({ algorithm: keyAlgorithm })
      .optional()
      .meta({ description: 'Has the service make the key; it can be exported later.' }),
    names: requestedNames.optional(),
    subject: subjectFields.optional(),
    profile: profile.optional(),
    template: template.optional(),
    passthrough: passthrough.optional(),
    validity: validity.optional(),
    signatureAlgorithm: signatureAlgorithm.optional(),
    export: exportForm.optional(),
  })
  .refine((body) => body.csr === undefined || body.key === undefined, {
    path: ['key'],
    error: 'not together with csr',
  })
  .refine((body) => body.csr === undefined || body.export === undefined, {
    path: ['export'],
    error: 'only for a key that the service makes',
  })
  .meta({ id: 'Issuance', description: 'A certificate to issue: for the key in `csr`, or for a new one.' })
export type Issuance = z.output<typeof issuance>

export const issuanceQuery = z
  .strictObject({
    authority: authorityRef.optional(),
    profile: profile.optional(),
    days: z
      .number()
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .meta({ description: 'Days of validity.', examples: [90] }),
  })
  .meta({ description: 'For a bare CSR as the body only; a JSON body says it itself.' })
export type IssuanceQuery = z.output<typeof issuanceQuery>

const certificateMembers = {
  id: z.string().meta({
    description: 'Its id: authority and serial.',
    examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10.5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
  }),
  arn: z.string().meta({
    description: 'Its Amazon resource name.',
    examples: ['arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/0f8b…/certificate/5a0c…'],
  }),
  account: accountId,
  region: z.string().meta({ description: 'The region it belongs to.', examples: ['us-east-1'] }),
  authority: z
    .string()
    .meta({ description: 'Id of its issuer.', examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'] }),
  serial: z.string().meta({
    description: 'Its serial number: 32 hex digits, up to 40 for one that came from elsewhere.',
    examples: ['5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
  }),
  status: z
    .enum(CERTIFICATE_STATUSES)
    .meta({ description: 'Revocation wins over expiry.', examples: ['valid'] }),
  profile: z.string().meta({
    description:
      'Under what it was issued: a profile, with its version if it is the account’s own, or a template.',
    examples: ['tls-server'],
  }),
  subject: z
    .string()
    .meta({ description: 'Its distinguished name (RFC 4514).', examples: ['CN=www.example.com'] }),
  names: certifiedNames,
  notBefore: timestamp('From when it is valid.'),
  notAfter: timestamp('Until when it is valid.'),
  issuedAt: timestamp('When it was issued.'),
  keyAlgorithm: z.string().meta({ description: 'The algorithm of its key.', examples: ['EC_prime256v1'] }),
  fingerprintSha256: z
    .string()
    .meta({ description: 'SHA-256 of the certificate in hex.', examples: ['e3b0c44298fc1c14…'] }),
  hasKey: z
    .boolean()
    .meta({ description: 'Whether the service made its key and can export it.', examples: [false] }),
  revocation: z
    .object({
      revokedAt: timestamp('When it was revoked.'),
      reason,
    })
    .optional()
    .meta({ description: 'Present when it is revoked.' }),
  warnings: z
    .array(z.string().meta({ description: 'A warning: its name, a colon, what it means.' }))
    .meta({ description: 'What the lint and the service had to say.', examples: [[]] }),
}

export const certificateSummary = z
  .object({
    ...certificateMembers,
    certificate: pem('The certificate; only with `include=pem`.').optional(),
  })
  .meta({ id: 'CertificateSummary', description: 'A certificate as lists show it.' })
export type CertificateSummaryJson = z.infer<typeof certificateSummary>

const chain = z.array(pem('An issuer.')).meta({ description: 'Its issuers from the nearest to the root.' })

export const certificate = z
  .object({ ...certificateMembers, certificate: pem('The certificate.'), chain })
  .meta({ id: 'Certificate', description: 'A certificate.' })
export type CertificateJson = z.infer<typeof certificate>

export const issuedCertificate = z
  .object({
    ...certificateMembers,
    certificate: pem('The certificate.'),
    chain,
    exported: exportedFile.optional(),
  })
  .meta({ id: 'IssuedCertificate', description: 'A certificate just issued.' })
export type IssuedCertificateJson = z.infer<typeof issuedCertificate>
export const certificatePage = pageOf('CertificatePage', certificateSummary, 'certificates')

export const certificateListQuery = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .meta({
        description: 'A name it carries; with a leading dot, every name below that domain.',
        examples: ['.example.com'],
      }),
    serial: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .meta({ description: 'Its serial in any common spelling.', examples: ['5A:0C:3F:7B'] }),
    authority: reference('Its issuer, by id, name or ARN.', 'Issuing CA 1').optional(),
    status: z
      .enum(CERTIFICATE_STATUSES)
      .optional()
      .meta({ description: 'Its status now.', examples: ['valid'] }),
    expiresBefore: timestamp('Expires before this time.').optional(),
    expiresAfter: timestamp('Expires after this time.').optional(),
    include: z
      .literal('pem')
      .optional()
      .meta({ description: 'Adds the certificate itself to each item.', examples: ['pem'] }),
    ...pageQuery,
  })
  .meta({ description: 'Which certificates.' })
export type CertificateFilterQuery = z.output<typeof certificateListQuery>

export const certificateParams = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .max(300)
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
      .meta({
        description: 'Id of the certificate.',
        examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10.5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
      }),
  })
  .meta({ description: 'Which certificate.' })
