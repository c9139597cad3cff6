import { ChanceryError } from '../../domain/errors.ts'
import { templatesFor } from '../../domain/borrowing.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import {
  PROFILE_NAMES,
  PROFILES,
  profileLabel,
  purposeOf,
  type CustomProfile,
  type ProfileRules,
  type Purpose,
} from '../../domain/profiles.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { fixedExtensions, type FixedExtensions } from '../certificates/leaf-extensions.ts'
import { cached } from '../generation-cache.ts'

/** A profile ready to issue under. */
export type UsableProfile = {
  readonly name: string
  /** What is recorded with a certificate. */
  readonly label: string
  readonly purpose: Purpose
  /** What its certificates count as where permission goes by template: what it is, then those that allow more. */
  readonly templates: readonly string[]
  /** Undefined for a fixed profile. */
  readonly rules: ProfileRules | undefined
  /** The only authority that issues under it. */
  readonly authority: AuthorityId | undefined
  readonly fixed: FixedExtensions
}

const FIXED: ReadonlyMap<string, UsableProfile> = new Map(
  PROFILE_NAMES.map((name) => [
    name,
    {
      name,
      label: name,
      purpose: PROFILES[name],
      templates: templatesFor(PROFILES[name]),
      rules: undefined,
      authority: undefined,
      fixed: fixedExtensions(PROFILES[name]),
    },
  ]),
)

/** A fixed profile, or a custom one of the place; cached until something about profiles changes. @throws not_found */
export async function usableProfile(
  ports: Pick<Ports, 'store'>,
  place: Place,
  name: string,
): Promise<UsableProfile> {
  return (
    FIXED.get(name) ??
    cached(ports, `profile/${place.account}/${place.region}/${name}`, async () => {
      const profile = await ports.store.reads.profiles.byName(place, name)
      if (profile === undefined) throw unknown()
      return usable(profile)
    })
  )
}

function usable(profile: CustomProfile): UsableProfile {
  const purpose = purposeOf(profile.rules)
  return {
    name: profile.name,
    label: profileLabel(profile),
    purpose,
    templates: templatesFor(purpose),
    rules: profile.rules,
    authority: profile.authority,
    fixed: fixedExtensions(purpose),
  }
}

function unknown(): ChanceryError {
  const message = `there is no such profile here; every place has ${PROFILE_NAMES.join(', ')}`
  return new ChanceryError('not_found', `profile: ${message}`, {
    violations: [{ code: 'profile', field: 'profile', message }],
  })
}
