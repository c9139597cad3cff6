import Database from 'better-sqlite3'
import type { SignedArchive } from '../../core/domain/audit-trail.ts'
import type { ArchivedCertificate, StubLookUp } from '../../core/domain/certificate-archive.ts'
import { INSTALLATION_SETTINGS } from '../../core/domain/installation.ts'
import type * as models from './generated/models.ts'
import { archiveFrom } from './reads/audit.ts'
import type { Raw } from './rows.ts'
import { serialBlob } from './wire-values.ts'

/** What a database says of archived certificates, whether a server runs on it or not. */
export type OfflineCertificates = {
  /** The oldest first. */
  readonly archives: readonly SignedArchive[]
  readonly stubOf: StubLookUp
  close(): void
}

type StubRow = { readonly state: number; readonly archived: number | null }

/** @throws Error when it can't be opened */
export function openOfflineCertificates(file: string): OfflineCertificates {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  // None in a backup that is older than archives.
  const known =
    db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'CertificateArchive'").get() !== undefined
  if (!known) return { archives: [], stubOf: () => undefined, close: () => db.close() }
  const installation = db
    .prepare('SELECT value FROM Setting WHERE name = ?')
    .pluck()
    .get(INSTALLATION_SETTINGS.id) as string | undefined
  const rows = db
    .prepare('SELECT * FROM CertificateArchive ORDER BY first')
    .all() as Raw<models.CertificateArchiveModel>[]
  const stub = db.prepare('SELECT state, archived FROM Certificate WHERE serial = ? AND authorityId = ?')
  return {
    archives: rows.map((row) => archiveFrom(row, installation ?? '')),
    stubOf: ({ serial, authority }: ArchivedCertificate) => {
      const row = stub.get(serialBlob(serial), authority) as StubRow | undefined
      return row?.state === 1 ? 'here' : (row?.archived ?? undefined)
    },
    close: () => db.close(),
  }
}
