import { completeScope } from '../core/domain/crl-scopes.ts'
import { unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import { createLogger, type ServerLogger } from '../adapters/system/logger.ts'
import { ChanceryError } from '../core/domain/errors.ts'
import { ensureAdministrator, createFirstAuthorities } from '../core/operations/installation/initialize.ts'
import { restoreWarnings } from '../core/operations/installation/restores.ts'
import { newTokenSecret } from '../core/operations/access/tokens.ts'
import { renewDueResponders } from '../core/operations/ocsp/renew-due-responders.ts'
import { beginTelling } from '../core/operations/repository/tell-operator.ts'
import { publishDueCrls } from '../core/operations/revocation/publish-due-crls.ts'
import { reconcile } from '../core/operations/certificates/reconcile.ts'
import type { Ports } from '../core/ports/ports.ts'
import type { RateLimits } from '../faces/http/front-door/rate-limits.ts'
import { SHARED_EVERY, shareCounts } from '../faces/http/front-door/share-counts.ts'
import type { Job } from '../faces/jobs/job.ts'
import { keepServerLease, standingJobs } from '../faces/jobs/jobs.ts'
import { kmsCheckJob, rewrapJob } from '../faces/jobs/kms-jobs.ts'
import { runJob, startJobs } from '../faces/jobs/runner.ts'
import { auditWork } from './audit.ts'
import { clientCertificatesJob } from './client-certificates.ts'
import { bootstrapFrom } from './bootstrap-file.ts'
import { compromisedKeysFile } from './compromised-keys-file.ts'
import { compose, filesIn, type Composition } from './compose.ts'
import type { Loaded } from './config.ts'
import { listenerFor } from './listener.ts'
import { urlOf } from './listeners.ts'
import { openListeners } from './open-listeners.ts'
import { openMailServer } from './mail.ts'
import { openDns } from './dns-listener.ts'
import { drained } from './drain.ts'
import { objectStorageJobs } from './object-storage.ts'
import { repositoryJobs } from './repository-jobs.ts'
import { secretIn } from './files.ts'

export type RunningServer = {
  readonly apiUrl: string
  /** Where this server itself answers the public repository; not CHANCERY_PUBLIC_URL. */
  readonly repositoryUrl: string
  /** The operator's further listeners: a URL or the path of a Unix socket, by name. */
  readonly privately: Readonly<Record<string, string>>
  /** Where the simulated DNS is asked, e.g. `127.0.0.1:5300`; undefined where no port is open. */
  readonly dnsAddress: string | undefined
  /** Of the simulation's mail server, where it has one. */
  readonly smtpPort: number | undefined
  readonly dataDir: string
  readonly listenerCaFile: string | undefined
  /** Set on the start that made the administrator. */
  readonly newAdminToken: { readonly file: string | undefined; readonly secret: string } | undefined
  readonly warnings: readonly string[]
  /** Lets requests finish, then closes everything. */
  stop(): Promise<void>
}

const MINUTE = 60_000
const HOUR = 3_600_000

/** First-start work without listening; on later starts it only opens and closes. */
export async function initDataDir(loaded: Loaded): Promise<Pick<RunningServer, 'dataDir' | 'newAdminToken'>> {
  const logger = createLogger({ level: loaded.config.logLevel, destination: 'stdout' })
  const composition = await open(loaded, logger)
  try {
    // What it signs is its own: a server that runs beside it must not take it for dead.
    await keepServerLease(composition.ports)
    const newAdminToken = await prepareInstallation(composition, loaded)
    return { dataDir: loaded.config.dataDir, newAdminToken }
  } finally {
    await closed(composition, logger)
  }
}

/**
 * Opens the data directory and listens on both ports.
 * @throws Error with a message for the operator when anything is not as it must be; nothing stays open then
 */
export async function startServer(loaded: Loaded): Promise<RunningServer> {
  const { config } = loaded
  const logger = createLogger({ level: config.logLevel, destination: 'stdout' })
  const composition = await open(loaded, logger)
  const { ports, metrics } = composition
  const listening: Server[] = []
  const simulators: { close(): Promise<void> }[] = []
  const closing = async (): Promise<void> => {
    await Promise.all([...listening.map(drained), ...simulators.map((each) => each.close())])
  }
  try {
    await keepServerLease(ports)
    const newAdminToken = await prepareInstallation(composition, loaded)
    let stopping = false
    // Another KMS than the one for new keys may be down without all servers being taken out of service.
    const ready = (): boolean =>
      !stopping && composition.store.writable() && ports.kms.up(ports.kms.names[0] ?? '')
    const listener = await listenerFor(composition, config)
    const { apiServer, publicServer, tlsServers, privately, limits } = await openListeners(
      composition,
      config,
      {
        ready,
        tls: listener.tls,
        listening,
      },
    )
    const clientCertificates = clientCertificatesJob(ports, config.credentials, tlsServers)
    await runJob(ports, clientCertificates)
    const mailServer = await openMailServer(ports, config, listener.tls)
    simulators.push(mailServer)
    const dns = await openDns(ports, config)
    simulators.push(dns)
    const keyFile = compromisedKeysFile(ports, config.compromisedKeysFile)
    await keyFile.load()
    await reconcile(ports)
    await publishDueCrls(ports)
    await renewDueResponders(ports)
    await measureAuthorities(composition)
    const kmsCheck = kmsCheckJob(ports, metrics)
    await runJob(ports, kmsCheck)
    const audit = auditWork(loaded, composition)
    const jobs = startJobs(ports, [
      ...standingJobs(ports),
      kmsCheck,
      clientCertificates,
      rewrapJob(ports, metrics),
      ...audit.jobs,
      ...repositoryJobs(loaded, composition, urlOf(publicServer)),
      ...(await objectStorageJobs(loaded, composition)),
      ...(limits?.limitsCalls === true ? [sharedCountsJob(ports, limits)] : []),
      { name: 'measure', every: MINUTE, everywhere: true, run: () => measureAuthorities(composition) },
      { name: 'compromised-keys-file', every: MINUTE / 2, run: () => keyFile.load() },
      { name: 'listener-certificate', every: HOUR, everywhere: true, run: () => listener.renew(tlsServers) },
    ])
    return {
      apiUrl: urlOf(apiServer),
      repositoryUrl: urlOf(publicServer),
      privately,
      dnsAddress: dns.endpoint,
      dataDir: config.dataDir,
      listenerCaFile: listener.caFile,
      smtpPort: mailServer.port,
      newAdminToken,
      warnings: [...(await saidRestores(ports)), ...(config.publicUrl === undefined ? [NO_PUBLIC_URL] : [])],
      stop: once(async () => {
        stopping = true
        await closing()
        await jobs.stop()
        await audit.stop()
        await closed(composition, logger)
      }),
    }
  } catch (error) {
    await closing()
    await closed(composition, logger)
    throw error
  }
}
/** A restore is said at each start, in the log too, until somebody has acknowledged it. */
async function saidRestores(ports: Pick<Ports, 'store' | 'logger'>): Promise<readonly string[]> {
  const warnings = await restoreWarnings(ports)
  for (const warning of warnings) ports.logger.warn({}, warning)
  return warnings
}

/** How old each authority's CRL is, how long the authority lasts and who answers for it, for the metrics. */
async function measureAuthorities({ ports, metrics }: Composition): Promise<Record<string, number>> {
  const now = ports.calendar.now()
  for (const { id, certificate } of await ports.store.reads.authorities.all()) {
    const crl = await ports.store.reads.crls.latest(completeScope(id), 'complete')
    if (crl !== undefined) metrics.crlAge(id, (now - crl.thisUpdate) / 1000)
    if (certificate !== undefined) metrics.authorityEnds(id, (certificate.notAfter - now) / 1000)
    const responder = await ports.store.reads.ocsp.responder(id)
    if (responder !== undefined) metrics.ocspResponderEnds(id, (responder.notAfter - now) / 1000)
  }
  return {}
}
const sharedCountsJob = (ports: Ports, limits: RateLimits): Job => ({
  name: 'shared-counts',
  every: SHARED_EVERY,
  everywhere: true,
  run: () => shareCounts(ports, limits),
})

/** A second signal waits for the stop that is under way. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () => (stopped ??= stop())
}

/** Gives the lease back, so that another server needn't wait for its end, and closes everything, whatever fails. */
async function closed({ ports, close }: Composition, logger: ServerLogger): Promise<void> {
  const { serverId } = ports.settings
  try {
    await ports.store.transact((writes) => [writes.leases.release(`server/${serverId}`, serverId)])
  } catch (error) {
    ports.logger.error({ err: error }, 'could not give back the lease; it ends by itself')
  } finally {
    await close()
    await logger.flush()
  }
}

const NO_PUBLIC_URL =
  'CHANCERY_PUBLIC_URL is not set: certificates name no CRL, so nobody can learn of a revocation from them'

const open = ({ config, secrets }: Loaded, logger: ServerLogger): Promise<Composition> =>
  compose({
    dataDir: config.dataDir,
    mode: config.mode,
    logger,
    publicUrl: config.publicUrl,
    kms: config.kms,
    kmsPassphrase: () => secrets.kmsPassphrase(),
    awsKeyEncipherment: config.awsKeyEncipherment,
    quotas: config.frontDoor.quotas,
    ...(config.objectStorage === undefined ? {} : { storedBuckets: config.objectStorage.buckets }),
    webhookClientCertificate: config.frontDoor.webhookClientCertificate,
    auditStreamed: config.audit.stream !== undefined,
    managed: config.managed,
    mail: { ...config.mail, submission: () => secrets.submission() },
    globalRegion: config.globalRegion,
    regions: config.regions,
    resolvers: config.dns.resolvers,
    perspectives: config.perspectives,
    outbound: config.outbound,
    credentials: config.credentials,
    authorizerSecret: () => secrets.authorizer(),
  })

/** What every start makes sure of: there are authorities, and an administrator. */
async function prepareInstallation(
  { ports, installation }: Composition,
  { config, secrets }: Loaded,
): Promise<RunningServer['newAdminToken']> {
  await createFirstAuthorities(ports, installation.account)
  await bootstrapFrom(ports, config.bootstrapFile)
  // Before anything can be revoked here.
  if (config.repository.webhook !== undefined) await beginTelling(ports)
  const given = secrets.adminToken()
  const file = filesIn(config.dataDir).adminToken
  let secret = ''
  const made = (): Promise<boolean> =>
    ensureAdministrator(ports, installation.account, () => {
      // The file before the database: a token that nobody can read must not become the administrator's.
      secret = given ?? secretIn(file, () => newTokenSecret(ports))
      return secret
    })
  try {
    if (!(await made())) return undefined
  } catch (error) {
    if (!(error instanceof ChanceryError && error.code === 'state_conflict')) throw error
    if (given !== undefined) {
      // Certificates go on being issued and renewed; that nobody can administer is no reason to stop that.
      ports.logger.error({ err: error }, 'nobody can administer this installation')
      return undefined
    }
    // The file still holds the token that was revoked.
    unlinkSync(file)
    if (!(await made())) return undefined
  }
  return { file: given === undefined ? file : undefined, secret }
}
