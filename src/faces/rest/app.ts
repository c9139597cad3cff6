import type { Express } from 'express'
import type { RequestListener } from 'node:http'
import { PROBLEMS } from '../../contract/problems.ts'
import { ChanceryError, ERROR_CODES, type ErrorCode } from '../../core/domain/errors.ts'
import { describeRepository } from '../../core/operations/repository/describe-repository.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { answer, answerText } from '../http/answer.ts'
import { createApp, mountPath } from '../http/app.ts'
import type { Authenticate } from '../http/authenticate.ts'
import { bodyOnce } from '../http/body-once.ts'
import { mountHealth, mountRepositoryHealth, type Ready } from '../http/health.ts'
import { passGate, type ApiOptions, type Gate } from '../http/gate.ts'
import { serve, type Handlers } from '../http/serve.ts'
import { mountApiPage } from './api-page.ts'
import { restAuthentication } from './authenticate.ts'
import { accessHandlers } from './handlers/access.ts'
import { auditHandlers } from './handlers/audit.ts'
import { certificateArchiveHandlers } from './handlers/certificate-archives.ts'
import { authorityHandlers } from './handlers/authorities.ts'
import { authorityLifeCycleHandlers } from './handlers/authority-life-cycle.ts'
import { certificateHandlers } from './handlers/certificates.ts'
import { revocationHandlers } from './handlers/revocations.ts'
import { rotationHandlers } from './handlers/rotations.ts'
import { sharingHandlers } from './handlers/shares.ts'
import { bucketHandlers } from './handlers/buckets.ts'
import { reportHandlers } from './handlers/reports.ts'
import { managedSettingsHandlers } from './handlers/managed-settings.ts'
import { managedHandlers } from './handlers/managed.ts'
import { kmsHandlers } from './handlers/kms.ts'
import { keyHandlers } from './handlers/keys.ts'
import { webhookHandlers } from './handlers/webhooks.ts'
import { eventHandlers } from './handlers/events.ts'
import { credentialHandlers } from './handlers/credentials.ts'
import { profileHandlers } from './handlers/profiles.ts'
import { stackHandlers } from './handlers/stacks.ts'
import { movingInHandlers } from './handlers/moving-in.ts'
import { mailHandlers } from './handlers/mail.ts'
import { simulationHandlers } from './handlers/simulation.ts'
import { zoneHandlers } from './handlers/zones.ts'
import { simulatedAccessHandlers } from './handlers/simulated-access.ts'
import { federationHandlers } from './handlers/federation.ts'
import { identityHandlers } from './handlers/identities.ts'
import { policyHandlers } from './handlers/policies.ts'

export type RestOptions = ApiOptions & {
  readonly ready: Ready
  /** Most octets in a body; 64 KiB when absent. */
  readonly bodyLimit?: number
  /** The metrics as Prometheus reads them; no `/metrics` when absent. */
  readonly metrics?: {
    readonly contentType: string
    readonly text: () => Promise<string>
    /** Whether anybody who reaches the port may read them; otherwise it takes an administrator's token. */
    readonly open: boolean
  }
  /** Mounts the pages that people open from mails; none when absent. */
  readonly pages?: (app: Express) => void
  /** Whether to show the interactive API page at `/docs`; on when absent. */
  readonly apiPage?: boolean
}

const BODY_LIMIT = 64 * 1024

/** Handlers for every route of the contract. */
export const restHandlers = (ports: Ports): Handlers => ({
  ...accessHandlers(ports),
  ...simulatedAccessHandlers(ports),
  ...identityHandlers(ports),
  ...policyHandlers(ports),
  ...credentialHandlers(ports),
  ...authorityHandlers(ports),
  ...rotationHandlers(ports),
  ...reportHandlers(ports),
  ...bucketHandlers(ports),
  ...sharingHandlers(ports),
  ...authorityLifeCycleHandlers(ports),
  ...movingInHandlers(ports),
  ...certificateHandlers(ports),
  ...revocationHandlers(ports),
  ...managedHandlers(ports),
  ...managedSettingsHandlers(ports),
  ...kmsHandlers(ports),
  ...keyHandlers(ports),
  ...federationHandlers(ports),
  ...profileHandlers(ports),
  ...stackHandlers(ports),
  ...eventHandlers(ports),
  ...auditHandlers(ports),
  ...certificateArchiveHandlers(ports),
  ...webhookHandlers(ports),
  ...simulationHandlers(ports),
  ...mailHandlers(ports),
  ...zoneHandlers(ports),
})

/** The API port: the contract's routes, health, metrics, the API page and the texts that problem types name. */
export function createRestApp(ports: Ports, options: RestOptions): RequestListener {
  const { ready, bodyLimit = BODY_LIMIT, metrics, pages, apiPage = true, ...rest } = options
  const authenticate = restAuthentication(ports)
  return createApp({ ...rest, logger: ports.logger, store: ports.store }, (app) => {
    const { simulation } = ports.settings
    serve(app, restHandlers(ports), { ...rest, authenticate, bodyLimit, simulation })
    mountHealth(app, ready, 'json', () => healthDetails(ports))
    mountRepositoryHealth(app, () => describeRepository(ports))
    mountProblemTexts(app)
    if (metrics !== undefined) mountMetrics(app, metrics, authenticate, rest)
    pages?.(app)
    if (apiPage) mountApiPage(app)
  })
}

/** What is amiss; a probe of a server that lacks its database is answered all the same. */
async function healthDetails(ports: Pick<Ports, 'kms' | 'store'>): Promise<Record<string, unknown>> {
  const kms = kmsStates(ports)
  try {
    const repository = await describeRepository(ports)
    return repository.status === 'healthy' ? { kms } : { kms, repository }
  } catch {
    return { kms }
  }
}

/** As the last check found them: a probe asks none of them. */
const kmsStates = ({ kms }: Pick<Ports, 'kms'>): Record<string, 'up' | 'down'> =>
  Object.fromEntries(kms.names.map((name) => [name, kms.up(name) ? 'up' : 'down']))

function mountMetrics(
  app: Express,
  metrics: NonNullable<RestOptions['metrics']>,
  authenticate: Authenticate,
  { guard }: Gate,
): void {
  mountPath(app, '/metrics', '/metrics', {
    GET: (request, response) =>
      passGate(guard === undefined ? {} : { guard }, request, response, {
        operation: '/metrics',
        authenticate: metrics.open ? undefined : () => authenticate(request, bodyOnce(request, BODY_LIMIT)),
        perform: async (principal) => {
          // Figures of the whole installation: more than an account's own administrator should see.
          if (!metrics.open && principal?.installation !== true)
            throw new ChanceryError(
              'forbidden',
              `${principal?.id} may not read the metrics of the installation`,
            )
          const text = await metrics.text()
          return () => answer(response, 200, { 'content-type': metrics.contentType }, text)
        },
        audited: () => ({ name: 'ReadMetrics', readOnly: true }),
      }),
  })
}

const isCode = (text: unknown): text is ErrorCode => ERROR_CODES.some((code) => code === text)

/** RFC 9457 §3.1.1: following a problem's type leads to its documentation. */
function mountProblemTexts(app: Express): void {
  mountPath(app, '/problems/:code', '/problems/{code}', {
    GET: (request, response) => {
      const { code } = request.params as { code: string }
      if (!isCode(code)) throw new ChanceryError('not_found', 'there is no such kind of problem')
      const { status, title, meaning } = PROBLEMS[code]
      answerText(response, 200, `${code} (HTTP ${status})\n\n${title}.\n\n${meaning}`)
    },
  })
}
