import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deadlines } from '../../src/adapters/kms/guarded.ts'
import { createKeyVault, type KmsProviders } from '../../src/adapters/kms/key-vault.ts'
import { createKms } from '../../src/adapters/kms/kms.ts'
import { openLocalKeyFile } from '../../src/adapters/kms/local.ts'
import { createLocalKeyFile } from '../../src/adapters/kms/local-key-file-writing.ts'
import { createArchiveFiles } from '../../src/adapters/files/archive-files.ts'
import { createReportFiles } from '../../src/adapters/files/report-files.ts'
import { openStore } from '../../src/adapters/prisma/store.ts'
import { SettableCalendar } from '../../src/adapters/system/clock.ts'
import { createKeySets } from '../../src/adapters/authentication/key-sets.ts'
import { createWebhookSender } from '../../src/adapters/webhooks/webhook-sender.ts'
import { createInlineVerifier } from '../../src/adapters/system/inline-verifier.ts'
import { createSystemRandom } from '../../src/adapters/system/random.ts'
import type { Principal } from '../../src/core/domain/access.ts'
import type { Arn } from '../../src/core/domain/arns.ts'
import { DEFAULT_GLOBAL_REGION, type AccountId } from '../../src/core/domain/ids.ts'
import type { Installation, Mode } from '../../src/core/domain/installation.ts'
import { ROLE_POLICIES, type Role } from '../../src/core/domain/policies/built-in.ts'
import {
  createFirstAuthorities,
  initializeInstallation,
  systemPrincipal,
} from '../../src/core/operations/installation/initialize.ts'
import type { KmsProvider } from '../../src/core/ports/kms-provider.ts'
import type { Authorizer } from '../../src/core/ports/authorizer.ts'
import type { KeySets } from '../../src/core/ports/key-sets.ts'
import type { Unwrap } from '../../src/core/ports/key-vault.ts'
import type { Mailer } from '../../src/core/ports/mailer.ts'
import type { WebhookSender } from '../../src/core/ports/webhook-sender.ts'
import type { Perspectives } from '../../src/core/ports/perspectives.ts'
import type { ReportRows } from '../../src/core/ports/report-store.ts'
import type { Ports, Settings } from '../../src/core/ports/ports.ts'
import { writeTemplateDatabase } from '../../src/testing/template-database.ts'
import { openPerspectives } from '../../src/main/perspectives.ts'
import { inlineReportMaker } from '../../src/main/reports.ts'
import { memoryLogger, type LogLine } from './memory-logger.ts'
import { seededRandom } from './seeded-random.ts'

/** When the tests' calendar and clock stand, unless they are told otherwise. */
export const TEST_NOW = Date.UTC(2030, 5, 15, 12)

export type TestPortsOptions = {
  /** Milliseconds since the epoch; `TEST_NOW` when absent. */
  readonly now?: number
  /** Decides ids and serials; two ports of one seed draw the same. */
  readonly seed?: string
  readonly mode?: Mode
  readonly settings?: Partial<Settings>
  /** Whether the first root and issuing authority are made; true when absent. */
  readonly authorities?: boolean
  /** Other key management services, or this one with faults; just the key file when absent. */
  readonly kms?: (local: KmsProvider) => KmsProviders
  readonly kmsDeadlines?: Deadlines
  /** Where validation looks from; the simulated zones alone when absent. */
  readonly perspectives?: Perspectives
  /** No mail can be sent when absent. */
  readonly mailer?: Mailer
  /** Really sends, to any address and port, when absent. */
  readonly webhooks?: WebhookSender
  /** Really fetches, from any address and port, when absent. */
  readonly keySets?: KeySets
  /** Nobody outside is asked who callers are when absent. */
  readonly authorizer?: Authorizer
}

/** Everything the core asks of the world: real but for time and chance. */
export type TestPorts = {
  readonly ports: Ports
  readonly installation: Installation
  /** May do everything in the first account. */
  readonly admin: Principal
  /** The calendar; stands still until it is moved. */
  readonly calendar: SettableCalendar
  /** The system clock; stands still until it is moved. */
  readonly clock: SettableCalendar
  readonly log: LogLine[]
  /** Each time a private key was unwrapped. */
  readonly unwraps: Unwrap[]
  /** What stands in audit reports. */
  readonly reportRows: ReportRows
  /** Path of the database. */
  readonly database: string
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Ports on a database of their own, a copy of a migrated one; a real vault with few rounds, signatures really verified.
 *
 *     await using given = await testPorts()
 *     const issued = await issueCertificate(given.ports, given.admin, { … })
 */
export async function testPorts(options: TestPortsOptions = {}): Promise<TestPorts> {
  const { now = TEST_NOW, seed = 'chancery', mode = 'normal', settings, authorities = true } = options
  const directory = await mkdtemp(join(tmpdir(), 'chancery-ports-'))
  const database = join(directory, 'chancery.db')
  const keyFile = join(directory, 'kms.key')
  const calendar = new SettableCalendar(now)
  const clock = new SettableCalendar(now)
  const logger = memoryLogger()
  const unwraps: Unwrap[] = []
  // Keys are as random as ever: what is deterministic must not find its way into a vault.
  const secretRandom = createSystemRandom()
  const reportFiles = createReportFiles(join(directory, 'audit-reports'))
  await Promise.all([createLocalKeyFile(keyFile, secretRandom), writeTemplateDatabase(database)])
  const store = await openStore({ file: database, serverId: 'test', clock, throwaway: true })
  const local = await openLocalKeyFile(keyFile, secretRandom)
  const { kms, providers } = createKms(options.kms?.(local) ?? { preferred: local, all: [local] }, {
    random: secretRandom,
    clock,
    ...(options.kmsDeadlines === undefined ? {} : { deadlines: options.kmsDeadlines }),
  })
  const vault = createKeyVault({
    providers,
    recordUnwrap: async (unwrap) => void unwraps.push(unwrap),
    clock,
    random: secretRandom,
    pbkdf2Rounds: 1000,
  })
  const ports: Ports = {
    store,
    vault,
    kms,
    verifier: createInlineVerifier(),
    perspectives:
      options.perspectives ??
      (await openPerspectives({ mode: 'simulation', globalRegion: DEFAULT_GLOBAL_REGION, logger }, store)),
    mailer: options.mailer,
    webhooks:
      options.webhooks ?? createWebhookSender({ privateAddresses: true, ports: 'any', ca: undefined }),
    keySets: options.keySets ?? createKeySets({ privateAddresses: true, ports: 'any', ca: undefined }),
    authorizer: options.authorizer,
    reportFiles,
    archiveFiles: createArchiveFiles(join(directory, 'audit-archives')),
    reportMaker: inlineReportMaker({ rows: store.reportRows(), files: reportFiles }),
    random: seededRandom(seed),
    calendar,
    clock,
    logger,
    settings: {
      version: '0.0.0-test',
      publicUrl: 'http://pki.example.com',
      globalRegion: DEFAULT_GLOBAL_REGION,
      regions: undefined,
      serverId: 'test',
      simulation: mode === 'simulation',
      secondOpinion: false,
      awsKeyEncipherment: false,
      quotas: {},
      storedBuckets: [],
      signatureSkew: 300_000,
      auditStreamed: false,
      caaIdentities: ['ca.example.net'],
      regionLock: true,
      renewalWindows: [],
      approvalUrl: 'https://ca.example.test',
      ...settings,
    },
  }
  const installation = await initializeInstallation(ports, mode)
  if (authorities) await createFirstAuthorities(ports, installation.account)
  return {
    ports,
    installation,
    admin: aPrincipal({ ...systemPrincipal(ports, installation.account), id: 'token/admin', kind: 'token' }),
    calendar,
    clock,
    log: logger.lines,
    unwraps,
    database,
    reportRows: store.reportRows(),
    [Symbol.asyncDispose]: async () => {
      vault.forget()
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}

type PrincipalOptions = Partial<Principal> & {
  /** Stands for the policy of its name, unless `grants` are given. */
  readonly role?: Role
}

/** Somebody who calls; an issuer of account 111122223333 unless told otherwise. */
export function aPrincipal({ role, ...more }: PrincipalOptions = {}): Principal {
  const account = more.account ?? ('111122223333' as AccountId)
  const id = more.id ?? 'token/test'
  return {
    id,
    kind: 'token',
    arn: `arn:aws:chancery::${account}:${id}` as Arn,
    account,
    region: DEFAULT_GLOBAL_REGION,
    grants: { identity: [ROLE_POLICIES.issuer] },
    installation: false,
    facts: {},
    ...more,
    ...(role === undefined ? {} : { grants: { identity: [ROLE_POLICIES[role]] } }),
  }
}
