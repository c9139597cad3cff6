import { DEFAULT_DAYS_BEFORE_EXPIRY } from '../../../../core/domain/certificate-events.ts'
import { persistent, type Session } from '../session.ts'
import type { JsonProperties } from '../shapes.ts'
import type { Kind } from './kind.ts'
import { recordIn } from './values.ts'

/** From when on an account is told of its certificates' ends. There is one setting, which is there already. */
export const expiryEventsKind: Kind = {
  create: async (session, { properties }) => {
    const { account } = session.place
    const before = await daysOf(session)
    await choose(session, wanted(properties))
    // No attribute of the template's: what to go back to.
    return { physicalId: account, attributes: { AccountId: account, Before: String(before) } }
  },

  update: async (session, { attributes }, properties) => {
    await choose(session, wanted(properties))
    return attributes
  },

  remove: async (session, { attributes }, why) => {
    const before = Number(attributes['Before'])
    await choose(session, why === 'undone' ? before : DEFAULT_DAYS_BEFORE_EXPIRY)
    return undefined
  },

  look: async (session, { properties }) => {
    const days = await daysOf(session)
    if (days === wanted(properties)) return {}
    return { properties: { ExpiryEventsConfiguration: { DaysBeforeExpiry: days } } }
  },
}

const wanted = (properties: JsonProperties): number =>
  (recordIn(properties, 'ExpiryEventsConfiguration')?.['DaysBeforeExpiry'] as number | undefined) ??
  DEFAULT_DAYS_BEFORE_EXPIRY

const daysOf = async (session: Session): Promise<number> =>
  (await persistent(session, () => session.client.describeManagedSettings())).daysBeforeExpiry

const choose = (session: Session, daysBeforeExpiry: number) =>
  persistent(session, () => session.client.putManagedSettings({ body: { daysBeforeExpiry } }))
