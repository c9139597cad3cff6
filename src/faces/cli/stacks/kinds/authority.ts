import type { AuthorityJson } from '../../../../contract/index.ts'
import { isEqual } from '../differences.ts'
import { persistent, unlessMissing, type Session } from '../session.ts'
import type { JsonProperties } from '../shapes.ts'
import { authorityBody, revocationOf, revocationProperty } from './authority-body.ts'
import type { Attributes, Kind } from './kind.ts'
import { tagsOf, tagsProperty } from './values.ts'

/** What a name may have; the rest tells apart an authority from the one that it replaces. */
const LONGEST_NAME = 128

/** Authorities: made with their key and CSR, and taken away so that they can be restored. */
export const authorityKind: Kind = {
  create: async (session, { logicalId, properties, key }) => {
    const tail = `-${key.slice(-8)}`
    const name = `${session.place.name}-${logicalId}`.slice(0, LONGEST_NAME - tail.length) + tail
    const body = authorityBody(properties, name)
    const made = await persistent(session, () =>
      session.client.createAuthority({ body, idempotencyKey: key }),
    )
    return { physicalId: made.arn, attributes: await attributesOf(session, made.arn) }
  },

  ready: async (session, { physicalId, properties, attributes }) => {
    if (properties['Tags'] !== undefined) await putTags(session, physicalId, properties)
    return attributes
  },

  update: async (session, { physicalId, attributes }, properties) => {
    const revocation = revocationOf(properties)
    await persistent(session, () =>
      session.client.updateAuthority({ params: { authority: physicalId }, body: { revocation } }),
    )
    await putTags(session, physicalId, properties)
    return attributes
  },

  remove: async (session, { physicalId: authority }) => {
    const found = await authorityAt(session, authority)
    if (found === undefined || found.status === 'DELETED') return 'it was gone already'
    if (found.status === 'ACTIVE') await disable(session, authority)
    const deleted = await unlessMissing(session, () =>
      session.client.deleteAuthority({ params: { authority } }),
    )
    return deleted?.restorableUntil === undefined
      ? undefined
      : `deleted; chancery authority restore ${found.id} brings it back until ${deleted.restorableUntil}`
  },

  look: async (session, { physicalId, properties }) => {
    const there = await authorityAt(session, physicalId)
    if (there === undefined) return { gone: 'it isn’t there any more' }
    if (there.status === 'DELETED') return { gone: 'it was deleted outside the stack' }
    if (there.status === 'FAILED') return { gone: `making it failed: ${there.failureReason}` }
    const live = revocationProperty(there.revocation)
    const [stands, wanted] = [revocationOf({ RevocationConfiguration: live }), revocationOf(properties)]
    const tags = await tagsAt(session, physicalId)
    const found = {
      ...(JSON.stringify(stands) === JSON.stringify(wanted) ? {} : { RevocationConfiguration: live }),
      ...(isEqual(tags, tagsProperty(tagsOf(properties))) ? {} : { Tags: tags }),
    }
    return Object.keys(found).length === 0 ? {} : { properties: found }
  },
}

const putTags = (session: Session, authority: string, properties: JsonProperties): Promise<unknown> =>
  persistent(session, () =>
    session.client.setAuthorityTags({ params: { authority }, body: { tags: tagsOf(properties) } }),
  )

async function tagsAt(session: Session, authority: string): Promise<ReturnType<typeof tagsProperty>> {
  const { tags } = await persistent(session, () => session.client.getAuthorityTags({ params: { authority } }))
  return tagsProperty(tags)
}

/** An authority; undefined where there is none. */
export const authorityAt = (session: Session, authority: string): Promise<AuthorityJson | undefined> =>
  unlessMissing(session, () => session.client.describeAuthority({ params: { authority } }))

/** Makes it issue nothing any more. */
export const disable = (session: Session, authority: string): Promise<AuthorityJson> =>
  persistent(session, () =>
    session.client.updateAuthority({ params: { authority }, body: { status: 'DISABLED' } }),
  )

async function attributesOf(session: Session, arn: string): Promise<Attributes> {
  const { bytes } = await persistent(session, () =>
    session.client.getAuthorityCsr({ params: { authority: arn } }),
  )
  return { Arn: arn, CertificateSigningRequest: new TextDecoder().decode(bytes) }
}
