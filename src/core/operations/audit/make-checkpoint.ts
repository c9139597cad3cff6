import {
  checkpointLine,
  trailLineFrom,
  type Checkpoint,
  type SignedCheckpoint,
} from '../../domain/audit-trail.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { KeyUse } from '../../ports/key-vault.ts'
import { isSignedCheckpoint, keyNameOf, publicKeyPem, statementKeyFrom } from '../../x509/audit-statements.ts'
import { prepareCheckpoint } from '../../x509/prepare.ts'
import { readInstallation } from '../installation/initialize.ts'
import { checkpointKey, type CheckpointKeyPorts } from './checkpoint-key.ts'

/** The setting with the last checkpoint, as it stands in files. */
const SETTING = 'audit.checkpoint'

/** In whose name the audit trail's key is opened. */
export const AUDIT_USE: KeyUse = { caller: 'system/audit', service: 'chancery.local' }

/** A checkpoint, with PEM of the public key that it is believed by. */
export type PublishedCheckpoint = { readonly checkpoint: SignedCheckpoint; readonly publicKey: string }

/**
 * Signs where the audit trail stands now; nothing when the last checkpoint says that already, so that an idle
 * installation stays idle.
 * @throws kms_unavailable, unavailable; internal when the signature isn't right
 */
export async function makeCheckpoint(ports: CheckpointKeyPorts): Promise<PublishedCheckpoint> {
  const key = await checkpointKey(ports)
  const [head, last] = await Promise.all([ports.store.reads.audit.head(), lastCheckpoint(ports)])
  const name = keyNameOf(key.spki)
  const publicKey = publicKeyPem(key.spki)
  if (last?.id === head.id && last.hash === head.hash && last.key === name)
    return { checkpoint: last, publicKey }
  const installation = (await readInstallation(ports))?.id ?? ''
  const checkpoint = await signed(ports, key, { installation, ...head, at: ports.clock.now() })
  await ports.store.transact((writes) => [writes.settings.set(SETTING, checkpointLine(checkpoint))])
  return { checkpoint, publicKey }
}

/** What was signed last; undefined before the first time. */
export async function lastCheckpoint({
  store,
}: Pick<CheckpointKeyPorts, 'store'>): Promise<SignedCheckpoint | undefined> {
  const line = await store.reads.settings.get(SETTING)
  const read = line === undefined ? undefined : trailLineFrom(line)
  return read !== undefined && 'checkpoint' in read ? read.checkpoint : undefined
}

async function signed(
  { vault }: Pick<CheckpointKeyPorts, 'vault'>,
  key: StoredKey,
  checkpoint: Checkpoint,
): Promise<SignedCheckpoint> {
  const signature = await vault.sign(key, prepareCheckpoint(checkpoint).prepared, AUDIT_USE)
  const made = {
    ...checkpoint,
    key: keyNameOf(key.spki),
    signature: Buffer.from(signature).toString('base64'),
  }
  if (isSignedCheckpoint(made, [statementKeyFrom(publicKeyPem(key.spki), 'key')])) return made
  throw new ChanceryError('internal', 'a checkpoint was signed wrongly, and is not used')
}
