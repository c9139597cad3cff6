import type { Database } from 'better-sqlite3'
import { Conflict, insert, isUniqueViolation, mayChange, mustChange, type WritesByName } from './makers.ts'

const LAPSED = `lease NOT IN (SELECT owner FROM Lease WHERE name = 'server/' || owner AND expiresAt > ?)`

/** Writes about authorities. */
export const authorityWrites = (db: Database, serverId: string): WritesByName => ({
  ...creationWrites(db, serverId),
  ...lifeWrites(db),
})

/** One in CREATING belongs to `serverId` until that server's lease has lapsed. */
function creationWrites(db: Database, serverId: string): WritesByName {
  const add = insert(
    db,
    'authorities.add',
    'Authority',
    'id, accountId, region, name, kind, parentId, status, keyId, keyAlgorithm, signatureAlgorithm, subject, ' +
      'pathLength, nameConstraints, usageMode, revocation, failureReason, csrDer, externalChain, renewal, caa, ' +
      'servicePermission, tags, keyStorageStandard, isDefault, createdAt, lease',
  )
  const complete = mustChange(
    db,
    'authorities.complete',
    `UPDATE Authority SET status = 'PENDING_CERTIFICATE', csrDer = ?, lease = NULL
       WHERE id = ? AND status = 'CREATING' AND lease = ?`,
  )
  const fail = mustChange(
    db,
    'authorities.fail',
    `UPDATE Authority SET status = 'FAILED', failureReason = ?, lease = NULL
       WHERE id = ? AND status = 'CREATING' AND (lease = ? OR ${LAPSED})`,
  )
  return {
    'authorities.add': (...values) => {
      add(...values, serverId)
    },
    'authorities.activate': mustChange(
      db,
      'authorities.activate',
      `UPDATE Authority SET status = 'ACTIVE', certificateDer = ?, certificateSerial = ?, notBefore = ?,
         notAfter = ?, lease = NULL WHERE id = ? AND status = 'CREATING'`,
    ),
    'authorities.complete': (id, csrDer) => {
      complete(csrDer, id, serverId)
    },
    'authorities.fail': (id, reason, systemNow) => {
      fail(reason, id, serverId, systemNow)
    },
  }
}

function lifeWrites(db: Database): WritesByName {
  const restore = mustChange(
    db,
    'authorities.restore',
    `UPDATE Authority SET status = deletedFrom, name = ?, deletedFrom = NULL, restorableUntil = NULL
       WHERE id = ? AND status = 'DELETED' AND purgedAt IS NULL`,
  )
  return {
    'authorities.keepCsr': mayChange(db, 'UPDATE Authority SET csrDer = ? WHERE id = ? AND csrDer IS NULL'),
    'authorities.certify': mustChange(
      db,
      'authorities.certify',
      `UPDATE Authority SET status = ?, parentId = ?, externalChain = ?, pathLength = ?, nameConstraints = ?,
         certificateDer = ?, certificateSerial = ?, notBefore = ?, notAfter = ? WHERE id = ? AND status = ?`,
    ),
    'authorities.setStatus': mustChange(
      db,
      'authorities.setStatus',
      'UPDATE Authority SET status = ? WHERE id = ? AND status = ?',
    ),
    'authorities.delete': mustChange(
      db,
      'authorities.delete',
      `UPDATE Authority SET deletedFrom = status, status = 'DELETED', restorableUntil = ?, isDefault = 0
         WHERE id = ? AND status = ?`,
    ),
    'authorities.remove': mustChange(
      db,
      'authorities.remove',
      'DELETE FROM Authority WHERE id = ? AND status = ?',
    ),
    'authorities.restore': (id, name) => {
      try {
        restore(name, id)
      } catch (error) {
        throw isUniqueViolation(error) ? new Conflict('exists', 'authorities.restore') : error
      }
    },
    'authorities.purge': mustChange(
      db,
      'authorities.purge',
      `UPDATE Authority SET purgedAt = ? WHERE id = ? AND status = 'DELETED' AND purgedAt IS NULL`,
    ),
    'authorities.setTags': mustChange(
      db,
      'authorities.setTags',
      'UPDATE Authority SET tags = ? WHERE id = ? AND tags = ?',
    ),
    'authorities.setCaa': mustChange(db, 'authorities.setCaa', 'UPDATE Authority SET caa = ? WHERE id = ?'),
    'authorities.setRevocation': mustChange(
      db,
      'authorities.setRevocation',
      'UPDATE Authority SET revocation = ?, completeCrlUntil = ? WHERE id = ?',
    ),
    'authorities.makeDefault': mayChange(
      db,
      'UPDATE Authority SET isDefault = (id = ?) WHERE accountId = ? AND region = ?',
    ),
  }
}
