import { z } from 'zod'
import { REPORT_FORMATS, REPORT_STATUSES } from '../../core/domain/audit-reports.ts'
import { bucketName } from './buckets.ts'
import { authorityParams } from './authorities.ts'
import { pageOf, pageQuery, timestamp } from './common.ts'

const ID = '0197a1b2-8d10-7a4b-8c2d-5e6f70819203'
const AUTHORITY = '0197a1b0-0a5c-7c4e-9c55-8d2f0a6b1c3d'
const PATH = `/v1/authorities/${AUTHORITY}/audit-reports/${ID}`

const count = (description: string, example: number) =>
  z
    .number()
    .int()
    .meta({ description, examples: [example] })

const format = z.enum(REPORT_FORMATS).meta({
  description: 'How it is written; columns and keys are those of AWS Private CA.',
  examples: ['CSV'],
})

export const reportCreation = z
  .strictObject({
    format,
    bucket: bucketName(
      'A bucket to put it in besides, for clients of Amazon S3; it is the account’s from its first use on.',
    ).optional(),
  })
  .meta({ id: 'AuditReportCreation', description: 'An audit report to make.' })

export const reportParams = authorityParams
  .extend({
    report: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
      .meta({ description: 'Id of the report.', examples: [ID] }),
  })
  .meta({ description: 'Which report of which authority.' })

export const reportListQuery = z.strictObject(pageQuery).meta({ description: 'Which page.' })

export const report = z
  .object({
    id: z.string().meta({ description: 'Its id.', examples: [ID] }),
    authority: z.string().meta({ description: 'Id of the authority.', examples: [AUTHORITY] }),
    format,
    status: z.enum(REPORT_STATUSES).meta({
      description: 'CREATING until it is made; SUCCESS when its file can be downloaded.',
      examples: ['SUCCESS'],
    }),
    rows: count('Certificates in it so far.', 1_000_000),
    total: count(
      'How many there will be, at most; absent until they have been counted.',
      1_000_000,
    ).optional(),
    createdAt: timestamp('When it was asked for: it has everything that was issued until then.'),
    finishedAt: timestamp('When it was made, or failed.').optional(),
    keptUntil: timestamp('When it is removed by itself.'),
    size: count('Octets of the file.', 364_000_000).optional(),
    sha256: z
      .string()
      .optional()
      .meta({
        description: 'SHA-256 of the file, in hex.',
        examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
      }),
    bucket: bucketName('The bucket that it is put in.').optional(),
    key: z.string().meta({
      description: 'What it is called in a bucket, as with AWS Private CA.',
      examples: [`audit-report/${AUTHORITY}/${ID}.csv`],
    }),
    failure: z
      .string()
      .optional()
      .meta({ description: 'Why it failed.', examples: ['The disk that the reports are on is full'] }),
    url: z.string().meta({ description: 'Where it is followed, relative to the API.', examples: [PATH] }),
    fileUrl: z
      .string()
      .optional()
      .meta({
        description: 'Where its file is, relative to the API; absent until there is one.',
        examples: [`${PATH}/file`],
      }),
  })
  .meta({ id: 'AuditReport', description: 'A list of everything that an authority issued.' })
export type ReportJson = z.infer<typeof report>

export const reportPage = pageOf('AuditReportPage', report, 'audit reports')
