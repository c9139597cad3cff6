import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { refuse, type Violation } from '../../domain/errors.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { ManagedCriterion, ManagedSearch } from '../../ports/managed-search.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'

/** As deep as anybody's questions go, and as long: each level and each part is looked at for each certificate. */
const MOST_LEVELS = 10
const MOST_PARTS = 250

export type SearchManagedRequest = {
  readonly search: ManagedSearch
  readonly page: PageRequest
}

/**
 * Managed certificates of the caller's account and region, by any combination of questions.
 * @param action which of the two the caller asked for
 * @throws forbidden; request_invalid for a criterion too deep or too long, a cursor of another search, or too many to sort
 */
export async function searchManaged(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  { search, page }: SearchManagedRequest,
  action: 'acm:ListCertificates' | 'acm:SearchCertificates' = 'acm:SearchCertificates',
): Promise<Page<ManagedCertificate>> {
  authorize(principal, action, arns.allManaged(principal))
  if (search.criterion !== undefined) refuse('request_invalid', criterionViolations(search.criterion))
  return ports.store.reads.managed.search(principal, search, ports.calendar.now(), page)
}

function criterionViolations(criterion: ManagedCriterion): Violation[] {
  const wrong = (message: string): Violation[] => [{ code: 'criterion_size', field: 'criterion', message }]
  let level: readonly ManagedCriterion[] = [criterion]
  let parts = 0
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return wrong(`at most ${MOST_LEVELS} levels`)
    parts += level.length
    if (parts > MOST_PARTS) return wrong(`at most ${MOST_PARTS} parts`)
    level = level.flatMap(partsOf)
  }
  return []
}

function partsOf(criterion: ManagedCriterion): readonly ManagedCriterion[] {
  if ('all' in criterion) return criterion.all
  if ('any' in criterion) return criterion.any
  return 'not' in criterion ? [criterion.not] : []
}
