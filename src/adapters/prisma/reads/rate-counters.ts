import type { Database } from 'better-sqlite3'
import type { Quota } from '../../../core/domain/quotas.ts'
import type { Millis } from '../../../core/domain/time.ts'
import type { RateCounterReads } from '../../../core/ports/rate-counter-store.ts'
import type { Place } from '../../../core/ports/store.ts'

type Count = (place: Place, most: number, now: Millis) => number

/** Reads about what all servers together have counted, and what quotas count. */
export function rateCounterReads(db: Database): RateCounterReads {
  const total = db
    .prepare('SELECT hits FROM RateCounter WHERE "limit" = ? AND "key" = ? AND "window" = ?')
    .pluck()
  const counted = (rows: string) => db.prepare(`SELECT COUNT(*) FROM (SELECT 1 FROM ${rows} LIMIT ?)`).pluck()
  const ofPlace = (rows: string): Count => {
    const statement = counted(`${rows} AND accountId = ? AND region = ?`)
    return ({ account, region }, most) => statement.get(account, region, most) as number
  }
  const ofAccount = (rows: string): Count => {
    const statement = counted(`${rows} accountId = ?`)
    return ({ account }, most) => statement.get(account, most) as number
  }
  const sessions = counted('AccessKey WHERE accountId = ? AND roleId IS NOT NULL AND expiresAt > ?')
  const counts: Readonly<Record<Exclude<Quota, 'certificates'>, Count>> = {
    authorities: ofPlace("Authority WHERE status <> 'DELETED'"),
    managedCertificates: ofPlace('ManagedCertificate WHERE TRUE'),
    tokens: ofAccount('Token WHERE revokedAt IS NULL AND'),
    users: ofAccount('User WHERE'),
    groups: ofAccount('UserGroup WHERE'),
    roles: ofAccount('Role WHERE'),
    policies: ofAccount('ManagedPolicy WHERE'),
    accessKeys: ofAccount('AccessKey WHERE userId IS NOT NULL AND'),
    sessions: ({ account }, most, now) => sessions.get(account, now, most) as number,
  }
  const certificates = counted('Certificate WHERE authorityId = ?')
  return {
    rateCounters: {
      total: async ({ limit, key, window }) => (total.get(limit, key, window) as number | undefined) ?? 0,
    },
    quotas: {
      count: async (quota, place, most, now) => counts[quota](place, most, now),
      certificates: async (authority, most) => certificates.get(authority, most) as number,
    },
  }
}
