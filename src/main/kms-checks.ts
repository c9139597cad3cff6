import type { KmsPorts } from '../adapters/kms/kms.ts'
import type { Metrics } from '../adapters/system/metrics.ts'
import { ChanceryError } from '../core/domain/errors.ts'
import type { Logger } from '../core/ports/logger.ts'

/**
 * Takes down what each check of a KMS found; what is new goes into the log. `forget` drops opened keys: when a KMS
 * answers that it won't, its key is disabled or gone, and so is what it had opened. A broken connection is no answer.
 */
export function checkRecorder(
  metrics: Pick<Metrics, 'kmsUp'>,
  logger: Logger,
  forget: () => void,
): NonNullable<KmsPorts['onCheck']> {
  const last = new Map<string, 'up' | 'unreached' | 'denied'>()
  return (name, up, error) => {
    metrics.kmsUp(name, up)
    const denied = error instanceof ChanceryError && error.details['retryable'] === false
    const found = up ? 'up' : denied ? 'denied' : 'unreached'
    const before = last.get(name) ?? 'up'
    if (found === before) return
    last.set(name, found)
    if (up) logger.info({ kms: name }, 'a key management service works again')
    else logger.error({ err: error, kms: name }, 'a key management service is down')
    if (denied) forget()
  }
}
