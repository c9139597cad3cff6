import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { AuditFilter, FoundEvent } from '../../ports/audit-store.ts'
import type { Page, PageRequest } from '../../ports/page.ts'
import type { Ports } from '../../ports/ports.ts'

export type FindEventsRequest = Omit<AuditFilter, 'place'> & {
  /** Of all accounts and regions, for administrators of the installation; of the caller's own otherwise. */
  readonly everywhere: boolean
  readonly page: PageRequest
}

/**
 * Looks events of the audit trail up, newest first.
 * @throws forbidden; request_invalid for a span that ends before it begins, and for a cursor of another list
 */
export async function findAuditEvents(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  { everywhere, page, ...filter }: FindEventsRequest,
): Promise<Page<FoundEvent>> {
  const { account, region } = principal
  if (everywhere) authorize(principal, 'chancery:ExportAuditTrail', arns.installation())
  else authorize(principal, 'chancery:ListAuditEvents', arns.auditEvents(principal))
  const { since, until } = filter
  if (since !== undefined && until !== undefined && until <= since) {
    const message = 'must be later than `since`'
    throw new ChanceryError('request_invalid', `until: ${message}`, {
      violations: [{ code: 'span', field: 'until', message }],
    })
  }
  return store.reads.audit.find({ ...filter, place: everywhere ? undefined : { account, region } }, page)
}
