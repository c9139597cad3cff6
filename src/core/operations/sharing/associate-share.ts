import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import type { AccountId, AuthorityId } from '../../domain/ids.ts'
import { sharePrincipalFrom, type SharePrincipal } from '../../domain/shares.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorityIdIn, findAuthority } from '../authorities/signing-authority.ts'
import { eventsFor } from '../events-for.ts'
import { countViolations } from './create-share.ts'
import { shareView, type ShareView } from './read-shares.ts'
import { addresseesOf, authoritiesToShare, ownShare, authorizeShare, shareChanged } from './share-request.ts'

export type ShareParts = {
  readonly share: string
  readonly authorities?: readonly string[]
  readonly principals?: readonly string[]
}

/**
 * Puts authorities or principals on a share; what is on it stays as it is.
 * @throws as createShare
 */
export async function associateShare(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  { share: reference, authorities: references = [], principals: named = [] }: ShareParts,
): Promise<ShareView> {
  await authorizeShare(ports, principal, 'ram:AssociateResourceShare', reference)
  const share = await ownShare(ports, principal, reference)
  const ids = await authoritiesToShare(ports, principal, references)
  const { principals, invitations } = await addresseesOf(ports, share, named)
  const { shares } = ports.store.reads
  const on = {
    authorities: await shares.authorities(share.id),
    principals: await shares.principals(share.id),
  }
  const all = [...on.principals, ...principals].map((each) => each.principal)
  refuse('request_invalid', countViolations(new Set([...on.authorities, ...ids]).size, new Set(all).size))
  const now = ports.clock.now()
  const events = eventsFor(ports, 'AssociateResourceShare', principal, undefined, {
    resources: [arns.share(share, share.id), ...ids.map((id) => arns.authority(share, id))],
    request: { authorities: references, principals: named },
  })
  try {
    await ports.store.transact((writes) => [
      ...ids.map((id) => writes.shares.addAuthority(share.id, id, now)),
      ...principals.map((each) => writes.shares.addPrincipal(each)),
      ...invitations.map((each) => writes.shareInvitations.add(each)),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    throw shareChanged(error)
  }
  return shareView(ports, principal, share)
}

/**
 * Takes authorities or principals off a share: from the very next call on they don't count. An account of which nobody
 * is left on it has to be invited anew.
 * @throws not_found for what isn't on it
 */
export async function disassociateShare(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  { share: reference, authorities: references = [], principals: named = [] }: ShareParts,
): Promise<ShareView> {
  await authorizeShare(ports, principal, 'ram:DisassociateResourceShare', reference)
  const share = await ownShare(ports, principal, reference)
  const on = await ports.store.reads.shares.principals(share.id)
  const leaving = named.map((text, index) => principalOn(on, text, index))
  const ids: AuthorityId[] = []
  for (const authority of references)
    // One that was purged since is known by its id alone.
    ids.push(authorityIdIn(principal, authority) ?? (await findAuthority(ports, principal, authority)).id)
  const now = ports.clock.now()
  const events = eventsFor(ports, 'DisassociateResourceShare', principal, undefined, {
    resources: [arns.share(share, share.id), ...ids.map((id) => arns.authority(share, id))],
    request: { authorities: references, principals: named },
  })
  await ports.store.transact((writes) => [
    ...ids.map((id) => writes.shares.removeAuthority(share.id, id)),
    ...leaving.map((each) => writes.shares.removePrincipal(share.id, each.principal)),
    ...accountsGone(on, leaving).map((account) => writes.shareInvitations.end(share.id, account, now)),
    ...events.map((event) => writes.audit.append(event)),
  ])
  return shareView(ports, principal, share)
}

function principalOn(on: readonly SharePrincipal[], text: string, index: number): SharePrincipal {
  const principal = sharePrincipalFrom(text)?.principal
  const found = on.find((each) => each.principal === principal)
  if (found === undefined) throw new ChanceryError('not_found', `principals[${index}]: is not on this share`)
  return found
}

/** Accounts of which nobody is left. */
function accountsGone(
  on: readonly SharePrincipal[],
  leaving: readonly SharePrincipal[],
): readonly AccountId[] {
  const left = new Set(on.filter((each) => !leaving.includes(each)).map(({ account }) => account))
  const gone = leaving.flatMap(({ account }) => (account === undefined ? [] : [account]))
  return [...new Set(gone)].filter((account) => !left.has(account))
}
