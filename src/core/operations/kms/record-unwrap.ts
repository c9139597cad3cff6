import type { Actor } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Unwrap } from '../../ports/key-vault.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'

/**
 * Puts a real unwrap of a private key on the record, as CloudTrail shows `kms:Decrypt`: who, on whose behalf, through
 * which KMS, and for which key.
 */
export async function recordUnwrap(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  { context, use, provider, kekId, kekVersion }: Unwrap,
): Promise<void> {
  const time = ports.clock.now()
  const { account, region, id: key, purpose } = context
  const actor: Actor = {
    id: use.caller,
    kind: use.caller.slice(0, use.caller.indexOf('/')) as Actor['kind'],
    account,
    region,
    ...(use.requestId === undefined ? {} : { requestId: use.requestId }),
  }
  const event = auditEvent('Decrypt', actor, {
    eventId: newUuid(ports.random, time),
    time,
    invokedBy: use.service,
    resources: [arns.key(context, kekId)],
    request: { encryptionContext: { account, region, key, purpose }, provider, keyVersion: kekVersion },
  })
  await ports.store.transact((writes) => [writes.audit.append(event)])
}
