import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import type { AuditedCall, CallAudit } from '../../core/ports/call-audit.ts'
import type { AppOptions } from './app.ts'
import type { Guard } from './authenticate.ts'
import { callerOf } from './caller.ts'
import { exchangeOf } from './exchange.ts'

/** What stands around every call of the API, by whatever face it comes. */
export type Gate = {
  /** Called once it is known who calls what; none when absent. @throws throttled */
  readonly limit?: (
    request: IncomingMessage,
    response: ServerResponse,
    principal: Principal | undefined,
    operation: string,
  ) => Promise<void>
  /** What authentication goes through besides; nothing when absent. */
  readonly guard?: Guard
  /** Takes reads and refusals into the audit trail; none when absent. */
  readonly audit?: CallAudit
}

/** What the faces of the API's port are given alike. */
export type ApiOptions = Omit<AppOptions, 'logger' | 'store'> & Gate

/** A call as its face knows it. */
export type GatedCall<Caller extends Principal | undefined> = {
  /** As limits name it: `issueCertificate`, `acm-pca:IssueCertificate`. */
  readonly operation: string
  /** Who calls; absent where nobody has to be known. @throws unauthenticated */
  readonly authenticate: (() => Promise<Principal>) | (undefined extends Caller ? undefined : never)
  /** Does what is asked. @returns what answers it, once it may be answered */
  readonly perform: (principal: Caller) => Promise<() => void | Promise<void>>
  /** The call as the audit trail has it, with as much as is known of it by now. */
  readonly audited: () => AuditedCall
}

/**
 * Takes a call through the gate: authenticated, counted, done, on record where the operator wants that, and then answered.
 * @throws whatever refuses it, once that is on record
 */
export async function passGate<Caller extends Principal | undefined>(
  { limit, guard, audit }: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  { operation, authenticate, perform, audited }: GatedCall<Caller>,
): Promise<void> {
  let principal: Principal | undefined
  try {
    if (authenticate !== undefined)
      principal = await (guard === undefined ? authenticate() : guard(request, authenticate))
    exchangeOf(request).principal = principal?.id ?? 'anonymous'
    if (limit !== undefined) await limit(request, response, principal, operation)
    const answer = await perform(principal as Caller)
    if (audit !== undefined && principal !== undefined) await audit.read(principal, audited())
    await answer()
  } catch (error) {
    await audit?.refused(principal ?? callerOf(request), audited(), error)
    throw error
  }
}
