import type { Route } from '../route.ts'
import * as events from '../schemas/events.ts'
import { plain } from './shared.ts'

/** What happened in certificates' lives. */
export const EVENTS_ROUTES = {
  listEvents: {
    method: 'GET',
    path: '/v1/events',
    operationId: 'listEvents',
    tag: 'Events',
    summary: 'List events of managed certificates and of authorities, oldest first',
    description:
      'Those of authorities are kept where a webhook asks for them by name. ' +
      'A page may be short, or empty, and still have a next one. To follow, ask again with `after` set to the last id seen.',
    request: { query: events.eventListQuery },
    response: {
      status: 200,
      description: 'A page of events.',
      body: events.eventPage,
      otherMedia: [
        {
          type: 'application/cloudevents-batch+json',
          description:
            'The page’s events alone, in the JSON batch format of CloudEvents 1.0; `shape` is ignored.',
        },
      ],
    },
    errors: [],
    ...plain,
  },
  describeEvent: {
    method: 'GET',
    path: '/v1/events/{event}',
    operationId: 'describeEvent',
    tag: 'Events',
    summary: 'Show an event',
    request: { params: events.eventParams, query: events.eventQuery },
    response: {
      status: 200,
      description: 'The event.',
      body: events.event,
      otherMedia: [
        {
          type: 'application/cloudevents+json',
          description: 'The event in the JSON format of CloudEvents 1.0; `shape` is ignored.',
        },
      ],
    },
    errors: ['not_found'],
    ...plain,
  },
} as const satisfies Record<string, Route>
