import { ChanceryError } from '../../core/domain/errors.ts'

/** The KMS can't do it. `retryable` says whether waiting may help; the message may be shown to callers. */
export function kmsUnavailable(message: string, retryable: boolean, cause?: unknown): ChanceryError {
  return new ChanceryError('kms_unavailable', message, { details: { retryable }, cause })
}

/** Asks a provider something about `subject`, and makes whatever it throws one of the two errors below. */
export async function asked<T>(subject: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    throw kmsFailure(error, subject)
  }
}

/**
 * What a provider threw, as an error about one key. `kms_unavailable` stays what it is; a refusal to open (`internal`)
 * gets the key's id; anything unforeseen counts as an outage, and what it says stays in `cause`, out of sight.
 */
function kmsFailure(error: unknown, subject: string): ChanceryError {
  if (error instanceof ChanceryError && error.code === 'kms_unavailable') {
    return 'retryable' in error.details ? error : kmsUnavailable(error.message, true, error)
  }
  if (error instanceof ChanceryError && error.code === 'internal') return doesNotOpen(subject, error)
  return kmsUnavailable(`${subject}: the KMS failed`, true, error)
}

/** A wrong key, a changed row or a row of another key: indistinguishable, and never to be retried. */
export function doesNotOpen(subject: string, cause: unknown): ChanceryError {
  const message = `${subject}: its envelope doesn't open; it was changed, or belongs to another key or installation`
  return new ChanceryError('internal', message, { cause })
}
