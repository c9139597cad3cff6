import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { refuse, StoreConflict } from '../../domain/errors.ts'
import type { Tags } from '../../domain/identities.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import type { Ports } from '../../ports/ports.ts'
import { eventsFor } from '../events-for.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import { authorizeOnReachable, reachAuthority, authorizeLent } from '../sharing/reach-authority.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { findAuthority } from './signing-authority.ts'

type TaggingPorts = Pick<Ports, 'store' | 'random' | 'clock'>
/** A tag to take away: whatever its value is, where none is named. */
export type TagToRemove = { readonly key: string; readonly value?: string | undefined }

/** The tags of an authority, another account's that is shared too. @throws not_found */
export async function authorityTags(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<Tags> {
  const action = 'acm-pca:ListTags'
  await authorizeOnReachable(ports, principal, action, reference)
  const reached = await reachAuthority(ports, principal, reference)
  authorizeLent(principal, action, reached)
  return reached.authority.tags
}

/** Adds tags, in place of those with the same keys. @throws not_found; request_invalid naming each that is wrong */
export async function tagAuthority(
  ports: TaggingPorts,
  principal: Principal,
  request: { readonly reference: string; readonly tags: Tags },
): Promise<void> {
  const { reference, tags } = request
  const action = 'acm-pca:TagCertificateAuthority'
  await authorizeOnAuthority(ports, principal, action, reference, requestTagFacts(tags))
  refuse('request_invalid', tagViolations(tags))
  await changed(ports, principal, reference, 'TagCertificateAuthority', (before) => {
    const after = { ...before, ...tags }
    refuse('request_invalid', tagViolations(after))
    return after
  })
}

/** Takes tags away; those that aren't there are gone already. @throws not_found */
export async function untagAuthority(
  ports: TaggingPorts,
  principal: Principal,
  request: { readonly reference: string; readonly tags: readonly TagToRemove[] },
): Promise<void> {
  const { reference, tags } = request
  const facts = { 'aws:tagkeys': tags.map(({ key }) => key) }
  const action = 'acm-pca:UntagCertificateAuthority'
  await authorizeOnAuthority(ports, principal, action, reference, facts)
  await changed(ports, principal, reference, 'UntagCertificateAuthority', (before) => {
    const goes = (key: string, value: string): boolean =>
      tags.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value))
    return Object.fromEntries(Object.entries(before).filter(([key, value]) => !goes(key, value)))
  })
}

/** Puts these tags in place of those there were. @throws as tagAuthority */
export async function setAuthorityTags(
  ports: TaggingPorts,
  principal: Principal,
  request: { readonly reference: string; readonly tags: Tags },
): Promise<Tags> {
  const { reference, tags } = request
  const facts = requestTagFacts(tags)
  await authorizeOnAuthority(ports, principal, 'acm-pca:TagCertificateAuthority', reference, facts)
  await authorizeOnAuthority(ports, principal, 'acm-pca:UntagCertificateAuthority', reference)
  refuse('request_invalid', tagViolations(tags))
  await changed(ports, principal, reference, 'TagCertificateAuthority', () => tags)
  return tags
}

const TRIES = 5

/** Somebody else may tag it between the look and the change; then it is looked at again. */
async function changed(
  ports: TaggingPorts,
  principal: Principal,
  reference: string,
  name: 'TagCertificateAuthority' | 'UntagCertificateAuthority',
  change: (before: Tags) => Tags,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const authority = await findAuthority(ports, principal, reference)
    const before = authority.tags
    const after = change(before)
    const resources = [arns.authority(authority, authority.id)]
    const events = eventsFor(ports, name, principal, undefined, { resources, request: { tags: after } })
    try {
      await ports.store.transact((writes) => [
        writes.authorities.setTags(authority.id, before, after),
        ...events.map((event) => writes.audit.append(event)),
      ])
      return
    } catch (error) {
      if (!(error instanceof StoreConflict) || tries === TRIES) throw error
    }
  }
}
