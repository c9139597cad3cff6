import type { Millis } from '../domain/time.ts'
import type { WebhookAnswer } from './webhook-sender.ts'

/** A message to whoever runs the installation. */
export type OperatorMessage = {
  /** The same with each attempt. */
  readonly id: string
  /** Of the attempt, on the system clock. */
  readonly at: Millis
  readonly body: Uint8Array
  /** Of the body; CloudEvents when absent. */
  readonly mediaType?: string
}

/** The webhook that the operator configured, not an account: signed as others are (Standard Webhooks 1.0). */
export type OperatorWebhook = {
  /**
   * POST; follows no redirect. Never rejects: what went wrong is part of the answer.
   * @param stopping ends it early, with a failure that says nothing
   */
  send(message: OperatorMessage, stopping?: AbortSignal): Promise<WebhookAnswer>
}
