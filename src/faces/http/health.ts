import type { Express } from 'express'
import { answerJson, answerText } from './answer.ts'
import { mountPath } from './app.ts'

/** Whether the server can do its work now; false while it starts, stops, or lacks its database or key store. */
export type Ready = () => boolean | Promise<boolean>

/** What stands beside the status in JSON, e.g. which key management service is down. */
export type HealthDetails = () => Readonly<Record<string, unknown>>

/**
 * `/health/live` says that the process answers, `/health/ready` (503 otherwise) that it can work. Neither needs a
 * token; on the public port two words are all there is.
 */
export function mountHealth(
  app: Express,
  ready: Ready,
  form: 'json' | 'words',
  details: HealthDetails = () => ({}),
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
        answerJson(response, status, { status: able ? 'ready' : 'not_ready', ...details() })
      else answerText(response, status, able ? 'service ready' : 'not ready')
    },
  })
}
