/** A message on its way out. */
export type OutgoingWebhook = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type WebhookAnswer = {
  readonly milliseconds: number
} & (
  | {
      readonly status: number
      readonly address: string
      readonly body: Uint8Array
      /** Seconds that the receiver asked to be left alone (RFC 9110 §10.2.3). */
      readonly retryAfter: number | undefined
    }
  | {
      /** Why there was no answer; never what the other side sent. */
      readonly failure: string
    }
)

/** Sends to receivers that accounts named, behind a guard: public addresses only, unless configured; bounded in every way. */
export type WebhookSender = {
  /** Why nothing is ever sent to this URL, or undefined. Looks at the URL alone: names are resolved with each message. */
  refusal(url: string): string | undefined
  /**
   * POST; follows no redirect. Never rejects: what went wrong is part of the answer.
   * @param stopping ends it early, with a failure that says nothing
   */
  send(message: OutgoingWebhook, stopping?: AbortSignal): Promise<WebhookAnswer>
}
