import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { publicKeyPem } from '../../x509/audit-statements.ts'
import { checkpointKey, type CheckpointKeyPorts } from './checkpoint-key.ts'
import { lastCheckpoint, makeCheckpoint, type PublishedCheckpoint } from './make-checkpoint.ts'

/**
 * The last checkpoint, and the public key that it is believed by. It says nothing of what anybody did.
 * @throws forbidden; not_found before the first one
 */
export async function describeAuditCheckpoint(
  ports: CheckpointKeyPorts & Pick<Ports, 'store'>,
  principal: Principal,
): Promise<PublishedCheckpoint> {
  authorize(principal, 'chancery:ReadAuditCheckpoint', arns.installation())
  const checkpoint = await lastCheckpoint(ports)
  if (checkpoint === undefined) throw new ChanceryError('not_found', 'No checkpoint has been signed yet')
  return { checkpoint, publicKey: publicKeyPem((await checkpointKey(ports)).spki) }
}

/** Signs where the audit trail stands now. @throws forbidden, kms_unavailable */
export async function makeAuditCheckpoint(
  ports: CheckpointKeyPorts,
  principal: Principal,
): Promise<PublishedCheckpoint> {
  authorize(principal, 'chancery:MakeAuditCheckpoint', arns.installation())
  return makeCheckpoint(ports)
}
