import type { Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { refuse } from '../../domain/errors.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import { changeManaged, managedAt } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

type Tags = Readonly<Record<string, string>>
type TaggingPorts = Pick<Ports, 'store' | 'clock' | 'random'>

/** The tags it has. @throws not_found */
export async function managedTags(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<Tags> {
  await authorizeManaged(ports, principal, 'acm:ListTagsForCertificate', reference)
  return (await managedAt(ports, principal, reference)).tags
}

/** Puts these tags in place of those there were. @throws request_invalid naming each that is wrong; not_found */
export async function setManagedTags(
  ports: TaggingPorts,
  principal: Principal,
  { id, tags }: { readonly id: string; readonly tags: Tags },
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'acm:RemoveTagsFromCertificate', id)
  return changeTags(ports, principal, id, { action: 'acm:AddTagsToCertificate', tags, after: () => tags })
}

/** Adds tags; one with the key of another takes its place. @throws as setManagedTags */
export const addManagedTags = (
  ports: TaggingPorts,
  principal: Principal,
  { id, tags }: { readonly id: string; readonly tags: Tags },
): Promise<ManagedCertificate> =>
  changeTags(ports, principal, id, {
    action: 'acm:AddTagsToCertificate',
    tags,
    after: (before) => ({ ...before, ...tags }),
  })

/**
 * Takes tags away: one that is named with a value only if it has that value (contract §7.7).
 * @throws as setManagedTags; what isn't there is no error
 */
export const removeManagedTags = (
  ports: TaggingPorts,
  principal: Principal,
  { id, tags }: { readonly id: string; readonly tags: Readonly<Record<string, string | undefined>> },
): Promise<ManagedCertificate> =>
  changeTags(ports, principal, id, {
    action: 'acm:RemoveTagsFromCertificate',
    tags: Object.fromEntries(Object.entries(tags).map(([key, value = '']) => [key, value])),
    after: (before) =>
      Object.fromEntries(
        Object.entries(before).filter(
          ([key, value]) => !Object.hasOwn(tags, key) || (tags[key] !== undefined && tags[key] !== value),
        ),
      ),
  })

type TagChange = {
  readonly action: Extract<Action, 'acm:AddTagsToCertificate' | 'acm:RemoveTagsFromCertificate'>
  readonly tags: Tags
  readonly after: (before: Tags) => Tags
}

async function changeTags(
  ports: TaggingPorts,
  principal: Principal,
  reference: string,
  { action, tags, after }: TagChange,
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, action, reference, requestTagFacts(tags))
  refuse('request_invalid', tagViolations(tags))
  return changeManaged(ports, principal, reference, (managed) => {
    const changed = after(managed.tags)
    refuse('request_invalid', tagViolations(changed))
    const time = ports.clock.now()
    const event = auditEvent(TAG_EVENTS[action], principal, {
      eventId: newUuid(ports.random, time),
      time,
      resources: [arns.managed(managed, managed.id)],
      request: { tags },
    })
    return {
      after: { ...managed, tags: changed },
      alsoWrite: (writes) => [writes.audit.append(event)],
    }
  })
}

const TAG_EVENTS = {
  'acm:AddTagsToCertificate': 'AddTagsToCertificate',
  'acm:RemoveTagsFromCertificate': 'RemoveTagsFromCertificate',
} as const
