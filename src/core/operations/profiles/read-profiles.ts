import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { CustomProfile } from '../../domain/profiles.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest, Place } from '../../ports/store.ts'

/** A custom profile of the caller's account and region by its name. @throws not_found */
export async function describeProfile(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<CustomProfile> {
  authorize(principal, 'chancery:DescribeProfile', arns.profile(principal, name))
  return profileNamed(ports, principal, name)
}

/** @throws not_found */
export async function profileNamed(
  ports: Pick<Ports, 'store'>,
  place: Place,
  name: string,
): Promise<CustomProfile> {
  const profile = await ports.store.reads.profiles.byName(place, name)
  if (profile === undefined) throw new ChanceryError('not_found', 'profile: there is no such profile here')
  return profile
}

/** The custom profiles of the caller's account and region, by name. */
export async function listProfiles(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<CustomProfile>> {
  authorize(principal, 'chancery:ListProfiles', arns.profiles(principal))
  return ports.store.reads.profiles.list(principal, page)
}
