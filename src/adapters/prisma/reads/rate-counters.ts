import type { Database } from 'better-sqlite3'
import type { RateCounterReads } from '../../../core/ports/rate-counter-store.ts'

/** Reads about what all servers together have counted, and what quotas count. */
export function rateCounterReads(db: Database): RateCounterReads {
  const total = db
    .prepare('SELECT hits FROM RateCounter WHERE "limit" = ? AND "key" = ? AND "window" = ?')
    .pluck()
  const counted = (rows: string) => db.prepare(`SELECT COUNT(*) FROM (SELECT 1 FROM ${rows} LIMIT ?)`).pluck()
  const inPlace = {
    authorities: counted("Authority WHERE accountId = ? AND region = ? AND status <> 'DELETED'"),
    managedCertificates: counted('ManagedCertificate WHERE accountId = ? AND region = ?'),
  }
  const tokens = counted('Token WHERE accountId = ? AND revokedAt IS NULL')
  const certificates = counted('Certificate WHERE authorityId = ?')
  return {
    rateCounters: {
      total: async ({ limit, key, window }) => (total.get(limit, key, window) as number | undefined) ?? 0,
    },
    quotas: {
      count: async (quota, { account, region }, most) =>
        (quota === 'tokens'
          ? tokens.get(account, most)
          : inPlace[quota].get(account, region, most)) as number,
      certificates: async (authority, most) => certificates.get(authority, most) as number,
    },
  }
}
