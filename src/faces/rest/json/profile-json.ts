import type { ProfileJson } from '../../../contract/schemas/profiles.ts'
import { arns } from '../../../core/domain/arns.ts'
import type { CustomProfile } from '../../../core/domain/profiles.ts'
import { isoOf } from '../../../core/domain/time.ts'

/** A profile with its rules as they were given, in canonical form. */
export const profileJson = (profile: CustomProfile): ProfileJson => ({
  id: profile.id,
  arn: arns.profile(profile, profile.name),
  account: profile.account,
  region: profile.region,
  name: profile.name,
  version: profile.version,
  ...(profile.authority === undefined ? {} : { authority: profile.authority }),
  // The same members, there with readonly lists.
  ...(profile.rules as Pick<ProfileJson, 'base'>),
  createdAt: isoOf(profile.createdAt),
  updatedAt: isoOf(profile.updatedAt),
})
