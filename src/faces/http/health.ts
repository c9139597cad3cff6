import type { Express } from 'express'
import { answerJson, answerText } from './answer.ts'
import { mountPath } from './app.ts'

/** Whether the server can do its work now; false while it starts, stops, or lacks its database or key store. */
export type Ready = () => boolean | Promise<boolean>

/** What stands beside the status in JSON, e.g. which key management service is down. */
export type HealthDetails = () => Promise<Readonly<Record<string, unknown>>>

/**
 * `/health/live` says that the process answers, `/health/ready` (503 otherwise) that it can work. Neither needs a
 * token; on the public port two words are all there is.
 */
export function mountHealth(
  app: Express,
  ready: Ready,
  form: 'json' | 'words',
  details: HealthDetails = async () => ({}),
): void {
  mountPath(app, '/health/live', '/health/live', {
    GET: (_, response) => {
      if (form === 'json') answerJson(response, 200, { status: 'live' })
      else answerText(response, 200, 'service live')
    },
  })
  mountPath(app, '/health/ready', '/health/ready', {
    GET: async (_, response) => {
      const able = await ready()
      const status = able ? 200 : 503
      if (form === 'json')
        answerJson(response, status, { status: able ? 'ready' : 'not_ready', ...(await details()) })
      else answerText(response, status, able ? 'service ready' : 'not ready')
    },
  })
}

/**
 * `/health/repository`: 503 while something in the public repository isn't as clients must find it. Beside readiness, not
 * part of it: a server that is taken out of service for a CRL that nobody could sign helps nobody.
 */
export function mountRepositoryHealth(
  app: Express,
  state: () => Promise<{ readonly status: 'healthy' | 'failing' }>,
): void {
  mountPath(app, '/health/repository', '/health/repository', {
    GET: async (_, response) => {
      const found = await state()
      answerJson(response, found.status === 'healthy' ? 200 : 503, found)
    },
  })
}
