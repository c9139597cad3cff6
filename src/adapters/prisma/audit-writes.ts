import type { AuditWrites } from '../../core/ports/audit-store.ts'
import { hexBlob, write } from './wire-values.ts'

/** Writes about archives of the audit trail, as data. */
export const auditWrites: AuditWrites = {
  auditArchives: {
    add: (a) =>
      write(
        'auditArchives.add',
        a.first,
        a.last,
        hexBlob(a.before),
        hexBlob(a.hash),
        a.at,
        hexBlob(a.key),
        new Uint8Array(Buffer.from(a.signature, 'base64')),
        a.size,
        hexBlob(a.sha256),
      ),
    dropArchived: (limit) => write('auditArchives.dropArchived', limit),
  },
}
