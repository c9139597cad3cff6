import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Composition } from '../main/compose.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { newTokenSecret } from '../core/operations/access/tokens.ts'
import { ensureAdministrator } from '../core/operations/installation/initialize.ts'
import { listenerCertificate } from '../core/operations/installation/listener-certificate.ts'
import { makeDueReports } from '../core/operations/reports/make-due-reports.ts'
import { publishDueCrls } from '../core/operations/revocation/publish-due-crls.ts'
import type { ListeningChancery } from './chancery.ts'

const HOST = '127.0.0.1'

/** The public repository's port, open before anything is served there: its URL stands in the first certificate. */
export type Repository = {
  readonly url: string
  serve(composition: Composition): Promise<void>
  close(): Promise<void>
}

/** Opens a port of the loopback interface for the public repository. */
export async function openRepository(): Promise<Repository> {
  let listener: RequestListener = (_, response) => response.writeHead(503).end()
  const server = createServer((request, response) => listener(request, response))
  await listening(server)
  return {
    url: `http://${HOST}:${portOf(server)}`,
    serve: async ({ ports }) => {
      // Loaded here: a suite that only issues doesn't wait for a web framework.
      const { createRepositoryListener } = await import('../faces/pki/listener.ts')
      const app = createRepositoryListener(ports, { ready: () => true, accessLog: false })
      // No job runs in a fixture: whoever asks for a CRL has it made when it is due, wherever the clock was moved to.
      listener = (request, response) => {
        void publishDueCrls(ports).then(() => app(request, response))
      }
    },
    close: () => closed(server),
  }
}

export type Api = Pick<ListeningChancery, 'url' | 'token' | 'listenerCa'> & { close(): Promise<void> }

/** Opens the API, over TLS or not, with an administrator's token. */
export async function openApi(composition: Composition, tls: boolean): Promise<Api> {
  const { ports, metrics, installation } = composition
  const [{ apiListener }, { createServer: createApiServer }] = await Promise.all([
    import('../main/api-listener.ts'),
    import('../faces/http/server.ts'),
  ])
  const token = newTokenSecret(ports)
  await ensureAdministrator(ports, installation.account, () => token)
  // The listener lives on the system clock, as its clients do.
  const made = tls
    ? await listenerCertificate({ ...ports, calendar: systemClock }, { dns: ['localhost'], ip: [HOST] })
    : undefined
  const api = apiListener(ports, {
    ready: () => true,
    accessLog: false,
    metrics: { contentType: metrics.contentType, text: metrics.text, open: true },
  })
  // No job runs in a fixture: whoever looks after an audit report has it made.
  const app: RequestListener = (request, response) => {
    const made = request.url?.includes('/audit-reports') === true ? makeDueReports(ports) : Promise.resolve()
    void made.then(() => api.inner(request, response))
  }
  const server = createApiServer(app, made === undefined ? undefined : { cert: made.pem, key: made.pem })
  await listening(server)
  return {
    url: `${tls ? 'https' : 'http'}://${HOST}:${portOf(server)}`,
    token,
    listenerCa: made?.authorityPem,
    close: () => closed(server),
  }
}

async function listening(server: Server): Promise<void> {
  server.listen(0, HOST)
  await once(server, 'listening')
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    // The suite is over: whatever a client keeps open is of no use to anybody.
    server.closeAllConnections()
  })
}
