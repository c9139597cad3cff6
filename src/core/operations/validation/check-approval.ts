import { evidenceOf, verdictOf } from '../../domain/approvals.ts'
import type { Check } from '../../domain/evidence.ts'
import type { DomainValidation } from '../../domain/domain-validations.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import { missingForMail, type ApprovalPorts } from './approvals.ts'
import { requestApproval } from './request-approval.ts'

/**
 * Whether a name was approved for the version to come. Asks its mailboxes when they weren't yet. An approval is for that
 * version, however long its other names take, until the time for validation is over.
 */
export async function checkApproval(
  ports: ApprovalPorts,
  managed: ManagedCertificate,
  validation: DomainValidation,
  now: Millis,
): Promise<Check> {
  const missing = missingForMail(ports)
  if (missing !== undefined)
    return {
      verdict: 'undecided',
      reason: `nobody can be asked by mail: ${missing} is not set`,
      evidence: [],
    }
  const approvals = await requestApproval(ports, managed, validation)
  const verdict = verdictOf(approvals)
  const evidence = evidenceOf(approvals, now)
  if (verdict === 'passed') return { verdict, evidence }
  const asked = approvals.filter(({ delivery }) => delivery === 'accepted').map(({ mailbox }) => mailbox)
  const reason =
    verdict === 'refused'
      ? 'it was rejected, or no mailbox took the mail'
      : asked.length === 0
        ? 'the mails that ask for approval are not delivered yet'
        : `waits for one of ${asked.join(', ')} to approve it`
  return { verdict, reason, evidence }
}
