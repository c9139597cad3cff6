import { refuse, type Violation } from '../../domain/errors.ts'
import { PROFILE_NAMES } from '../../domain/profiles.ts'
import { TEMPLATES } from '../../domain/templates.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'

const MAX_ALLOWED = 100

/**
 * Names of profiles and templates that an authority shall be limited to, without duplicates; each must be there.
 * @throws request_invalid naming each that isn't
 */
export async function profilesToAllow(
  ports: Pick<Ports, 'store'>,
  place: Place,
  names: readonly string[],
): Promise<readonly string[]> {
  const field = 'allowedProfiles'
  if (names.length > MAX_ALLOWED)
    refuse('request_invalid', [{ code: 'count', field, message: `must have at most ${MAX_ALLOWED} entries` }])
  const violations: Violation[] = []
  for (const [index, name] of names.entries()) {
    const known =
      (PROFILE_NAMES as readonly string[]).includes(name) ||
      TEMPLATES.has(name) ||
      (await ports.store.reads.profiles.byName(place, name)) !== undefined
    if (known) continue
    const message = `there is no profile here and no template called ${JSON.stringify(name)}`
    violations.push({ code: 'profile', field: `${field}[${index}]`, message })
  }
  refuse('request_invalid', violations)
  return [...new Set(names)]
}
