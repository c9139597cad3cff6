import { authorityProfile, AUTHORITY_KINDS } from '../../domain/authorities.ts'
import type { Violation } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import { PROFILE_NAMES, type ProfileRules } from '../../domain/profiles.ts'
import { isAuthorityId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { findAuthority } from '../authorities/signing-authority.ts'

export type CreateProfileRequest = ProfileRules & {
  readonly name: string
  /** Id, name or ARN of the only authority that shall issue under it. */
  readonly authority?: string
}

/** Members to replace; null takes one away. */
export type UpdateProfileRequest = {
  readonly [Member in keyof ProfileRules]?: ProfileRules[Member] | null
} & { readonly authority?: string | null }

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/
const TAKEN: ReadonlySet<string> = new Set([...PROFILE_NAMES, ...AUTHORITY_KINDS.map(authorityProfile)])

/** A name that stands in certificates' records and in URLs, and that nothing else goes by. */
export function profileNameViolations(name: string): Violation[] {
  const field = 'name'
  if (TAKEN.has(name))
    return [
      { code: 'profile_name', field, message: 'is that of a profile which every place has; choose another' },
    ]
  if (NAME.test(name) && !isAuthorityId(name)) return []
  const message = 'must be 1 to 64 letters, digits, dots, hyphens and underscores, the first and last no sign'
  return [{ code: 'profile_name', field, message }]
}

/** The id of the authority that a profile is to be bound to. @throws not_found */
export const boundTo = async (
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string | undefined,
): Promise<AuthorityId | undefined> =>
  reference === undefined ? undefined : (await findAuthority(ports, place, reference)).id
