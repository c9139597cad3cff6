import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { StoreConflict } from '../../domain/errors.ts'
import { SYSTEM_ACCOUNT, type KeyId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { Ports } from '../../ports/ports.ts'
import { keyNameOf } from '../../x509/audit-statements.ts'
import { systemPrincipal } from '../installation/initialize.ts'
import { newUuid } from '../new-ids.ts'

/** The setting with the id of the key that signs checkpoints and archives. */
const SETTING = 'audit.checkpointKey'

export type CheckpointKeyPorts = Pick<Ports, 'store' | 'vault' | 'random' | 'clock'> & {
  readonly settings: Pick<Ports['settings'], 'globalRegion'>
}

/**
 * The key that signs statements about the audit trail, and nothing else. The first call makes it; of servers that race
 * for it one decides.
 * @throws kms_unavailable, unavailable
 */
export async function checkpointKey(ports: CheckpointKeyPorts): Promise<StoredKey> {
  const known = await stored(ports)
  if (known !== undefined) return known
  const principal = systemPrincipal(ports, SYSTEM_ACCOUNT)
  const time = ports.clock.now()
  const id = newUuid(ports.random, time) as KeyId
  const { account, region } = principal
  const key = await ports.vault.generate('ED25519', { account, region, id, purpose: 'checkpoint' })
  const event = auditEvent('CreateAuditCheckpointKey', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.key(principal, id)],
    response: { publicKeySha256: keyNameOf(key.spki) },
  })
  try {
    await ports.store.transact((writes) => [
      writes.settings.put(SETTING, id),
      writes.keys.add(key),
      writes.audit.append(event),
    ])
    return key
  } catch (error) {
    const winner = error instanceof StoreConflict ? await stored(ports) : undefined
    if (winner === undefined) throw error
    return winner
  }
}

async function stored({ store }: Pick<Ports, 'store'>): Promise<StoredKey | undefined> {
  const id = await store.reads.settings.get(SETTING)
  return id === undefined ? undefined : store.reads.keys.get(id as KeyId)
}
