import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import { isDone, type Replacement } from '../../domain/rotations.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { toldOfRevocation } from '../events/told-of-revocation.ts'
import { newUuid } from '../new-ids.ts'
import { publishChangedCrls } from '../revocation/publish-due-crls.ts'
import { renewUnder } from './renew-authority.ts'
import { rotated, successorOf, type StepContext } from './rotation-steps.ts'

/**
 * Undoes the steps of a rotation, from the last to the first; may be repeated when it was interrupted.
 * @returns what goes into the transaction that ends the rotation
 */
export async function reverseSteps(context: StepContext): Promise<(writes: Writes) => readonly Write[]> {
  const { ports, rotation } = context
  const authority = await rotated(context)
  const successor = await successorOf(context)
  if (authority.successor !== undefined)
    await ports.store.transact((writes) => [
      writes.authorities.setSuccessor(authority.id, authority.successor, undefined),
      ...(successor?.isDefault === true ? [writes.authorities.makeDefault(authority, authority.id)] : []),
    ])
  for (const child of await ports.store.reads.rotations.children(rotation.id)) await moveBack(context, child)
  if (successor === undefined || !isDone(rotation, 'create')) return () => []
  await revokeCrossCertificates(context)
  ports.vault.forget()
  return (writes) => [
    writes.replacements.dropOf(rotation.id),
    ...(successor.status === 'ACTIVE'
      ? [writes.authorities.setStatus(successor.id, 'ACTIVE', 'DISABLED')]
      : []),
  ]
}

/** The certificate that a child had before stands in the database still. */
async function moveBack({ ports, principal, rotation }: StepContext, moved: Replacement): Promise<void> {
  const { authorities, certificates } = ports.store.reads
  if (moved.authority === undefined) return
  const child = await authorities.get(rotation, moved.authority)
  const before = await certificates.get(rotation, certificateIdOf(moved.issuer, moved.serial))
  if (child?.certificate === undefined || child.parent !== rotation.successor || before === undefined) return
  // Renewed since: what it had before is older than what it has a right to.
  if (child.certificate.serial !== moved.newSerial)
    return void (await renewUnder(
      ports,
      principal,
      { ...child, certificate: child.certificate },
      moved.issuer,
    ))
  const { der, serial, notBefore, notAfter } = before
  try {
    await ports.store.transact((writes) => [
      writes.authorities.recertify(child.id, moved.newSerial, {
        der,
        serial,
        notBefore,
        notAfter,
        parent: moved.issuer,
      }),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('state_conflict', `authority: “${child.name}” was renewed just now; try again`, {
      cause: error,
    })
  }
}

/** Nobody shall build a chain over a bridge to an authority that isn't used. */
async function revokeCrossCertificates({ ports, principal, rotation }: StepContext): Promise<void> {
  const pair = [rotation.authority, rotation.successor]
  const now = ports.calendar.now()
  for (const subject of pair)
    for (const { issuer, certificate } of await ports.store.reads.crossCertificates.of(subject)) {
      if (!pair.includes(issuer) || certificate.revocation !== undefined || certificate.notAfter < now)
        continue
      const time = ports.clock.now()
      const reason = 'cessationOfOperation'
      const event = auditEvent('RevokeCertificate', principal, {
        eventId: newUuid(ports.random, time),
        time,
        resources: [arns.authority(rotation, issuer), arns.certificate(rotation, issuer, certificate.serial)],
        request: { reason },
      })
      const told = await toldOfRevocation(ports, certificate, reason, now)
      await ports.store.transact((writes) => [
        writes.certificates.revoke(certificate, reason, now),
        ...told(writes),
        writes.audit.append(event),
      ])
      await publishChangedCrls(ports, issuer)
    }
}
