import type { Route } from '../route.ts'
import * as it from '../schemas/simulated-access.ts'
import { plain } from './shared.ts'

/** Trying policies. */
export const SIMULATED_ACCESS_ROUTES = {
  simulateAccess: {
    method: 'POST',
    path: '/v1/access/simulate',
    operationId: 'simulateAccess',
    tag: 'Policies',
    summary: 'Say what somebody may, and which statement decides, without doing anything',
    request: { body: it.accessSimulation },
    response: { status: 200, description: 'What would be decided.', body: it.simulatedAccess },
    errors: ['not_found'],
    ...plain,
  },
} as const satisfies Record<string, Route>
