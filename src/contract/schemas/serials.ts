import { z } from 'zod'
import { REVOCATION_REASON_NAMES } from '../../core/domain/revocation.ts'
import { reference, timestamp } from './common.ts'

export const serialParams = z
  .strictObject({
    authority: reference('An authority, by id, name or ARN (percent-encoded).', 'Issuing CA 1'),
    serial: z
      .string()
      .min(1)
      .max(128)
      .meta({ description: 'A serial in any common spelling.', examples: ['5A:0C:3F:7B'] }),
  })
  .meta({ description: 'Which serial of which authority.' })

export const serialStanding = z
  .object({
    serial: z.string().meta({
      description: 'The serial as it stands in ids.',
      examples: ['5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'],
    }),
    status: z.enum(['issued', 'revoked', 'unknown']).meta({
      description: 'unknown: not on record; it may have been issued in one of the gaps.',
      examples: ['issued'],
    }),
    certificate: z
      .string()
      .optional()
      .meta({ description: 'Id of the certificate, where it is on record.', examples: ['0f8b…5a0c…'] }),
    archive: z
      .string()
      .optional()
      .meta({
        description: 'The file that the certificate was moved to after it had expired.',
        examples: ['certificates-000000000001.jsonl.gz'],
      }),
    revocation: z
      .object({
        revokedAt: timestamp('When it was revoked.'),
        reason: z
          .enum(REVOCATION_REASON_NAMES as [(typeof REVOCATION_REASON_NAMES)[number]])
          .meta({ description: 'Why (RFC 5280 §5.3.1).', examples: ['superseded'] }),
      })
      .optional()
      .meta({ description: 'Present when it is revoked.' }),
    gaps: z
      .array(
        z
          .object({
            from: timestamp('The backup that was put back.'),
            to: timestamp('When that was.'),
          })
          .meta({ description: 'A time without a record.' }),
      )
      .optional()
      .meta({ description: 'With `unknown`: times that this installation has no record of.' }),
  })
  .meta({ id: 'SerialStanding', description: 'What is on record about a serial number.' })
export type SerialStandingJson = z.input<typeof serialStanding>
