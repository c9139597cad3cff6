import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { KmsName } from '../../domain/kms.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { describeOne, type KmsView } from './describe-kms.ts'
import { dueOf, keysUnder, lastRotation, rotationSetting, type Rotation } from './rotations.ts'

export type RotateKmsRequest = {
  /** Whose key-encryption key; the KMS for new keys when absent. */
  readonly kms?: KmsName
  /** Another KMS that is to wrap from now on what this one wraps. */
  readonly to?: KmsName
}

/**
 * Makes a new version of a key-encryption key, or points what one KMS wraps to another. New keys are wrapped by it from
 * now on; those that stand follow in the background, and everything opens meanwhile. Who asked is on the record before
 * anything is done.
 * @throws request_invalid naming `kms` or `to`; state_conflict; kms_unavailable
 */
export async function rotateKms(
  ports: Pick<Ports, 'store' | 'kms' | 'vault' | 'random' | 'clock'>,
  principal: Principal,
  request: RotateKmsRequest,
): Promise<KmsView> {
  authorize(principal, 'chancery:RotateKms', arns.installation())
  const name = request.kms ?? ports.kms.names[0] ?? ''
  const to = request.to ?? name
  refuseUnknown(ports, 'kms', name)
  refuseUnknown(ports, 'to', to)
  if (to === name) await refuseRotation(ports, name)
  else await refuseMove(ports, name, to)
  const now = ports.clock.now()
  const event = auditEvent('RotateKeyEncryptionKey', principal, {
    eventId: newUuid(ports.random, now),
    time: now,
    resources: [arns.installation()],
    request: { kms: name, to },
  })
  await ports.store.transact((writes) => [writes.audit.append(event)])
  if (to === name) await ports.kms.rotate(name)
  else await ports.kms.check(to)
  // Counted before the job knows of it; what it does meanwhile counts as done.
  const all = (await ports.store.reads.keys.keks()).filter(({ provider }) => provider === name)
  const total = await keysUnder(ports, to === name ? (await dueOf(ports, name)).keks : all)
  const rotation: Rotation = { startedAt: now, to, total }
  await ports.store.transact((writes) => [
    writes.settings.set(rotationSetting(name), JSON.stringify(rotation)),
  ])
  // What the old version had opened goes with it.
  ports.vault.forget()
  return describeOne(ports, name)
}

function refuseUnknown({ kms }: Pick<Ports, 'kms'>, field: string, name: string): void {
  if (!kms.names.includes(name))
    throw invalid(
      field,
      'kms_unknown',
      `“${name}” is not configured on this server; there is ${kms.names.join(', ')}`,
    )
}

async function refuseRotation(ports: Pick<Ports, 'store' | 'kms'>, name: string): Promise<void> {
  if (!ports.kms.rotates(name))
    throw invalid(
      'kms',
      'kms_rotates_elsewhere',
      `new versions of ${name}'s key are made there, not here; keys follow by themselves`,
    )
  const standing = await lastRotation(ports, name)
  if (standing !== undefined && standing.finishedAt === undefined && standing.to !== name)
    throw new ChanceryError(
      'state_conflict',
      `the keys of ${name} are being moved to ${standing.to}; wait for the end of that`,
    )
}

async function refuseMove(ports: Pick<Ports, 'store' | 'kms'>, name: string, to: string): Promise<void> {
  // Otherwise new keys would follow for ever.
  if (name === ports.kms.names[0])
    throw new ChanceryError(
      'state_conflict',
      `${name} keeps new keys; set CHANCERY_KMS to ${to} first, then move the old ones`,
    )
  const back = await lastRotation(ports, to)
  if (back !== undefined && back.finishedAt === undefined && back.to !== to)
    throw new ChanceryError(
      'state_conflict',
      `the keys of ${to} are being moved to ${back.to}; wait for the end of that`,
    )
}

const invalid = (field: string, code: string, message: string): ChanceryError =>
  new ChanceryError('request_invalid', `${field}: ${message}`, { violations: [{ code, field, message }] })
