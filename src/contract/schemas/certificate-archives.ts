import { z } from 'zod'
import { auditArchive, auditArchiveParams } from './audit.ts'
import { pageOf, pageQuery, timestamp } from './common.ts'

const number = (description: string) =>
  z
    .number()
    .int()
    .min(1)
    .meta({ description, examples: [4711] })

export const certificateArchive = auditArchive
  .extend({
    first: number('Number of the first certificate in it; certificates are numbered as they are archived.'),
    last: number('Of the last one.'),
    before: auditArchive.shape.before.meta({
      description: 'The hash of the certificate before the first one.',
    }),
    file: z.string().meta({
      description: 'Its name in the data directory’s audit-archives.',
      examples: ['certificates-000000000001.jsonl.gz'],
    }),
  })
  .meta({
    id: 'CertificateArchive',
    description: 'A signed file of expired certificates that aren’t in the database any more.',
  })
export type CertificateArchiveJson = z.infer<typeof certificateArchive>
export const certificateArchivePage = pageOf('CertificateArchivePage', certificateArchive, 'archives')
export const certificateArchiveQuery = z.strictObject(pageQuery).meta({ description: 'Which page.' })

export const certificateArchiving = z
  .strictObject({ before: timestamp('Certificates that ended before this go into the archive.') })
  .meta({ id: 'CertificateArchiving', description: 'What to archive.' })
export const certificatesArchived = z
  .object({
    archive: certificateArchive
      .optional()
      .meta({ description: 'The archive that was made; absent when no certificate had ended by then.' }),
  })
  .meta({ id: 'CertificatesArchived', description: 'What was archived; ask again until nothing is.' })

export const certificateArchiveParams = z
  .strictObject({
    first: auditArchiveParams.shape.first.meta({
      description: 'Number of the first certificate in it.',
      examples: ['1'],
    }),
  })
  .meta({ description: 'Which archive.' })
