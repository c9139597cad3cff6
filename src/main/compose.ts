import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthorizer } from '../adapters/authentication/authorizer.ts'
import { createKeySets } from '../adapters/authentication/key-sets.ts'
import { createLocalKeyFile } from '../adapters/kms/local-key-file-writing.ts'
import { closeKmsProviders, openKmsProviders, type KmsOptions } from '../adapters/kms/providers.ts'
import { createKeyVault, type KmsProviders } from '../adapters/kms/key-vault.ts'
import { createKms } from '../adapters/kms/kms.ts'
import { createArchiveFiles } from '../adapters/files/archive-files.ts'
import { createReportFiles } from '../adapters/files/report-files.ts'
import { openStore, type OpenStore } from '../adapters/prisma/store.ts'
import { SettableCalendar, systemClock } from '../adapters/system/clock.ts'
import { createInlineVerifier } from '../adapters/system/inline-verifier.ts'
import { createMetrics, type Metrics } from '../adapters/system/metrics.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import { createSignatureVerifier } from '../adapters/system/signature-verifier.ts'
import { createWebhookSender } from '../adapters/webhooks/webhook-sender.ts'
import { ChanceryError } from '../core/domain/errors.ts'
import type { Region } from '../core/domain/ids.ts'
import type { Installation, Mode } from '../core/domain/installation.ts'
import type { Quotas } from '../core/domain/quotas.ts'
import { initializeInstallation } from '../core/operations/installation/initialize.ts'
import { recordUnwrap } from '../core/operations/kms/record-unwrap.ts'
import { storedOffset } from '../core/operations/simulation/calendar.ts'
import type { Calendar } from '../core/ports/calendar.ts'
import type { Logger } from '../core/ports/logger.ts'
import type { Ports } from '../core/ports/ports.ts'
import { DEFAULT_CREDENTIALS, type CredentialOptions } from './credential-settings.ts'
import { openMailer, type MailOptions } from './mail.ts'
import { SIMULATED_FROM } from './mail-settings.ts'
import type { ManagedOptions } from './managed-settings.ts'
import type { OutboundOptions } from './outbound-settings.ts'
import { checkRecorder } from './kms-checks.ts'
import { openPerspectives, type PerspectivesOptions } from './perspectives.ts'
import { inlineReportMaker, threadedReportMaker } from './reports.ts'
import { createClientCertificate } from './client-certificate.ts'
import { ownVersion } from './version.ts'

export type ComposeOptions = {
  readonly dataDir: string
  readonly mode: Mode
  readonly logger: Logger
  readonly publicUrl?: string | undefined
  readonly globalRegion: Region
  readonly regions?: readonly Region[] | undefined
  /** Only in simulation; the system clock otherwise. */
  readonly calendar?: Calendar
  /** Besides the key file in the data directory, which is the only KMS when absent. */
  readonly kms?: Omit<KmsOptions, 'local'>
  /** The key file's, where it has one. */
  readonly kmsPassphrase?: () => string | undefined
  readonly resolvers?: PerspectivesOptions['resolvers']
  readonly perspectives?: PerspectivesOptions['perspectives']
  readonly outbound?: OutboundOptions
  /** On when absent; the fixture library, which must be up in milliseconds, does without. */
  readonly secondOpinion?: boolean
  /** Off when absent. */
  readonly awsKeyEncipherment?: boolean
  /** How callers prove who they are; the defaults when absent. */
  readonly credentials?: CredentialOptions
  /** Off when absent. */
  readonly auditStreamed?: boolean
  /** What questions to the authorizer are signed with, where there is one. */
  readonly authorizerSecret?: () => Uint8Array | undefined
  /** What managed certificates go by; nobody's CAA consent and the region lock when absent. */
  readonly managed?: ManagedOptions
  /** None is sent when absent, except in simulation, whose mailboxes are there anyway. */
  readonly mail?: MailOptions
  /** Whether webhooks' receivers may ask for a certificate; off when absent. */
  readonly webhookClientCertificate?: boolean
  /** Any number of anything when absent. */
  readonly quotas?: Quotas
  /** Buckets that lie in a storage elsewhere, too; none when absent. */
  readonly storedBuckets?: readonly string[]
  /** Rounds of PBKDF2 in exports; the fixture library takes fewer. */
  readonly pbkdf2Rounds?: number
  /** The fixture library's: no threads, and no commit waits for the disk, since nobody keeps the database. */
  readonly throwaway?: boolean
}

const PUBLIC_ONLY: OutboundOptions = { privateAddresses: false, ports: [80, 443], ca: undefined }

/** The core with everything it leans on, opened. */
export type Composition = {
  readonly ports: Ports
  readonly metrics: Metrics
  readonly installation: Installation
  readonly store: OpenStore
  readonly providers: KmsProviders
  /** What is shown to receivers of messages that ask for it: PEM, certificate and key; undefined: nothing is. */
  readonly clientCertificate: (() => Promise<string>) | undefined
  close(): Promise<void>
}

export const filesIn = (dataDir: string) => ({
  database: join(dataDir, 'chancery.db'),
  keyFile: join(dataDir, 'kms.key'),
  adminToken: join(dataDir, 'admin-token'),
  listenerCa: join(dataDir, 'listener-ca.pem'),
  reports: join(dataDir, 'audit-reports'),
  archives: join(dataDir, 'audit-archives'),
  checkpoints: join(dataDir, 'audit-checkpoints.jsonl'),
})

/**
 * Opens a data directory, making what a first start needs: key file, database, first account.
 * @throws Error when the key file is gone but the database is there, the mode is another, or a file is open to others
 */
export async function compose(options: ComposeOptions): Promise<Composition> {
  const { dataDir, logger } = options
  const files = filesIn(dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const random = createSystemRandom()
  const passphrase = options.kmsPassphrase ?? (() => undefined)
  const configured = options.kms ?? { preferred: 'local' }
  if (configured.preferred === 'local') await ensureKeyFile(files, random, passphrase())
  // Before anything is opened that would have to be closed again.
  // A key file stays in use for what it sealed, also when another KMS has taken over.
  const local = existsSync(files.keyFile) ? { keyFile: files.keyFile, passphrase } : undefined
  const opened = await openKmsProviders({ ...configured, local }, random)
  const metrics = createMetrics()
  const serverId = randomUUID()
  const store = await storeAt(files.database, serverId, options, metrics)
  const verifier = options.throwaway === true ? createInlineVerifier() : createSignatureVerifier()
  const { kms, providers } = createKms(opened, {
    random,
    clock: systemClock,
    onCheck: checkRecorder(metrics, logger, () => vault.forget()),
  })
  const vault = createKeyVault({
    providers,
    recordUnwrap: async (unwrap) => {
      metrics.kmsUnwrap(unwrap.provider)
      await recordUnwrap({ store, random, clock: systemClock }, unwrap)
    },
    clock: systemClock,
    random,
    ...(options.pbkdf2Rounds === undefined ? {} : { pbkdf2Rounds: options.pbkdf2Rounds }),
  })
  const calendar = options.calendar ?? (await calendarFor(options.mode, store))
  const mail = await openMailer(mailOf(options), { store, random, calendar, clock: systemClock })
  const perspectives = await openPerspectives(options, store)
  // When the first message leaves, everything that it takes to make one is there.
  const clientCertificate =
    options.webhookClientCertificate === true ? createClientCertificate(() => ports) : undefined
  const ports: Ports = {
    store,
    vault,
    kms,
    verifier,
    perspectives,
    mailer: mail.mailer,
    webhooks: createWebhookSender({ ...(options.outbound ?? PUBLIC_ONLY), clientCertificate }),
    keySets: createKeySets(options.outbound ?? PUBLIC_ONLY),
    authorizer: authorizerFrom(options),
    ...reportsIn(files, store, options),
    archiveFiles: createArchiveFiles(files.archives),
    random,
    calendar,
    clock: systemClock,
    logger,
    settings: settingsOf(options, serverId),
  }
  const close = async (): Promise<void> => {
    vault.forget()
    mail.close()
    perspectives.close()
    await closeKmsProviders(providers)
    await verifier.close()
    await store.close()
  }
  try {
    const installation = await initializeInstallation(ports, options.mode)
    return { ports, metrics, installation, store, providers, clientCertificate, close }
  } catch (error) {
    await close()
    throw error
  }
}

function authorizerFrom({ credentials, authorizerSecret, outbound }: ComposeOptions): Ports['authorizer'] {
  const secret = authorizerSecret?.()
  if (credentials?.authorizer === undefined || secret === undefined) return undefined
  const { ca } = outbound ?? PUBLIC_ONLY
  return createAuthorizer({
    ...credentials.authorizer,
    secret,
    ca,
    version: ownVersion(),
    clock: systemClock,
  })
}

/** What decisions depend on. */
const settingsOf = (options: ComposeOptions, serverId: string): Ports['settings'] => ({
  version: ownVersion(),
  publicUrl: options.publicUrl,
  globalRegion: options.globalRegion,
  regions: options.regions,
  serverId,
  simulation: options.mode === 'simulation',
  secondOpinion: options.secondOpinion ?? true,
  awsKeyEncipherment: options.awsKeyEncipherment ?? false,
  quotas: options.quotas ?? {},
  storedBuckets: options.storedBuckets ?? [],
  signatureSkew: (options.credentials ?? DEFAULT_CREDENTIALS).signatureSkew,
  auditStreamed: options.auditStreamed ?? false,
  ...(options.managed ?? { caaIdentities: [], regionLock: true, renewalWindows: [] }),
  approvalUrl: options.mail?.approvalUrl,
})

/** Where audit reports are kept, and who makes them. */
function reportsIn(
  { database, reports: directory }: ReturnType<typeof filesIn>,
  store: OpenStore,
  { throwaway = false }: ComposeOptions,
): Pick<Ports, 'reportFiles' | 'reportMaker'> {
  const files = createReportFiles(directory)
  return {
    reportFiles: files,
    reportMaker: throwaway
      ? inlineReportMaker({ rows: store.reportRows(), files })
      : threadedReportMaker({ database, directory }),
  }
}

const mailOf = ({ mail, mode }: ComposeOptions): Parameters<typeof openMailer>[0] => {
  const simulation = mode === 'simulation'
  const simulated = {
    from: simulation ? SIMULATED_FROM : undefined,
    ca: undefined,
    submission: () => undefined,
  }
  return { simulation, ...(mail ?? simulated) }
}

/** The database, which tells the metrics what it does. */
const storeAt = (
  file: string,
  serverId: string,
  { throwaway = false }: ComposeOptions,
  metrics: Metrics,
): Promise<OpenStore> =>
  openStore({
    file,
    serverId,
    clock: systemClock,
    throwaway,
    onAudit: metrics.auditEvent,
    onCommit: ({ members, walPages }) => {
      metrics.groupCommit(members)
      metrics.walSize(walPages * 4096)
    },
  })

/** Only a simulated installation has a calendar of its own, which keeps its distance from the system clock. */
async function calendarFor(mode: Mode, store: OpenStore): Promise<Calendar> {
  if (mode === 'normal') return systemClock
  return new SettableCalendar(systemClock.now() + (await storedOffset(store)), systemClock)
}

/**
 * Makes the key file of a new data directory.
 * @throws Error when it is gone but the database is there: never a new key beside old data, since what the lost one wraps
 * would be lost for good, and silently
 */
async function ensureKeyFile(
  { keyFile, database }: ReturnType<typeof filesIn>,
  random: Ports['random'],
  passphrase: string | undefined,
): Promise<void> {
  if (existsSync(keyFile)) return
  if (existsSync(database))
    throw new Error(
      `${keyFile} is missing, and the keys in ${database} open with nothing else; restore it from its backup`,
    )
  await makeKeyFile(keyFile, random, passphrase)
}

/** Two servers may start on a new directory at once: one makes the file, both use it. */
async function makeKeyFile(
  path: string,
  random: Ports['random'],
  passphrase: string | undefined,
): Promise<void> {
  try {
    await createLocalKeyFile(path, random, passphrase)
  } catch (error) {
    if (!(error instanceof ChanceryError && error.code === 'already_exists')) throw error
  }
}
