import type { Region } from '../domain/ids.ts'
import type { MaintenanceWindow } from '../domain/maintenance-windows.ts'
import type { Quotas } from '../domain/quotas.ts'
import type { Millis } from '../domain/time.ts'
import type { ArchiveFiles } from './archive-files.ts'
import type { Authorizer } from './authorizer.ts'
import type { Calendar, SystemClock } from './calendar.ts'
import type { KeySets } from './key-sets.ts'
import type { KeyVault } from './key-vault.ts'
import type { Kms } from './kms.ts'
import type { Logger } from './logger.ts'
import type { Mailer } from './mailer.ts'
import type { Perspectives } from './perspectives.ts'
import type { Random } from './random.ts'
import type { ReportFiles } from './report-files.ts'
import type { ReportMaker } from './report-maker.ts'
import type { SignatureVerifier } from './signature-verifier.ts'
import type { Store } from './store.ts'
import type { WebhookSender } from './webhook-sender.ts'

/** Settings that decisions depend on; read once at start. */
export type Settings = {
  /** Of the running program. */
  readonly version: string
  /** Where relying parties find CRLs and CA certificates, without a trailing slash; undefined: none in certificates. */
  readonly publicUrl: string | undefined
  readonly globalRegion: Region
  /** Regions that are answered; undefined: every well-formed one. */
  readonly regions: readonly Region[] | undefined
  /** This process, for leases. */
  readonly serverId: string
  readonly simulation: boolean
  /** Whether a second implementation reads each authority's certificate before it counts. */
  readonly secondOpinion: boolean
  /** Names by which CAA records allow this installation to issue (RFC 8659 §4.2). */
  readonly caaIdentities: readonly string[]
  /** When renewals may begin; empty: at any time. */
  readonly renewalWindows: readonly MaintenanceWindow[]
  /** Whether a managed certificate can be used in its own region only. */
  readonly regionLock: boolean
  /** What links in mails begin with, without a trailing slash; undefined: nothing can be approved by mail. */
  readonly approvalUrl: string | undefined
  /** How far the clock of whoever signs a request (AWS Signature Version 4) may differ, in milliseconds. */
  readonly signatureSkew: Millis
  /** Whether templates write AWS's keyEncipherment for every key, also for those that can't encipher. */
  readonly awsKeyEncipherment: boolean
  readonly quotas: Quotas
  /** Buckets that lie in the operator's storage, too; one that ends in `*` stands for all that begin so. */
  readonly storedBuckets: readonly string[]
  /** Whether every audit event goes to a stream, which is to have it before it is archived. */
  readonly auditStreamed: boolean
}

/** Everything the core asks of the world. Operations take `Pick<Ports, …>` of what they use. */
export type Ports = {
  readonly store: Store
  readonly vault: KeyVault
  readonly kms: Kms
  readonly verifier: SignatureVerifier
  readonly perspectives: Perspectives
  /** Undefined where no way to send mail is configured. */
  readonly mailer: Mailer | undefined
  readonly webhooks: WebhookSender
  readonly keySets: KeySets
  /** Undefined where none is configured. */
  readonly authorizer: Authorizer | undefined
  readonly reportFiles: ReportFiles
  readonly archiveFiles: ArchiveFiles
  readonly reportMaker: ReportMaker
  readonly random: Random
  readonly calendar: Calendar
  readonly clock: SystemClock
  readonly logger: Logger
  readonly settings: Settings
}
