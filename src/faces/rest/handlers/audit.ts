import type { AuditArchiveJson, AuditEventJson } from '../../../contract/schemas/audit.ts'
import { archiveName } from '../../../core/domain/audit-trail.ts'
import { isoOf } from '../../../core/domain/time.ts'
import { archiveAuditEvents } from '../../../core/operations/audit/archive-events.ts'
import { exportAuditEvents } from '../../../core/operations/audit/export-events.ts'
import { findAuditEvents } from '../../../core/operations/audit/find-events.ts'
import type { PublishedCheckpoint } from '../../../core/operations/audit/make-checkpoint.ts'
import { listAuditArchives, readAuditArchive } from '../../../core/operations/audit/read-archives.ts'
import {
  describeAuditCheckpoint,
  makeAuditCheckpoint,
} from '../../../core/operations/audit/read-checkpoint.ts'
import type { FoundEvent, StoredArchive } from '../../../core/ports/audit-store.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { FileReply, StreamReply, type Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { millisOf, pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'listAuditEvents'
  | 'exportAuditTrail'
  | 'describeAuditCheckpoint'
  | 'makeAuditCheckpoint'
  | 'archiveAuditTrail'
  | 'listAuditArchives'
  | 'readAuditArchive'
>

/** The audit trail. */
export const auditHandlers = (ports: Ports): Part => ({
  listAuditEvents: async ({ principal, query }) => {
    const { name, principal: actor, resource, since, until, scope } = query
    const { items, next } = await findAuditEvents(ports, principal, {
      ...defined({ name, principal: actor, resource }),
      ...(since === undefined ? {} : { since: millisOf(since) }),
      ...(until === undefined ? {} : { until: millisOf(until) }),
      everywhere: scope === 'installation',
      page: pageRequestOf(query),
    })
    return { items: items.map(eventJson), next }
  },
  exportAuditTrail: async ({ principal, query, mediaType }) =>
    new FileReply(mediaType, (await exportAuditEvents(ports, principal, query.after)).lines),
  describeAuditCheckpoint: async ({ principal }) =>
    checkpointJson(await describeAuditCheckpoint(ports, principal)),
  makeAuditCheckpoint: async ({ principal }) => checkpointJson(await makeAuditCheckpoint(ports, principal)),
  archiveAuditTrail: async ({ principal, body }) => {
    const archive = await archiveAuditEvents(ports, principal, millisOf(body.before))
    return archive === undefined ? {} : { archive: archiveJson(archive) }
  },
  listAuditArchives: async ({ principal, query }) => {
    const { items, next } = await listAuditArchives(ports, principal, pageRequestOf(query))
    return { items: items.map(archiveJson), next }
  },
  readAuditArchive: async ({ principal, params, mediaType }) => {
    const { name, size, pieces } = await readAuditArchive(ports, principal, Number(params.first))
    return new StreamReply(mediaType, size, pieces, name)
  },
})

const eventJson = ({ id, account, region, time, name, record }: FoundEvent): AuditEventJson => ({
  id,
  account,
  region,
  time: isoOf(time),
  name,
  record: JSON.parse(record) as Record<string, unknown>,
})

const checkpointJson = ({ checkpoint, publicKey }: PublishedCheckpoint) => ({
  format: 'chancery-audit-checkpoint/1' as const,
  ...checkpoint,
  at: isoOf(checkpoint.at),
  publicKey,
})

const archiveJson = (archive: StoredArchive): AuditArchiveJson => {
  const { first, last, before, hash, at, key, size, sha256 } = archive
  return { first, last, before, hash, at: isoOf(at), key, file: archiveName(archive), size, sha256 }
}
