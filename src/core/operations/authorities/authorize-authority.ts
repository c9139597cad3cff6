import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import type { Authority } from '../../domain/authorities.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import { tagFacts } from '../../domain/policies/tag-facts.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { cached } from '../generation-cache.ts'
import { authorityIdIn, ownAuthority } from './signing-authority.ts'

/** What authorization is about: an ARN, and what conditions may ask about the authority. */
export type AuthorityTarget = { readonly arn: Arn; readonly facts: Facts }

/**
 * Whether the caller may do it to an authority of its own, by id, name or ARN, or to the default one: decided on its ARN
 * and its tags. One that isn't there has none, so whoever may only do it to some learns nothing of others.
 * @param facts what else conditions may ask about the request
 * @throws forbidden
 */
export async function authorizeOnAuthority(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  reference: string | undefined,
  facts: Facts = {},
): Promise<void> {
  const target = await authorityTarget(ports, principal, reference)
  authorize(principal, action, target.arn, { ...target.facts, ...facts })
}

/**
 * What authorization is about where a request names an authority of the place, or means the default one. An id or an ARN
 * says its ARN by itself. A name that nobody has stands for all authorities: whoever may not touch them all learns no more
 * of an unknown one than of one that it may not touch.
 */
export async function authorityTarget(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string | undefined,
): Promise<AuthorityTarget> {
  const named = reference === undefined ? 'default' : `named/${reference}`
  const key = `authority-target/${place.account}/${place.region}/${named}`
  const found = await cached(ports, key, async () => targetOf(await ownAuthority(ports, place, reference)))
  if (found !== undefined) return found
  const given = reference === undefined ? undefined : authorityIdIn(place, reference)
  return { arn: given === undefined ? arns.authorities(place) : arns.authority(place, given), facts: {} }
}

const targetOf = (authority: Authority | undefined): AuthorityTarget | undefined =>
  authority && {
    arn: arns.authority(authority, authority.id),
    facts: tagFacts('aws:resourcetag', authority.tags ?? {}),
  }
