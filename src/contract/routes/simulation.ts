import type { Route } from '../route.ts'
import * as simulation from '../schemas/simulation.ts'
import { plain } from './shared.ts'

const calendar = {
  path: '/v1/simulation/calendar',
  tag: 'Simulation',
  response: { status: 200, description: 'The calendar.', body: simulation.calendar },
  errors: [],
  simulation: true,
  ...plain,
} as const

/** Exist in a simulated installation only; elsewhere these paths are unknown. */
export const SIMULATION_ROUTES = {
  readCalendar: {
    ...calendar,
    method: 'GET',
    operationId: 'readCalendar',
    summary: 'Read the calendar of a simulated installation',
    request: {},
  },
  setCalendar: {
    ...calendar,
    method: 'PATCH',
    operationId: 'setCalendar',
    summary: 'Set the calendar of a simulated installation',
    description:
      'It runs on from there. Authentication, leases and the audit trail stay on the system clock.',
    request: { body: simulation.calendarChange },
  },
} as const satisfies Record<string, Route>
