import { arns, type Arn } from '../../domain/arns.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { cached } from '../generation-cache.ts'
import { authorityIdIn, ownAuthority } from './signing-authority.ts'

/**
 * What authorization is about where a request names an authority of the place, or means the default one. An id or an ARN
 * says it by itself, before any look-up. A name is looked up first, and one that nobody has stands for all authorities:
 * whoever may not touch them all learns no more of an unknown one than of one that it may not touch.
 */
export async function arnOfAuthority(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string | undefined,
): Promise<Arn> {
  const given = reference === undefined ? undefined : authorityIdIn(place, reference)
  if (given !== undefined) return arns.authority(place, given)
  const named = reference === undefined ? 'default' : `named/${reference}`
  const key = `authority-id/${place.account}/${place.region}/${named}`
  const found = await cached(ports, key, async () => (await ownAuthority(ports, place, reference))?.id)
  return found === undefined ? arns.authorities(place) : arns.authority(place, found)
}
