import { z } from 'zod'
import { RESTORE_DAYS } from '../../core/domain/authority-life-cycle.ts'
import { authorityName, authoritySummary } from './authorities.ts'
import { timestamp } from './common.ts'

/** A chain of 2 MiB and a certificate of 32 KiB, as JSON: with its line ends escaped. */
export const IMPORT_BODY_LIMIT = 2_400_000

export const certificateImport = z
  .strictObject({
    certificate: z
      .string()
      .min(1)
      .meta({
        description: 'The certificate that was made for the authority’s certification request, PEM.',
        examples: ['-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n'],
      }),
    chain: z
      .string()
      .optional()
      .meta({
        description: 'For a subordinate: its issuers as PEM, the nearest first, the root last.',
        examples: ['-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n'],
      }),
  })
  .meta({ id: 'CertificateImport', description: 'A certificate from outside.' })

export const authorityDeletionQuery = z
  .strictObject({
    restoreDays: z
      .number()
      .int()
      .min(RESTORE_DAYS.least)
      .max(RESTORE_DAYS.most)
      .optional()
      .meta({ description: 'For how many days it can be restored; 30 when absent.', examples: [30] }),
  })
  .meta({ description: 'How long it can be restored.' })

export const authorityDeletion = z
  .object({
    id: authoritySummary.shape.id,
    arn: authoritySummary.shape.arn,
    name: authoritySummary.shape.name,
    status: z.literal('DELETED').meta({ description: 'What it is now.', examples: ['DELETED'] }),
    restorableUntil: timestamp(
      'Until when it can be restored; absent for one that never came to be, of which nothing is left.',
    ).optional(),
    warnings: z
      .array(
        z.string().meta({
          description: 'A code, and a text for people.',
          examples: [
            'authority_below: “Payments” stands below it, and its certificate can’t be renewed from here',
          ],
        }),
      )
      .meta({ description: 'What goes on without it, or stops.' }),
  })
  .meta({ id: 'AuthorityDeletion', description: 'What became of an authority that was deleted.' })

export const authorityRestoration = z
  .strictObject({
    name: authorityName.optional().meta({
      description: 'Its name from now on, where another authority has taken its own meanwhile.',
      examples: ['Issuing CA 1 restored'],
    }),
  })
  .meta({ id: 'AuthorityRestoration', description: 'How to restore an authority.' })
