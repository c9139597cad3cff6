import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { profileNamed } from './read-profiles.ts'
import { changedMeanwhile } from './update-profile.ts'

/**
 * Deletes a profile that no authority names; certificates issued under it stay what they are.
 * @throws not_found, state_conflict naming the authorities that name it
 */
export async function deleteProfile(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  name: string,
): Promise<void> {
  authorize(principal, 'chancery:DeleteProfile', arns.profile(principal, name))
  const profile = await profileNamed(ports, principal, name)
  const naming = await ports.store.reads.profiles.namedBy(principal, name)
  if (naming.length > 0)
    throw new ChanceryError(
      'state_conflict',
      `profile: “${name}” is among the profiles that ${naming.map((each) => `“${each}”`).join(', ')} may issue under; take it from there first`,
      { details: { authority: naming[0] as string } },
    )
  const time = ports.clock.now()
  const event = auditEvent('DeleteProfile', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.profile(principal, name)],
    request: { name, version: profile.version },
  })
  try {
    // Holds again that no authority names it: one may have begun to meanwhile.
    await ports.store.transact((writes) => [writes.profiles.remove(profile), writes.audit.append(event)])
  } catch (error) {
    throw error instanceof StoreConflict ? changedMeanwhile(error) : error
  }
}
