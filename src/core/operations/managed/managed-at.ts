import type { Principal } from '../../domain/access.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { isManagedId, type ManagedId } from '../../domain/ids.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place, Write, Writes } from '../../ports/store.ts'

/** The id in an id or in an ARN of this place; undefined for anything else. */
export function managedIdIn(place: Place, reference: string): ManagedId | undefined {
  if (isManagedId(reference)) return reference
  const id = reference.slice(reference.lastIndexOf('/') + 1)
  return isManagedId(id) && arns.managed(place, id) === reference ? id : undefined
}

/** What a reference stands for in the caller's own place: authorization precedes the look-up. */
export function managedArnOf(place: Place, reference: string): Arn {
  const id = managedIdIn(place, reference)
  return id === undefined ? arns.allManaged(place) : arns.managed(place, id)
}

/** By id or ARN. @throws not_found, alike for what is none, an unknown one, and another place's */
export async function managedAt(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string,
): Promise<ManagedCertificate> {
  const id = managedIdIn(place, reference)
  const managed = id === undefined ? undefined : await ports.store.reads.managed.get(place, id)
  if (managed === undefined) throw noSuchManaged(place)
  return managed
}

/** Said alike of what is none, an unknown one, and another place's. */
export const noSuchManaged = ({ region }: Place): ChanceryError =>
  new ChanceryError('not_found', `There is no such managed certificate in ${region}`)

/** What is asked for isn't there yet, but may be soon. @param message what isn't, in words */
export const notYet = (message: string): ChanceryError =>
  new ChanceryError('state_conflict', message, { violations: [{ code: 'not_yet', field: 'id', message }] })

/** What a change comes to: the state after it, and what else belongs into the transaction. */
export type ManagedChange = {
  readonly after: ManagedCertificate
  readonly alsoWrite: (writes: Writes) => readonly Write[]
}

/** Somebody else may change it meanwhile; then the change is decided anew. */
const TRIES = 5

/**
 * Changes a managed certificate from the state that the change was decided on.
 * @param decide from the state that stands; undefined: there is nothing to change
 * @returns the state afterwards
 * @throws not_found; what `decide` throws; unavailable when others keep changing it
 */
export async function changeManaged(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
  decide: (managed: ManagedCertificate) => ManagedChange | undefined,
): Promise<ManagedCertificate> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await managedAt(ports, principal, reference)
    const change = decide(before)
    if (change === undefined) return before
    try {
      await ports.store.transact((writes) => [
        writes.managed.replace(before, change.after),
        ...change.alsoWrite(writes),
      ])
      return await managedAt(ports, principal, reference)
    } catch (error) {
      if (!(error instanceof StoreConflict && error.subject === 'managed.replace')) throw error
    }
  }
  throw new ChanceryError('unavailable', 'The certificate is being changed by others; try again', {
    retryAfterSeconds: 1,
  })
}
