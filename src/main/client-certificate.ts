import { systemClock } from '../adapters/system/clock.ts'
import { ownRenewalAt, type OwnCertificate } from '../core/operations/installation/own-certificate.ts'
import { webhookClientCertificate } from '../core/operations/webhooks/client-certificate.ts'
import type { Ports } from '../core/ports/ports.ts'

/**
 * The certificate for receivers of webhooks, made with the first message that could show it and again when two thirds of its
 * life are over. One at a time is made, however many messages wait for it.
 */
export function createClientCertificate(ports: () => Ports): () => Promise<string> {
  let current: OwnCertificate | undefined
  let making: Promise<OwnCertificate> | undefined
  return async () => {
    if (current === undefined || systemClock.now() >= ownRenewalAt(current)) {
      making ??= webhookClientCertificate(ports()).finally(() => (making = undefined))
      current = await making
    }
    return current.pem
  }
}
