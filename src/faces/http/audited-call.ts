import type { Route } from '../../contract/route.ts'
import type { AuditedCall } from '../../core/ports/call-audit.ts'

/** What has become known of a call while it is answered. */
export type CallSoFar = {
  params?: Readonly<Record<string, unknown>> | undefined
  query?: Readonly<Record<string, unknown>> | undefined
}

/** A call of a route as the audit trail has it. */
export function auditedCall({ operationId, method }: Route, { params, query }: CallSoFar): AuditedCall {
  const name = operationId.charAt(0).toUpperCase() + operationId.slice(1)
  const parameters = { ...params, ...query }
  return {
    name,
    readOnly: method === 'GET',
    parameters: Object.keys(parameters).length === 0 ? undefined : parameters,
  }
}
