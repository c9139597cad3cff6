import type { AuditWrites, StoredArchive } from '../../core/ports/audit-store.ts'
import { hexBlob, write } from './wire-values.ts'
import type { WireValue } from './writer/protocol.ts'

/** In the order of columns: of an archive of events, and of one of certificates. */
export const archiveValues = (a: StoredArchive): WireValue[] => [
  a.first,
  a.last,
  hexBlob(a.before),
  hexBlob(a.hash),
  a.at,
  hexBlob(a.key),
  new Uint8Array(Buffer.from(a.signature, 'base64')),
  a.size,
  hexBlob(a.sha256),
]

/** Writes about archives of the audit trail, as data. */
export const auditWrites: AuditWrites = {
  auditArchives: {
    add: (archive) => write('auditArchives.add', ...archiveValues(archive)),
    dropArchived: (limit) => write('auditArchives.dropArchived', limit),
  },
}
