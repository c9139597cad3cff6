import type { Database } from 'better-sqlite3'
import type { ShardId } from '../../../core/domain/crl-scopes.ts'
import type { AuthorityId, ReportId } from '../../../core/domain/ids.ts'
import type { ObjectSource, OutgoingObject } from '../../../core/domain/outgoing-objects.ts'
import type { OutgoingObjectReads } from '../../../core/ports/outgoing-object-store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type Row = Raw<models.OutgoingObjectModel>

/** Reads about what is to be written to a storage elsewhere. */
export function outgoingObjectReads(db: Database): OutgoingObjectReads {
  const due = db.prepare('SELECT * FROM OutgoingObject WHERE dueAt <= ? ORDER BY dueAt, id LIMIT ?')
  const count = db.prepare('SELECT COUNT(*) FROM OutgoingObject').pluck()
  return {
    outgoingObjects: {
      due: async (now, limit) => (due.all(now, limit) as Row[]).map(objectFrom),
      count: async () => count.get() as number,
    },
  }
}

const objectFrom = (row: Row): OutgoingObject => ({
  id: row.id,
  source: sourceFrom(row),
  revision: row.revision,
  failures: row.failures,
})

function sourceFrom({ kind, authorityId, shard, reportId }: Row): ObjectSource {
  const authority = authorityId as AuthorityId
  if (kind === 'report') return { kind, authority, report: reportId as ReportId }
  const scope = { authority, shard: shard === 0 ? undefined : (shard as ShardId) }
  return { kind: kind === 'delta' ? 'delta' : 'complete', scope }
}
