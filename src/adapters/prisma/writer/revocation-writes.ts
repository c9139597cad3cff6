import type { Database } from 'better-sqlite3'
import { REVOCATION_REASONS } from '../../../core/domain/revocation.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'
import { REVOCATIONS } from '../wire-values.ts'
import { Conflict, isUniqueViolation, type Apply, type WritesByName } from './makers.ts'
import type { WireValue } from './protocol.ts'

const CERTIFICATE = 'serial = ? AND authorityId = ?'

/**
 * Says that something about revocations has changed: answers that are kept must be looked at again. Belongs to each write
 * that changes the table.
 */
export function growRevocations(db: Database): () => void {
  const grow = db.prepare(
    `INSERT INTO Generation (id, value) VALUES (${REVOCATIONS}, 1) ON CONFLICT (id) DO UPDATE SET value = value + 1`,
  )
  return () => void grow.run()
}

/** Revokes a certificate: reason, moment, serial, authority. */
export function revoking(db: Database): Apply {
  const grow = growRevocations(db)
  const revokeRow = db.prepare(
    `INSERT INTO Revocation (certificateId, authorityId, accountId, region, serial, reason, revokedAt, notAfter, shard)
       SELECT id, authorityId, accountId, region, serial, ?, ?, notAfter, shard FROM Certificate
       WHERE ${CERTIFICATE} AND state <> 0`,
  )
  return (reason: WireValue, at: WireValue, serial: WireValue, authority: WireValue) => {
    try {
      if (revokeRow.run(reason, at, serial, authority).changes !== 1)
        throw new Conflict('stale', 'certificates.revoke')
      grow()
    } catch (error) {
      throw isUniqueViolation(error) ? new Conflict('exists', 'certificates.revoke') : error
    }
  }
}

type RevocationRow = Raw<models.RevocationModel>

/** Writes that take a revocation back, or change it. */
export function revocationWrites(db: Database): WritesByName {
  const revoke = revoking(db)
  const grow = growRevocations(db)
  const takeBack = db.prepare(
    `DELETE FROM Revocation WHERE certificateId = (SELECT id FROM Certificate WHERE ${CERTIFICATE}) AND reason = ?
       RETURNING id, authorityId, shard, serial, revokedAt, notAfter`,
  )
  const withdrawn = db.prepare(
    `INSERT INTO WithdrawnRevocation (authorityId, shard, serial, sequence, withdrawnAt, notAfter)
       VALUES (?, ?, ?, ?, ?, ?)`,
  )
  /** Takes a revocation back, for CRLs to leave out, and says since when it had been. */
  const withdraw = (
    subject: string,
    serial: WireValue,
    authority: WireValue,
    reason: WireValue,
    at: WireValue,
  ) => {
    const row = takeBack.get(serial, authority, reason) as RevocationRow | undefined
    if (row === undefined) throw new Conflict('stale', subject)
    grow()
    withdrawn.run(row.authorityId, row.shard, row.serial, row.id, at, row.notAfter)
    return row.revokedAt
  }
  return {
    'revocations.lift': (serial, authority, at) => {
      withdraw('revocations.lift', serial, authority, REVOCATION_REASONS.certificateHold, at)
    },
    'revocations.changeReason': (serial, authority, from, to, at) => {
      const since = withdraw('revocations.changeReason', serial, authority, from, at)
      revoke(to, since, serial, authority)
    },
  }
}
