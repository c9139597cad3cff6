import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { refuse } from '../../domain/errors.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { changeManaged } from './managed-at.ts'
import { tagViolations } from './managed-request.ts'
import { authorizeManaged } from './authorize-managed.ts'

/** Puts these tags in place of those there were. @throws request_invalid naming each that is wrong; not_found */
export async function setManagedTags(
  ports: Pick<Ports, 'store' | 'clock' | 'random'>,
  principal: Principal,
  request: { readonly id: string; readonly tags: Readonly<Record<string, string>> },
): Promise<ManagedCertificate> {
  await authorizeManaged(
    ports,
    principal,
    'acm:AddTagsToCertificate',
    request.id,
    requestTagFacts(request.tags),
  )
  refuse('request_invalid', tagViolations(request.tags))
  return changeManaged(ports, principal, request.id, (managed) => {
    const time = ports.clock.now()
    const event = auditEvent('AddTagsToCertificate', principal, {
      eventId: newUuid(ports.random, time),
      time,
      resources: [arns.managed(managed, managed.id)],
      request: { tags: request.tags },
    })
    return {
      after: { ...managed, tags: request.tags },
      alsoWrite: (writes) => [writes.audit.append(event)],
    }
  })
}
