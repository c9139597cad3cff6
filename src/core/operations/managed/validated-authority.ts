import type { Authority } from '../../domain/authorities.ts'
import { DEFAULT_GLOBAL_REGION, SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import { DEFAULT_MANAGED_DAYS } from '../../domain/managed-certificates.ts'
import { DAY } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { livingAuthority } from '../authorities/living-authority.ts'
import { systemPrincipal } from '../installation/initialize.ts'

/** Where the installation's own authorities are, whatever its global region is called. */
export const VALIDATED_PLACE: Place = { account: SYSTEM_ACCOUNT, region: DEFAULT_GLOBAL_REGION }

/** The name of the one that issues. */
export const VALIDATED_ISSUING = 'validated-issuing'

/** With less life than this it gets a successor: its longest usual certificate and a month. */
const ENOUGH_LIFE = (DEFAULT_MANAGED_DAYS.validated + 30) * DAY

/**
 * The authority that issues what was validated: the installation's own, made when the first certificate is asked for,
 * with a root of its own. No account has it, and so none can issue from it without validation.
 * @throws kms_unavailable, unavailable
 */
export async function validatedAuthority(ports: Ports): Promise<Authority> {
  const principal = { ...systemPrincipal(ports, VALIDATED_PLACE.account), ...VALIDATED_PLACE }
  const mark = ports.settings.simulation ? ' SIMULATION' : ''
  const root = await livingAuthority(
    ports,
    principal,
    { kind: 'root', name: 'validated-root', subject: { commonName: `Chancery Validated Root${mark}` } },
    ENOUGH_LIFE,
  )
  return livingAuthority(
    ports,
    principal,
    {
      kind: 'subordinate',
      parent: root.id,
      name: VALIDATED_ISSUING,
      subject: { commonName: `Chancery Validated Issuing${mark}` },
    },
    ENOUGH_LIFE,
  )
}
