import { holdsName } from '../../domain/authority-life-cycle.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'

/** Told to whoever wants a name that an authority of the place holds. */
export const nameTaken = (name: string, cause?: unknown): ChanceryError =>
  new ChanceryError(
    'already_exists',
    `name: this account and region have an authority named “${name}” already`,
    {
      cause,
      violations: [{ code: 'name_taken', field: 'name', message: 'is taken; choose another' }],
    },
  )

/**
 * Told before a key is made; two requests at once are told apart when they are stored.
 * @throws already_exists
 */
export async function refuseTakenName(
  ports: Pick<Ports, 'store'>,
  place: Place,
  name: string,
): Promise<void> {
  const named = await ports.store.reads.authorities.byName(place, name)
  if (named !== undefined && holdsName(named)) throw nameTaken(name)
}
