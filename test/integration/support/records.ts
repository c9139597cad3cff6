import Database from 'better-sqlite3'
import { chainedEvents } from '../../support/chained-events.ts'

export type CertificateRow = {
  readonly authority: string
  readonly serial: string
  /** 0 signing, 1 issued, 2 abandoned, 3 archived */
  readonly state: number
  readonly profile: string
  readonly der: Buffer
}

/** What a database says, read past the product: rows, sums, and whether its audit chain holds. */
export type Records = {
  readonly certificates: readonly CertificateRow[]
  /** Rows of each table, leases left out: they come and go by themselves. */
  readonly counts: Readonly<Record<string, number>>
  readonly events: readonly AuditRecord[]
  readonly integrity: string
  /** CRL numbers published, by authority, in the order of the audit trail. */
  readonly crlNumbers: ReadonlyMap<string, readonly bigint[]>
}
export type AuditRecord = {
  readonly eventName: string
  readonly resources: readonly { readonly ARN: string }[]
  readonly responseElements: Readonly<Record<string, unknown>> | null
}

/** @throws Error when an audit event is missing, out of order or doesn't hash to what stands with it */
export function recordsOf(file: string): Records {
  const db = new Database(file, { readonly: true })
  try {
    // One snapshot for all: a server may be writing.
    return db.transaction((): Records => {
      const events = [...chainedEvents(db)].map(({ record }) => JSON.parse(record) as AuditRecord)
      return {
        certificates: db
          .prepare(
            'SELECT authorityId AS authority, lower(hex(serial)) AS serial, state, profile, der FROM Certificate',
          )
          .all() as CertificateRow[],
        counts: counts(db),
        events,
        integrity: db.pragma('integrity_check', { simple: true }) as string,
        crlNumbers: crlNumbers(events),
      }
    })()
  } finally {
    db.close()
  }
}

function counts(db: Database.Database): Record<string, number> {
  const tables = db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('Lease', 'sqlite_sequence')",
    )
    .pluck()
    .all() as string[]
  return Object.fromEntries(
    tables.map((table) => [table, db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get() as number]),
  )
}

function crlNumbers(events: readonly AuditRecord[]): Map<string, bigint[]> {
  const numbers = new Map<string, bigint[]>()
  for (const { eventName, resources, responseElements } of events) {
    if (eventName !== 'PublishCertificateRevocationList') continue
    const authority = resources[0]?.ARN.split('/').at(-1) ?? ''
    numbers.set(authority, [...(numbers.get(authority) ?? []), BigInt(String(responseElements?.['number']))])
  }
  return numbers
}

/** Ends every server's lease, as time does: for tests whose servers are all dead. */
export function lapseLeases(file: string): void {
  const db = new Database(file)
  db.prepare('UPDATE Lease SET expiresAt = 0').run()
  db.close()
}
