import type { Database } from 'better-sqlite3'
import { CHAIN_START, type ChainPlace } from '../../../core/domain/audit-trail.ts'
import { certificateArchiveName } from '../../../core/domain/certificate-archive.ts'
import type { Page } from '../../../core/ports/page.ts'
import type { Certificate } from '../../../core/domain/certificates.ts'
import type { CertificateArchiveReads } from '../../../core/ports/certificate-archive-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import { certificateFrom, type CertificateRow, type Raw } from '../rows.ts'
import { archivePages, storedArchiveFrom } from './audit.ts'

type ArchiveRow = Raw<models.CertificateArchiveModel>

/** Reads about archives of expired certificates. */
export function certificateArchiveReads(db: Database): CertificateArchiveReads {
  const end = db.prepare(
    'SELECT last AS id, lower(hex(hash)) AS hash FROM CertificateArchive ORDER BY first DESC LIMIT 1',
  )
  const open = db.prepare('SELECT * FROM CertificateArchive WHERE through < last ORDER BY first LIMIT 1')
  const one = db.prepare('SELECT * FROM CertificateArchive WHERE first = ?')
  const holding = db
    .prepare('SELECT first FROM CertificateArchive WHERE first <= ? ORDER BY first DESC LIMIT 1')
    .pluck()
  return {
    certificateArchives: {
      end: async () => (end.get() as ChainPlace | undefined) ?? CHAIN_START,
      open: async (installation) => {
        const row = open.get() as ArchiveRow | undefined
        return row && { ...storedArchiveFrom(row, installation), through: row.through }
      },
      expired: expiredPages(db),
      list: archivePages(db, 'CertificateArchive', 'certificate-archives'),
      get: async (installation, first) => {
        const row = one.get(first) as ArchiveRow | undefined
        return row && storedArchiveFrom(row, installation)
      },
      fileOf: async (number) => {
        const first = holding.get(number) as number | undefined
        return first === undefined ? undefined : certificateArchiveName({ first })
      },
    },
  }
}

/** Whose bytes something gives out: few, so that passing them over each time costs little. */
const IN_USE = `EXISTS (SELECT 1 FROM ManagedVersion v JOIN ManagedCertificate m ON m.id = v.managedId
      WHERE v.serial = c.serial AND v.authorityId = c.authorityId AND v.number IN (m.currentVersion, m.exportedVersion))
  OR EXISTS (SELECT 1 FROM OcspResponder o WHERE o.authorityId = c.authorityId AND o.serial = c.serial)
  OR EXISTS (SELECT 1 FROM CrossCertificate x WHERE x.issuerId = c.authorityId AND x.serial = c.serial)`

type PlaceRow = { readonly accountId: string; readonly region: string }
type Position = readonly [account: string, region: string, notAfter: number, id: number]

/** Place by place, since that is the index that there is; stubs have none. */
function expiredPages(db: Database): CertificateArchiveReads['certificateArchives']['expired'] {
  const nextPlace = db.prepare(
    `SELECT accountId, region FROM Certificate WHERE (accountId, region) > (?, ?) ORDER BY accountId, region LIMIT 1`,
  )
  const inPlace = db.prepare(
    `SELECT c.*, r.revokedAt, r.reason FROM Certificate c LEFT JOIN Revocation r ON r.certificateId = c.id
       WHERE c.accountId = ? AND c.region = ? AND (c.notAfter, c.id) > (?, ?) AND c.notAfter < ? AND c.state = 1
         AND NOT (${IN_USE}) ORDER BY c.notAfter, c.id LIMIT ?`,
  )
  const placeBehind = (account: string, region: string): Position | undefined => {
    const place = nextPlace.get(account, region) as PlaceRow | undefined
    if (place === undefined) return undefined
    return place.region === ''
      ? placeBehind(place.accountId, '')
      : [place.accountId, place.region, Number.MIN_SAFE_INTEGER, 0]
  }
  return async (before, { limit, after }): Promise<Page<Certificate>> => {
    let at: Position | undefined =
      after === undefined
        ? placeBehind('', '')
        : (positionIn(after, 'expired', 'string', 'string', 'number', 'number') as unknown as Position)
    while (at !== undefined) {
      const [account, region, notAfter, id] = at
      const rows = inPlace.all(account, region, notAfter, id, before, limit) as CertificateRow[]
      const last = rows.at(-1)
      if (last !== undefined)
        return {
          items: rows.map(certificateFrom),
          next: cursorOf('expired', account, region, last.notAfter, last.id),
        }
      at = placeBehind(account, region)
    }
    return { items: [], next: undefined }
  }
}
