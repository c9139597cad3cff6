import type { Principal } from '../domain/access.ts'
import type { Call } from '../domain/calls.ts'

/** A call as a face took it. */
export type AuditedCall = {
  /** The operation, as CloudTrail spells such names: `DescribeCertificate`. */
  readonly name: string
  /** Whether it can change nothing. */
  readonly readOnly: boolean
  /** What was asked for, once it was found to be well formed; nothing secret. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
  /** Whose operation it is, `acm.amazonaws.com`; where a face doesn't say so, it is told from the name. */
  readonly source?: string
}

/** Who called: known, or not. */
export type Caller = Principal | Omit<Call, 'region'>

/** Takes calls into the audit trail that change nothing, as far as the operator wants that. */
export type CallAudit = {
  /** Before a read is answered. @throws unavailable when it can't be recorded */
  read(principal: Principal, call: AuditedCall): Promise<void>
  /** Before a call is refused, if it is access that was refused; never throws. */
  refused(caller: Caller, call: AuditedCall, error: unknown): Promise<void>
}
