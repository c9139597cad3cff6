import type { EventJson } from '../../../contract/schemas/events.ts'
import type { AccountEvent } from '../../../core/domain/authority-events.ts'
import { cloudEvent, shaped, type EventShape } from '../../../core/domain/event-shapes.ts'
import { describeEvent, listEvents } from '../../../core/operations/events/read-events.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { JSON_TYPE } from '../../http/media-types.ts'
import { FileReply, type Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { millisOf, pageRequestOf } from '../requests.ts'

type Part = Pick<Handlers, 'listEvents' | 'describeEvent'>

/** What happened in certificates' lives. */
export const eventHandlers = (ports: Ports): Part => ({
  listEvents: async ({ principal, query, mediaType }) => {
    const { certificate, authority, type, since, after } = query
    const { items, next } = await listEvents(ports, principal, {
      ...defined({ certificate, authority, names: type, after }),
      ...(since === undefined ? {} : { since: millisOf(since) }),
      page: pageRequestOf(query),
    })
    if (mediaType !== JSON_TYPE) return new FileReply(mediaType, JSON.stringify(items.map(cloudEvent)))
    return { items: items.map((event) => eventJson(event, query.shape)), next }
  },

  describeEvent: async ({ principal, params, query, mediaType }) => {
    const event = await describeEvent(ports, principal, params.event)
    if (mediaType !== JSON_TYPE) return new FileReply(mediaType, JSON.stringify(cloudEvent(event)))
    return eventJson(event, query.shape)
  },
})

/** The same members, there with readonly lists. */
const eventJson = (event: AccountEvent, shape: EventShape): EventJson =>
  shaped(event, shape) as unknown as EventJson
