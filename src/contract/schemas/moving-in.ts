import { z } from 'zod'
import { KMS_NAMES } from '../../core/domain/kms.ts'
import { REVOCATION_REASON_NAMES } from '../../core/domain/revocation.ts'
import { authority, authorityName, authoritySummary } from './authorities.ts'
import { revocationWishes } from './revocation-configuration.ts'
import { pem, timestamp } from './common.ts'

/** A key file of 256 KiB in base64, a certificate and its chain. */
export const AUTHORITY_IMPORT_LIMIT = 2_800_000
/** 200 certificates as PEM. */
export const CERTIFICATES_IMPORT_LIMIT = 4_000_000
/** A CRL of some 80,000 entries in base64: 0.15 s of the event loop. More come as lists, page by page. */
export const REVOCATIONS_IMPORT_LIMIT = 4_000_000
export const MOST_CERTIFICATES = 200
export const MOST_REVOCATIONS = 1000

const crlNumber = z
  .string()
  .regex(/^[0-9]{1,16}$/, 'a whole number of at most 16 digits is expected')
  .meta({ description: 'A CRL number, as decimal digits.', examples: ['4711'] })

export const authorityImport = z
  .strictObject({
    name: authorityName,
    key: z
      .string()
      .min(1)
      .meta({
        description:
          'Its private key: PKCS#8 as PEM, clear or encrypted; or PKCS#8 or PKCS#12 as DER in base64.',
        examples: ['-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB…\n-----END ENCRYPTED PRIVATE KEY-----\n'],
      }),
    passphrase: z
      .string()
      .max(1024)
      .optional()
      .meta({ description: 'What the key is encrypted under.', examples: ['correct horse battery'] }),
    certificate: pem('Its certificate; absent for a PKCS#12 file that has it.').optional(),
    chain: pem('For a subordinate: its issuers, the nearest first, the root last.').optional(),
    kms: z
      .enum(KMS_NAMES)
      .optional()
      .meta({
        description: 'Under which its key is sealed; the installation’s when absent.',
        examples: ['local'],
      }),
    revocation: revocationWishes.optional(),
    crlNumber: crlNumber.optional().meta({
      description: 'The highest number of a CRL that was published elsewhere: the next one here is above it.',
      examples: ['4711'],
    }),
    allowExpired: z
      .boolean()
      .optional()
      .meta({ description: 'Whether certificates may have expired; false when absent.', examples: [false] }),
    activate: z
      .boolean()
      .optional()
      .meta({
        description:
          'Whether it issues, and publishes its CRL, at once. When absent it is DISABLED: import its certificates and ' +
          'revocations, then enable it.',
        examples: [false],
      }),
    dryRun: z
      .boolean()
      .optional()
      .meta({ description: 'Checks everything and stores nothing.', examples: [true] }),
  })
  .meta({ id: 'AuthorityImport', description: 'An authority of another program, with its key.' })

export const importedAuthority = z
  .object({
    dryRun: z.boolean().meta({ description: 'Whether nothing was stored.', examples: [false] }),
    authority: authority.optional(),
    kind: authoritySummary.shape.kind,
    subject: authoritySummary.shape.subject,
    keyAlgorithm: authoritySummary.shape.keyAlgorithm,
    serial: authoritySummary.shape.serial,
    notBefore: authoritySummary.shape.notBefore,
    notAfter: authoritySummary.shape.notAfter,
    fingerprintSha256: authoritySummary.shape.fingerprintSha256,
    nextCrlNumber: crlNumber.meta({ description: 'Number of its next CRL at least.', examples: ['4712'] }),
    warnings: z
      .array(z.string().meta({ description: 'A warning: its name, a colon, what it means.' }))
      .meta({ description: 'What its operator should know.', examples: [[]] }),
  })
  .meta({ id: 'ImportedAuthority', description: 'What was imported, or would be.' })
export type ImportedAuthorityJson = z.input<typeof importedAuthority>

export const certificatesImport = z
  .strictObject({
    certificates: z
      .array(pem('A certificate that the authority signed.'))
      .min(1)
      .max(MOST_CERTIFICATES)
      .meta({ description: 'They are stored together, or none of them.' }),
  })
  .meta({ id: 'CertificatesImport', description: 'Certificates that an authority signed elsewhere.' })

const count = (description: string) =>
  z
    .number()
    .int()
    .meta({ description, examples: [3] })

export const importedCertificates = z
  .object({
    imported: count('How many were put on record.'),
    known: count('How many were on record already.'),
  })
  .meta({ id: 'ImportedCertificates', description: 'What became of certificates to import.' })

export const revocationsImport = z
  .strictObject({
    crl: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'A CRL that the authority signed: PEM, or DER in base64.',
        examples: ['-----BEGIN X509 CRL-----\nMIIB…\n-----END X509 CRL-----\n'],
      }),
    revocations: z
      .array(
        z
          .strictObject({
            serial: z
              .string()
              .min(1)
              .max(128)
              .meta({ description: 'A serial in any common spelling.', examples: ['5A:0C:3F:7B'] }),
            revokedAt: timestamp('When it was revoked.'),
            reason: z
              .enum(REVOCATION_REASON_NAMES as [(typeof REVOCATION_REASON_NAMES)[number]])
              .meta({ description: 'Why (RFC 5280 §5.3.1).', examples: ['superseded'] }),
            notAfter: timestamp(
              'When the certificate ends; unknown, its entry stays in CRLs for good.',
            ).optional(),
          })
          .meta({ description: 'A serial that was revoked.' }),
      )
      .min(1)
      .max(MOST_REVOCATIONS)
      .optional()
      .meta({ description: 'In place of a CRL: what was revoked.' }),
  })
  .meta({ id: 'RevocationsImport', description: 'What an authority revoked elsewhere.' })

export const importedRevocations = z
  .object({
    imported: count('How many were put on record.'),
    known: count('How many were on record already; they stay as they are.'),
    crlNumber: crlNumber.meta({ description: 'Its next CRL has a higher number.', examples: ['4711'] }),
  })
  .meta({ id: 'ImportedRevocations', description: 'What became of revocations to import.' })
