import { z } from 'zod'
import { accountId, pageOf, pageQuery, reference, timestamp } from './common.ts'

const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
const hash = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({ description, examples: [HASH] })
const number = (description: string) =>
  z
    .number()
    .int()
    .min(0)
    .meta({ description, examples: [4711] })

export const auditEvent = z
  .object({
    id: number('Its place in the chain, from 1 without gaps.'),
    account: accountId,
    region: z.string().meta({ description: 'The region it happened in.', examples: ['us-east-1'] }),
    time: timestamp('When it happened, by the system clock.'),
    name: z.string().meta({ description: 'What happened.', examples: ['IssueCertificate'] }),
    record: z.record(z.string(), z.unknown()).meta({
      description: 'The whole record, in the shape that AWS CloudTrail has.',
      examples: [{ eventVersion: '1.11', eventName: 'IssueCertificate' }],
    }),
  })
  .meta({ id: 'AuditEvent', description: 'An event of the audit trail.' })
export type AuditEventJson = z.infer<typeof auditEvent>
export const auditEventPage = pageOf('AuditEventPage', auditEvent, 'audit events')

export const auditEventQuery = z
  .strictObject({
    ...pageQuery,
    name: z
      .string()
      .regex(/^[A-Za-z]{1,64}$/, 'letters only')
      .optional()
      .meta({ description: 'What happened.', examples: ['ExportCertificate'] }),
    principal: reference('Who did it: an id, an ARN or an access key.', 'token/0197a1b2').optional(),
    resource: reference(
      'The ARN of something that it was about.',
      'arn:aws:acm:us-east-1:111122223333:certificate/0197a1b2-0000-7000-8000-000000000001',
    ).optional(),
    since: timestamp('Happened then or later.').optional(),
    until: timestamp('Happened before then.').optional(),
    scope: z
      .enum(['account', 'installation'])
      .default('account')
      .meta({
        description:
          'Whose events: the caller’s account and region, or all, for administrators of the installation.',
        examples: ['account'],
      }),
  })
  .meta({ description: 'Which events; all conditions at once.' })

export const auditTrailQuery = z
  .strictObject({
    after: number(
      'Begin behind the event with this number; with the first one that isn’t in an archive when absent.',
    ).optional(),
  })
  .meta({ description: 'Where to begin.' })

export const auditCheckpoint = z
  .object({
    format: z
      .literal('chancery-audit-checkpoint/1')
      .meta({ description: 'What this is.', examples: ['chancery-audit-checkpoint/1'] }),
    installation: z
      .string()
      .meta({ description: 'Of which installation.', examples: ['0197a1b2-7c44-7d0e-9f3a-2b6c5d4e3f21'] }),
    id: number('The last event that it is of.'),
    hash: hash('The hash of that event, which depends on every one before it.'),
    at: timestamp('When it was signed.'),
    key: hash('SHA-256 of the public key.'),
    signature: z.string().meta({
      description: 'Ed25519 signature in base64; docs/audit.md says over what.',
      examples: ['MEUC…'],
    }),
    publicKey: z.string().meta({
      description: 'PEM of the public key.',
      examples: ['-----BEGIN PUBLIC KEY-----\nMCow…\n-----END PUBLIC KEY-----\n'],
    }),
  })
  .meta({ id: 'AuditCheckpoint', description: 'A signed statement of where the audit trail stood.' })

export const auditArchive = z
  .object({
    first: number('The first event in it.'),
    last: number('The last one.'),
    before: hash('The hash of the event before the first one.'),
    hash: hash('The hash of the last one.'),
    at: timestamp('When it was made.'),
    key: hash('SHA-256 of the public key that it is signed by.'),
    file: z.string().meta({
      description: 'Its name in the data directory’s audit-archives.',
      examples: ['audit-000000000001-000000050000.jsonl.gz'],
    }),
    size: number('Octets.'),
    sha256: hash('Of the file.'),
  })
  .meta({ id: 'AuditArchive', description: 'A signed file of events that aren’t in the database any more.' })
export type AuditArchiveJson = z.infer<typeof auditArchive>
export const auditArchivePage = pageOf('AuditArchivePage', auditArchive, 'archives')
export const auditArchiveQuery = z.strictObject(pageQuery).meta({ description: 'Which page.' })

export const auditArchiving = z
  .strictObject({ before: timestamp('Events older than this go into the archive.') })
  .meta({ id: 'AuditArchiving', description: 'What to archive.' })
export const auditArchived = z
  .object({
    archive: auditArchive
      .optional()
      .meta({ description: 'The archive that was made; absent when no event was old enough.' }),
  })
  .meta({ id: 'AuditArchived', description: 'What was archived; ask again until nothing is.' })

export const auditArchiveParams = z
  .strictObject({
    first: z
      .string()
      .regex(/^[0-9]{1,15}$/, 'a number is expected')
      .meta({ description: 'The first event in it.', examples: ['1'] }),
  })
  .meta({ description: 'Which archive.' })
