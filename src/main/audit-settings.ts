import { z } from 'zod'
import { DAY, type Millis } from '../core/domain/time.ts'
import type { CallsWanted } from '../core/operations/audit/record-calls.ts'
import { webhookFrom, webhookSecretFrom } from './webhook-settings.ts'
import { whole } from './whole-number.ts'

const flag = z.union([z.boolean(), z.stringbool()], 'must be true or false')
const path = z.string().min(1).optional()

/** Of the audit trail. */
export const AUDIT_SETTINGS = {
  auditCheckpointFile: path,
  auditCheckpointUrl: z.string().optional(),
  auditStreamFile: path,
  auditStreamUrl: z.string().optional(),
  auditStreamRequired: flag.default(false),
  auditWebhookSecret: z.string().optional(),
  auditWebhookSecretFile: path,
  auditReads: flag.default(false),
  auditRefusals: flag.default(false),
  auditKeepDays: whole(1, 36_500).optional(),
  certificateKeepDays: whole(1, 36_500).optional(),
} as const

type Name = keyof typeof AUDIT_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof AUDIT_SETTINGS)[Member]> }

export type AuditOptions = {
  /** Where checkpoints are kept as lines; undefined: in the data directory. */
  readonly checkpointFile: string | undefined
  /** The operator's receiver of checkpoints. */
  readonly checkpointUrl: string | undefined
  /** Where every event goes as it happens. */
  readonly stream:
    | { readonly to: { readonly file: string } | { readonly url: string }; readonly required: boolean }
    | undefined
  /** What is taken into the trail besides changes and reveals. */
  readonly calls: CallsWanted
  /** How old events are that go into archives; undefined: none do by themselves. */
  readonly keep: Millis | undefined
  /** How long ago certificates ended that go into archives; undefined: none do by themselves. */
  readonly keepCertificates: Millis | undefined
}

/** The group, and the secret that messages to both receivers are signed with. */
export function auditFrom(
  given: Given,
  source: (name: Name) => string,
  problems: string[],
): { readonly audit: AuditOptions; readonly secret: Uint8Array | undefined } {
  const checkpointUrl = webhookFrom(given.auditCheckpointUrl, source('auditCheckpointUrl'), problems)
  const secret = webhookSecretFrom(
    { text: given.auditWebhookSecret, source: source('auditWebhookSecret') },
    { path: given.auditWebhookSecretFile, source: source('auditWebhookSecretFile') },
    problems,
  )
  const stream = streamFrom(given, source, problems)
  const secretGiven = given.auditWebhookSecret !== undefined || given.auditWebhookSecretFile !== undefined
  if ((checkpointUrl !== undefined || (stream !== undefined && 'url' in stream.to)) && !secretGiven)
    problems.push(
      `${source('auditWebhookSecretFile')}: is needed with a URL, so that its receiver knows who calls`,
    )
  return {
    audit: {
      checkpointFile: given.auditCheckpointFile,
      checkpointUrl,
      stream,
      calls: { reads: given.auditReads, refusals: given.auditRefusals },
      keep: inDays(given.auditKeepDays),
      keepCertificates: inDays(given.certificateKeepDays),
    },
    secret,
  }
}

const inDays = (days: number | undefined): Millis | undefined => (days === undefined ? undefined : days * DAY)

function streamFrom(
  { auditStreamFile: file, auditStreamUrl, auditStreamRequired: required }: Given,
  source: (name: Name) => string,
  problems: string[],
): AuditOptions['stream'] {
  const url = webhookFrom(auditStreamUrl, source('auditStreamUrl'), problems)
  if (file !== undefined && auditStreamUrl !== undefined)
    problems.push(`${source('auditStreamUrl')}: give either a file or a URL, not both`)
  if (file !== undefined) return { to: { file }, required }
  if (url !== undefined) return { to: { url }, required }
  if (required)
    problems.push(`${source('auditStreamRequired')}: goes with a file or a URL that events are streamed to`)
  return undefined
}
