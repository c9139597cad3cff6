import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { renewalBegins, renewalObstacle, type ManagedCertificate } from '../../domain/managed-certificates.ts'
import { DAY, HOUR, isoOf, type Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { managedAt } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

/** When the successor of a version should be taken up (in the manner of RFC 9773 §4.2). */
export type RenewalInfo = {
  readonly start: Millis
  readonly end: Millis
  readonly version: number
  readonly eligible: boolean
  readonly reason: string
  /** When to ask again, in seconds. */
  readonly retryAfterSeconds: number
}

/** RFC 9773 §4.3: often enough that a revocation is heard of, seldom enough to be no load. */
const ASK_AGAIN = 6 * HOUR

/**
 * When to renew. Of a revoked certificate: at once. The window begins where the service's own renewal begins and ends
 * with half of the time that is left then.
 * @throws not_found; state_conflict before the first version
 */
export async function renewalInfo(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  reference: string,
): Promise<RenewalInfo> {
  await authorizeManaged(ports, principal, 'acm:DescribeCertificate', reference)
  const managed = await managedAt(ports, principal, reference)
  const { current, revocation } = managed
  if (current === undefined)
    throw new ChanceryError('state_conflict', `There is no certificate yet; it is ${managed.status}`)
  const now = ports.calendar.now()
  const obstacle = renewalObstacle(managed, now)
  const answer = {
    version: current.number,
    eligible: obstacle === undefined,
    retryAfterSeconds: ASK_AGAIN / 1000,
  }
  if (revocation !== undefined)
    return {
      ...answer,
      start: revocation.revokedAt - HOUR,
      end: revocation.revokedAt,
      reason: `it was revoked at ${isoOf(revocation.revokedAt)}: replace it at once`,
    }
  const start = renewalBegins(managed.kind, current, 0)
  const end = current.notAfter - (current.notAfter - start) / 2
  const why = `it ends at ${isoOf(current.notAfter)}`
  return {
    ...answer,
    start,
    end,
    reason: obstacle === undefined ? why : `${why}; not renewed by itself: ${obstacle}`,
  }
}

/** What the service would do by itself, and why. */
export type PlannedRenewal = {
  readonly managed: ManagedCertificate
  readonly at: Millis
  readonly action: 'validate' | 'renew'
  readonly why: string
}

/** What is due, or will be within so many days; changes nothing. */
export async function plannedRenewals(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  request: { readonly days: number; readonly page: PageRequest },
): Promise<Page<PlannedRenewal>> {
  authorize(principal, 'acm:ListCertificates', arns.allManaged(principal))
  const until = ports.calendar.now() + request.days * DAY
  const { items, next } = await ports.store.reads.managed.dueIn(principal, until, request.page)
  return { items: items.map(planOf), next }
}

function planOf(managed: ManagedCertificate): PlannedRenewal {
  const { current, validateUntil, dueAt = 0, renewal, failureDetail } = managed
  const plan = { managed, at: dueAt }
  if (validateUntil !== undefined) {
    const held = renewal?.reason ?? failureDetail
    const why = held === undefined ? 'its names are being validated' : `not validated yet: ${held}`
    return { ...plan, action: 'validate', why }
  }
  const ends = current === undefined ? '' : `it ends at ${isoOf(current.notAfter)}`
  const failed =
    renewal?.status === 'FAILED' ? `; the last attempt failed: ${renewal.reason ?? 'unknown'}` : ''
  return { ...plan, action: 'renew', why: `${ends}${failed}` }
}
