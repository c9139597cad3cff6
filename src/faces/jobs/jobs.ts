import { DAY, HOUR, MINUTE, SECOND } from '../../core/domain/time.ts'
import { renewDueAuthorities } from '../../core/operations/authorities/renew-authority.ts'
import { failUnfinishedCreations } from '../../core/operations/authorities/fail-creation.ts'
import { purgeDeletedAuthorities } from '../../core/operations/authorities/purge-authorities.ts'
import { abandonLeftBehind } from '../../core/operations/certificates/abandon-intent.ts'
import { reconcile } from '../../core/operations/certificates/reconcile.ts'
import { fillKeyHashes } from '../../core/operations/keys/fill-key-hashes.ts'
import { revokeDueSiblings } from '../../core/operations/keys/revoke-siblings.ts'
import { advanceMethodChanges } from '../../core/operations/managed/change-method.ts'
import { fillVersionFacts } from '../../core/operations/managed/fill-version-facts.ts'
import { runDueManaged } from '../../core/operations/managed/run-due-managed.ts'
import { tellApproachingExpirations } from '../../core/operations/events/tell-expirations.ts'
import { deliverWebhooks } from '../../core/operations/webhooks/deliver-webhooks.ts'
import { renewDueResponders } from '../../core/operations/ocsp/renew-due-responders.ts'
import { forgetAuditReports } from '../../core/operations/reports/delete-report.ts'
import { makeDueReports } from '../../core/operations/reports/make-due-reports.ts'
import { publishAwaited } from '../../core/operations/revocation/publish-awaited.ts'
import { publishDueCrls, publishFirstCrls } from '../../core/operations/revocation/publish-due-crls.ts'
import { sendDueApprovals } from '../../core/operations/validation/send-approvals.ts'
import { forgetEndedSessions } from '../../core/operations/access/forget-sessions.ts'
import { recordKeyUses } from '../../core/operations/access/key-uses.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { Job } from './job.ts'

/** How long a server is taken for alive without word from it. */
export const SERVER_LEASE = 15 * SECOND
/** Idempotency keys are remembered this long. */
const IDEMPOTENCY_KEPT = DAY
/** Events are kept this long: the life of a certificate of thirteen months. */
const EVENTS_KEPT = 400 * DAY
/** Deliveries that are settled. */
const DELIVERIES_KEPT = 30 * DAY
/** Rows dropped in one go, so that no writer waits long. */
const DROPPED_AT_ONCE = 10_000

/** Says that this server is alive: what it is signing is its own while this lease lasts. */
export async function keepServerLease(ports: Pick<Ports, 'store' | 'clock' | 'settings'>): Promise<void> {
  const { serverId } = ports.settings
  const now = ports.clock.now()
  await ports.store.transact((writes) => [
    writes.leases.take(`server/${serverId}`, serverId, now, now + SERVER_LEASE),
  ])
}

/** Everything that happens by itself, and how often. */
export function standingJobs(ports: Ports): readonly Job[] {
  return [
    {
      name: 'server-lease',
      every: 4 * SECOND,
      everywhere: true,
      run: async () => {
        await keepServerLease(ports)
        return {}
      },
    },
    {
      name: 'abandon-left-behind',
      every: 10 * SECOND,
      everywhere: true,
      run: () => abandonLeftBehind(ports),
    },
    { name: 'reconcile', every: 10 * SECOND, run: () => reconcile(ports) },
    { name: 'renew-authorities', every: HOUR, run: () => renewDueAuthorities(ports) },
    { name: 'fill-key-hashes', every: 10 * SECOND, run: () => fillKeyHashes(ports) },
    { name: 'fill-version-facts', every: 10 * SECOND, run: () => fillVersionFacts(ports) },
    { name: 'revoke-siblings', every: 10 * SECOND, run: () => revokeDueSiblings(ports) },
    {
      name: 'fail-unfinished-creations',
      every: 10 * SECOND,
      everywhere: true,
      run: () => failUnfinishedCreations(ports),
    },
    { name: 'purge-deleted-authorities', every: HOUR, run: () => purgeDeletedAuthorities(ports) },
    { name: 'managed-certificates', every: 2 * SECOND, run: (stopping) => runDueManaged(ports, stopping) },
    { name: 'method-changes', every: 10 * SECOND, run: () => advanceMethodChanges(ports) },
    {
      name: 'deliver-webhooks',
      every: 2 * SECOND,
      everywhere: true,
      run: (stopping) => deliverWebhooks(ports, stopping),
    },
    { name: 'tell-expirations', every: MINUTE, run: () => tellApproachingExpirations(ports) },
    { name: 'send-due-approvals', every: 30 * SECOND, run: () => sendDueApprovals(ports) },
    { name: 'ocsp-responders', every: MINUTE, run: () => renewDueResponders(ports) },
    { name: 'publish-first-crls', every: 2 * SECOND, run: () => publishFirstCrls(ports) },
    { name: 'publish-awaited-crls', every: SECOND, everywhere: true, run: () => publishAwaited(ports) },
    { name: 'publish-crls', every: 30 * SECOND, run: (stopping) => publishDueCrls(ports, stopping) },
    {
      name: 'make-audit-reports',
      every: SECOND,
      everywhere: true,
      run: (stopping) => makeDueReports(ports, stopping),
    },
    { name: 'forget-ended-sessions', every: MINUTE, run: () => forgetEndedSessions(ports) },
    { name: 'record-key-uses', every: MINUTE, everywhere: true, run: () => recordKeyUses(ports) },
    { name: 'forget-audit-reports', every: HOUR, run: () => forgetAuditReports(ports) },
    {
      name: 'forget-idempotency-keys',
      every: HOUR,
      run: async () => {
        const before = ports.calendar.now() - IDEMPOTENCY_KEPT
        await ports.store.transact((writes) => [writes.idempotency.dropOlderThan(before)])
        return {}
      },
    },
    {
      name: 'forget-events',
      every: HOUR,
      run: async () => {
        const before = ports.clock.now() - EVENTS_KEPT
        await ports.store.transact((writes) => [
          writes.events.dropOlderThan(before, DROPPED_AT_ONCE),
          writes.deliveries.dropOlderThan(ports.clock.now() - DELIVERIES_KEPT, DROPPED_AT_ONCE),
        ])
        return {}
      },
    },
  ]
}
