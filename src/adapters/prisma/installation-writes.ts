import type { Writes } from '../../core/ports/store.ts'
import { blob, orNull, write } from './wire-values.ts'

/** As data: what requests with a key made. */
export const idempotencyWrites: Writes['idempotency'] = {
  add: (r) => write('idempotency.add', blob(r.scope), blob(r.request), r.resource, r.createdAt),
  replace: (r, abandoned) =>
    write('idempotency.replace', r.resource, r.createdAt, blob(r.scope), abandoned, blob(r.request)),
  dropOlderThan: (time) => write('idempotency.dropOlderThan', time),
}

/** As data: each time the database was put back from a backup. */
export const restoreWrites: Writes['restores'] = {
  add: (r) =>
    write(
      'restores.add',
      r.backupAt,
      r.restoredAt,
      r.auditHead.id,
      blob(r.auditHead.hash),
      orNull(r.acknowledgedAt),
    ),
  acknowledge: (at) => write('restores.acknowledge', at),
}
