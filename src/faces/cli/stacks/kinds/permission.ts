import { ChanceryApiError } from '../../../../contract/index.ts'
import type { ServiceAction } from '../../../../core/domain/share-permissions.ts'
import { CliFailure } from '../../failure.ts'
import { persistent, unlessMissing, type Session } from '../session.ts'
import type { JsonProperties } from '../shapes.ts'
import type { Kind } from './kind.ts'
import { optionalText, textIn, textsIn } from './values.ts'

/** What managed certificates may ask of an authority: at most one for each. */
export const permissionKind: Kind = {
  create: async (session, { properties }) => {
    const account = optionalText(properties, 'SourceAccount')
    if (account !== undefined && account !== session.place.account)
      throw new CliFailure(
        2,
        `SourceAccount: a permission goes within the authority’s own account, ${session.place.account}`,
      )
    const physicalId = textIn(properties, 'CertificateAuthorityArn')
    await allow(session, physicalId, properties)
    return { physicalId, attributes: {} }
  },

  update: async (session, { physicalId, attributes }, properties) => {
    await allow(session, physicalId, properties)
    return attributes
  },

  remove: async (session, { physicalId: authority }) => {
    await unlessMissing(session, () => session.client.deleteServicePermission({ params: { authority } }))
    return undefined
  },

  look: async (session, { physicalId, properties }) => {
    const actions = await actionsOf(session, physicalId)
    if (actions === undefined) return { gone: 'it was taken away outside the stack' }
    return isAlike(actions, textsIn(properties, 'Actions')) ? {} : { properties: { Actions: actions } }
  },
}

/** Sees to it that these actions are allowed, and no others. */
async function allow(session: Session, authority: string, properties: JsonProperties): Promise<void> {
  const actions = textsIn(properties, 'Actions') as readonly ServiceAction[]
  const stands = await actionsOf(session, authority)
  if (stands !== undefined && isAlike(stands, actions)) return
  if (stands !== undefined)
    await unlessMissing(session, () => session.client.deleteServicePermission({ params: { authority } }))
  try {
    await persistent(session, () =>
      session.client.createServicePermission({ params: { authority }, body: { actions: [...actions] } }),
    )
  } catch (error) {
    // Ours, whose answer was lost; anybody else's shows up the next time it is looked at.
    if (!(error instanceof ChanceryApiError && error.code === 'already_exists')) throw error
  }
}

async function actionsOf(session: Session, authority: string): Promise<readonly string[] | undefined> {
  const found = await unlessMissing(session, () =>
    session.client.listServicePermissions({ params: { authority } }),
  )
  return found?.items[0]?.actions
}

const isAlike = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === new Set(b).size && a.every((action) => b.includes(action))
