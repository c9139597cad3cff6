import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { refuse } from '../../domain/errors.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import type { ResourceShare } from '../../domain/shares.ts'
import type { Ports } from '../../ports/ports.ts'
import { eventsFor } from '../events-for.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import { shareView, type ShareView } from './read-shares.ts'
import { ownShare, authorizeShare, shareChanged } from './share-request.ts'

type ChangingPorts = Pick<Ports, 'store' | 'random' | 'clock'>

/** Puts tags on a share; of those it has, others stay. @throws not_found; request_invalid naming each that is wrong */
export async function tagShare(
  ports: ChangingPorts,
  principal: Principal,
  { share: reference, tags }: { readonly share: string; readonly tags: Readonly<Record<string, string>> },
): Promise<ShareView> {
  await authorizeShare(ports, principal, 'ram:TagResource', reference, requestTagFacts(tags))
  return retag(ports, principal, await ownShare(ports, principal, reference), (had) => ({ ...had, ...tags }))
}

/** Takes tags off a share; one that it doesn't have is nothing to complain of. @throws not_found */
export async function untagShare(
  ports: ChangingPorts,
  principal: Principal,
  { share: reference, keys }: { readonly share: string; readonly keys: readonly string[] },
): Promise<ShareView> {
  await authorizeShare(ports, principal, 'ram:UntagResource', reference, { 'aws:tagkeys': keys })
  return retag(ports, principal, await ownShare(ports, principal, reference), (had) =>
    Object.fromEntries(Object.entries(had).filter(([key]) => !keys.includes(key))),
  )
}

async function retag(
  ports: ChangingPorts,
  principal: Principal,
  before: ResourceShare,
  change: (tags: ResourceShare['tags']) => ResourceShare['tags'],
): Promise<ShareView> {
  const tags = change(before.tags)
  refuse('request_invalid', tagViolations(tags))
  const after = { ...before, tags, revision: before.revision + 1, updatedAt: ports.clock.now() }
  const events = eventsFor(ports, 'TagResourceShare', principal, undefined, {
    resources: [arns.share(before, before.id)],
    request: { tags },
  })
  try {
    await ports.store.transact((writes) => [
      writes.shares.replace(before, after),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    throw shareChanged(error)
  }
  return shareView(ports, principal, after)
}
