import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError, refuse, type Violation } from '../../domain/errors.ts'
import type { ShareId } from '../../domain/ids.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import { DEFAULT_PERMISSION } from '../../domain/share-permissions.ts'
import {
  MAX_SHARE_PRINCIPALS,
  MAX_SHARED_AUTHORITIES,
  MAX_SHARES,
  type ResourceShare,
} from '../../domain/shares.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import type { Ports } from '../../ports/ports.ts'
import { eventsFor } from '../events-for.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { shareView, type ShareView } from './read-shares.ts'
import { addresseesOf, authoritiesToShare, nameViolations, permissionFor } from './share-request.ts'

export type CreateShareRequest = {
  readonly name: string
  /** The caller's own, by id, name or ARN. */
  readonly authorities?: readonly string[]
  /** Accounts by id; users, roles and the organization by ARN. */
  readonly principals?: readonly string[]
  /** A managed permission or one of the caller's own, by name or ARN; the default one when absent. */
  readonly permission?: string
  /** The permission's default version when absent. */
  readonly permissionVersion?: number
  /** Whether it may go to accounts outside the organization; true when absent, as AWS has it. */
  readonly external?: boolean
  readonly tags?: Readonly<Record<string, string>>
}

type SharingPorts = Pick<Ports, 'store' | 'random' | 'clock' | 'calendar'>

/**
 * Lends authorities to other accounts. Those of the lender's organization may use them at once, others are invited.
 * @throws request_invalid, policy_refused, not_found (authority, permission), limit_exceeded, idempotency_mismatch
 */
export async function createShare(
  ports: SharingPorts,
  principal: Principal,
  { idempotency, ...request }: CreateShareRequest & Once,
): Promise<ShareView> {
  authorize(principal, 'ram:CreateResourceShare', arns.shares(principal), requestTagFacts(request.tags ?? {}))
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateResourceShare',
    attempt: (remember) => attempt(ports, principal, request, remember),
    replay: async (id) => {
      const share = await ports.store.reads.shares.get(principal, id as ShareId)
      return shareView(ports, principal, stillThere(share))
    },
  })
}

async function attempt(
  ports: SharingPorts,
  principal: Principal,
  request: CreateShareRequest,
  remember: Remember,
): Promise<ShareView> {
  const { authorities: references = [], principals: named = [], tags = {} } = request
  refuse('request_invalid', [
    ...nameViolations(request.name),
    ...countViolations(references.length, named.length),
    ...tagViolations(tags),
  ])
  const authorities = await authoritiesToShare(ports, principal, references)
  const permission = await permissionFor(
    ports,
    principal,
    request.permission ?? DEFAULT_PERMISSION,
    request.permissionVersion,
  )
  if ((await ports.store.reads.shares.count(principal)) >= MAX_SHARES)
    throw new ChanceryError('limit_exceeded', `There are ${MAX_SHARES} shares here, as many as there may be`)
  const now = ports.clock.now()
  const share: ResourceShare = {
    id: newUuid(ports.random, now) as ShareId,
    account: principal.account,
    region: principal.region,
    name: request.name,
    revision: 1,
    external: request.external ?? true,
    ...permission,
    tags,
    createdAt: now,
    updatedAt: now,
  }
  const { principals, invitations } = await addresseesOf(ports, share, named)
  const events = eventsFor(ports, 'CreateResourceShare', principal, undefined, {
    resources: [arns.share(share, share.id), ...authorities.map((id) => arns.authority(share, id))],
    request: { ...request },
    response: { resourceShareArn: arns.share(share, share.id) },
  })
  await ports.store.transact((writes) => [
    writes.shares.add(share),
    ...authorities.map((id) => writes.shares.addAuthority(share.id, id, now)),
    ...principals.map((each) => writes.shares.addPrincipal(each)),
    ...invitations.map((each) => writes.shareInvitations.add(each)),
    ...events.map((event) => writes.audit.append(event)),
    ...remember(writes, share.id),
  ])
  return shareView(ports, principal, share)
}

/** @param authorities how many there would be on the share, and so for `principals` */
export function countViolations(authorities: number, principals: number): readonly Violation[] {
  const violations: Violation[] = []
  if (authorities > MAX_SHARED_AUTHORITIES)
    violations.push({
      code: 'authorities_count',
      field: 'authorities',
      message: `at most ${MAX_SHARED_AUTHORITIES} on a share`,
    })
  if (principals > MAX_SHARE_PRINCIPALS)
    violations.push({
      code: 'principals_count',
      field: 'principals',
      message: `at most ${MAX_SHARE_PRINCIPALS} on a share`,
    })
  return violations
}
