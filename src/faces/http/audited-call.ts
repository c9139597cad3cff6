import type { IncomingMessage } from 'node:http'
import type { Route } from '../../contract/route.ts'
import type { Principal } from '../../core/domain/access.ts'
import type { AuditedCall, CallAudit, Caller } from '../../core/ports/call-audit.ts'
import { callerOf } from './caller.ts'

/** What has become known of a call while it is answered. */
export type CallSoFar = {
  principal?: Principal | undefined
  params?: Readonly<Record<string, unknown>> | undefined
  query?: Readonly<Record<string, unknown>> | undefined
}

/** Records a read that is about to be answered. @throws unavailable when that can't be done */
export async function auditRead(audit: CallAudit | undefined, route: Route, call: CallSoFar): Promise<void> {
  if (audit === undefined || call.principal === undefined || route.method !== 'GET') return
  await audit.read(call.principal, auditedCall(route, call))
}

/** Records that access was refused, if that is why a call fails. */
export async function auditRefusal(
  audit: CallAudit | undefined,
  route: Route,
  call: CallSoFar,
  request: IncomingMessage,
  error: unknown,
): Promise<void> {
  const caller: Caller = call.principal ?? callerOf(request)
  await audit?.refused(caller, auditedCall(route, call), error)
}

function auditedCall({ operationId, method }: Route, { params, query }: CallSoFar): AuditedCall {
  const name = operationId.charAt(0).toUpperCase() + operationId.slice(1)
  const parameters = { ...params, ...query }
  return {
    name,
    readOnly: method === 'GET',
    parameters: Object.keys(parameters).length === 0 ? undefined : parameters,
  }
}
