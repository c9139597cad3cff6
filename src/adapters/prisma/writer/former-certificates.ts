import type { Database } from 'better-sqlite3'
import type { WritesByName } from './makers.ts'

/** What gives an authority another certificate; its id is the last value but one. */
const REPLACING = ['authorities.certify', 'authorities.recertify'] as const

/**
 * The same writes, but whatever replaces an authority's certificate keeps the one before, in the same transaction. The
 * first of a serial stays: outside issuers may give the same one twice, and its URL must not change what it names.
 */
export function keepingFormer(db: Database, writes: WritesByName): WritesByName {
  const keep = db.prepare(
    `INSERT OR IGNORE INTO FormerCertificate (authorityId, serial, der)
       SELECT id, certificateSerial, certificateDer FROM Authority WHERE id = ? AND certificateDer IS NOT NULL`,
  )
  const keeping = REPLACING.map((name) => {
    const apply = writes[name]
    if (apply === undefined) throw new Error(`there is no write ${name}`)
    return [
      name,
      (...values: Parameters<typeof apply>) => {
        keep.run(values.at(-2))
        apply(...values)
      },
    ] as const
  })
  return { ...writes, ...Object.fromEntries(keeping) }
}
