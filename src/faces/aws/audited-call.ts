import type { AuditedCall } from '../../core/ports/call-audit.ts'

/** A call of an operation as the audit trail has it; of its input the ARNs alone, since others may be secret. */
export function auditedCall(
  service: string,
  name: string,
  input: Readonly<Record<string, unknown>> = {},
): AuditedCall {
  const arns = Object.entries(input).filter(([member, value]) => /Arn$/i.test(member) && value !== undefined)
  return {
    name,
    source: `${service}.amazonaws.com`,
    readOnly: /^(Describe|Get|List|Search)/.test(name),
    parameters: arns.length === 0 ? undefined : Object.fromEntries(arns),
  }
}
