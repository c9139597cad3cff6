import { z } from 'zod'
import { EVIDENCE_KINDS } from '../../core/domain/evidence.ts'
import { pageOf, pageQuery, timestamp } from './common.ts'
import { domain } from './managed.ts'
import { managedSummary } from './managed-view.ts'

export const renewalInfo = z
  .object({
    suggestedWindow: z
      .object({
        start: timestamp('From when to renew.'),
        end: timestamp('Until when to have renewed.'),
      })
      .meta({ description: 'When to take up the successor; in the past: at once (RFC 9773 §4.2).' }),
    retryAfterSeconds: z
      .number()
      .int()
      .meta({ description: 'When to ask again, in seconds (RFC 9773 §4.3).', examples: [21_600] }),
    version: z
      .number()
      .int()
      .meta({ description: 'The version that it is about.', examples: [1] }),
    eligible: z.boolean().meta({ description: 'Whether the service renews it by itself.', examples: [true] }),
    reason: z
      .string()
      .meta({ description: 'Why then.', examples: ['renewal begins 60 days before its end'] }),
  })
  .meta({
    id: 'RenewalInfo',
    description: 'When a certificate should be renewed, in the manner of RFC 9773.',
  })
export type RenewalInfoJson = z.infer<typeof renewalInfo>

export const plannedQuery = z
  .strictObject({
    days: z
      .number()
      .int()
      .min(0)
      .max(400)
      .default(0)
      .meta({ description: 'How many days to look ahead; 0: what is due now.', examples: [30] }),
    ...pageQuery,
  })
  .meta({ description: 'How far to look.' })
const plannedRenewal = z
  .object({
    id: managedSummary.shape.id,
    arn: managedSummary.shape.arn,
    domainName: domain('The first name.'),
    at: timestamp('When the service will look at it.'),
    notAfter: timestamp('When the certificate ends.').optional(),
    action: z.enum(['validate', 'renew']).meta({ description: 'What it would do.', examples: ['renew'] }),
    why: z
      .string()
      .meta({ description: 'Why, in words.', examples: ['renewal begins 60 days before its end'] }),
  })
  .meta({ id: 'PlannedRenewal', description: 'What the service would do by itself.' })
export type PlannedRenewalJson = z.infer<typeof plannedRenewal>
export const plannedPage = pageOf('PlannedRenewalPage', plannedRenewal, 'planned renewals')

const evidence = z
  .object({
    domain: domain('The name.'),
    kind: z.enum(EVIDENCE_KINDS).meta({ description: 'What was checked.', examples: ['caa'] }),
    verdict: z
      .enum(['passed', 'refused', 'undecided'])
      .meta({ description: 'What came of it.', examples: ['passed'] }),
    at: timestamp('When.'),
    version: z
      .number()
      .int()
      .meta({ description: 'For which version.', examples: [1] }),
    items: z
      .array(
        z
          .object({
            perspective: z
              .string()
              .meta({ description: 'Where it was looked from.', examples: ['us-east-1'] }),
            resolver: z.string().meta({ description: 'Who answered.', examples: ['192.0.2.53:53'] }),
            question: z.string().meta({ description: 'What was asked.', examples: ['CAA example.com'] }),
            answer: z
              .string()
              .meta({ description: 'What came back.', examples: ['0 issue "ca.example.net"'] }),
            verdict: z.enum(['passed', 'refused', 'undecided']).meta({ description: 'What it says.' }),
            at: timestamp('When.'),
          })
          .meta({ description: 'One question and its answer.' }),
      )
      .meta({ description: 'Every question with its answer.' }),
  })
  .meta({ id: 'Evidence', description: 'What a check found.' })
export type EvidenceJson = z.infer<typeof evidence>
export const evidenceList = z
  .object({ items: z.array(evidence).meta({ description: 'Check by check.' }) })
  .meta({ id: 'EvidenceList', description: 'What validation and CAA checks found for one version.' })
export const evidenceQuery = z
  .strictObject({
    version: z
      .number()
      .int()
      .min(1)
      .optional()
      .meta({
        description: 'For which version; the newest that there is evidence for when absent.',
        examples: [1],
      }),
  })
  .meta({ description: 'Which evidence.' })
