import { z } from 'zod'
import { REVOCATION_WAITS } from '../../core/domain/revocation.ts'
import { certificate, reason } from './certificates.ts'
import { pem, reference, timestamp } from './common.ts'

export const revocationQuery = z
  .strictObject({
    wait: z
      .enum(REVOCATION_WAITS)
      .optional()
      .meta({
        description:
          'published: the call returns when the CRL is out that says so; the default. recorded: it returns when the ' +
          'revocation is durable and in force at the OCSP responder; the CRL follows.',
        examples: ['published'],
      }),
  })
  .meta({ description: 'What to wait for.' })

export const revocationRequest = z
  .strictObject({ reason: reason.default('unspecified') })
  .meta({ id: 'RevocationRequest', description: 'Why a certificate is to be revoked.' })

const certificateText = pem('The certificate: PEM, or DER in base64.').min(1)

export const namedRevocation = z
  .strictObject({
    serial: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .meta({
        description: 'Its serial as hex in any common spelling.',
        examples: ['5A:0C:3F:7B:9D:1E:24:68:0F:8B:5B:8E:3F:0A:4C:8E'],
      }),
    authority: reference(
      'Who issued the serial, by id, name or ARN; needed where several have.',
      'Issuing CA 1',
    ).optional(),
    certificate: certificateText.optional(),
    reason: reason.default('unspecified'),
  })
  .refine((body) => (body.serial === undefined) !== (body.certificate === undefined), {
    path: ['serial'],
    error: 'either serial or certificate is needed',
  })
  .refine((body) => body.certificate === undefined || body.authority === undefined, {
    path: ['authority'],
    error: 'goes with serial only: a certificate says who issued it',
  })
  .meta({ id: 'NamedRevocation', description: 'A certificate to revoke, by serial or by itself.' })

export const provenRevocation = z
  .strictObject({
    certificate: certificateText,
    reason,
    signedAt: timestamp('When the statement was signed, to the second; within 15 minutes of now.'),
    signature: z
      .base64()
      .min(1)
      .max(16_384)
      .meta({
        description:
          'Base64 of the signature by the certificate’s key over four lines, each ended by LF: chancery-revocation-v1, ' +
          'certificate-sha256: <hex of the DER’s SHA-256>, reason: <reason>, signed-at: <signedAt>. RSA keys sign PKCS#1 ' +
          'v1.5 or PSS, EC keys ECDSA as DER, with SHA-256, SHA-384 or SHA-512.',
        examples: ['MEUCIQDx…'],
      }),
  })
  .meta({ id: 'ProvenRevocation', description: 'A certificate to revoke, with proof of its key.' })

const url = (description: string, example: string) =>
  z
    .string()
    .optional()
    .meta({ description, examples: [example] })

export const revoked = z
  .object({
    certificate,
    crl: z
      .object({
        url: url(
          'Where the CRL is; absent without a public URL.',
          'http://pki.example.com/crl/0f8b5b8e….crl',
        ),
        number: z.string().meta({
          description: 'Number of the CRL that has it, or of the first that will.',
          examples: ['17'],
        }),
        published: z.boolean().meta({ description: 'Whether that CRL is out.', examples: [true] }),
      })
      .optional()
      .meta({ description: 'Where relying parties read it; absent where no CRL speaks of the certificate.' }),
    ocsp: z
      .object({
        url: url('Where the responder is; absent without a public URL.', 'http://pki.example.com/ocsp'),
      })
      .meta({ description: 'The responder, which says so from now on.' }),
    staleUntil: z
      .object({
        crl: timestamp(
          'When the CRL that was current before ends; whoever kept it may use it until then.',
        ).optional(),
        ocsp: timestamp('When the last answer ends that may be in a cache, or stapled by a server.'),
      })
      .meta({ description: 'The last moments at which an honest copy elsewhere may still say otherwise.' }),
  })
  .meta({ id: 'Revoked', description: 'What holds at the OCSP responder from now on.' })
export type RevokedJson = z.input<typeof revoked>
