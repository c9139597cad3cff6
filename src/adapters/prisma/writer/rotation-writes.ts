import type { Database } from 'better-sqlite3'
import { insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about certificates for an authority's key and about rotations. `growing`: every process looks again. */
export function rotationWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  return {
    'authorities.recertify': growing(
      mustChange(
        db,
        'authorities.recertify',
        `UPDATE Authority SET certificateDer = ?, certificateSerial = ?, notBefore = ?, notAfter = ?, parentId = ?
           WHERE id = ? AND certificateSerial = ?`,
      ),
    ),
    'authorities.setSuccessor': growing(
      mustChange(
        db,
        'authorities.setSuccessor',
        'UPDATE Authority SET successorId = ? WHERE id = ? AND successorId IS ?',
      ),
    ),
    'authorities.setRenewal': growing(
      mustChange(db, 'authorities.setRenewal', 'UPDATE Authority SET renewal = ? WHERE id = ?'),
    ),
    'crossCertificates.add': insert(
      db,
      'crossCertificates.add',
      'CrossCertificate',
      'issuerId, serial, subjectId, createdAt',
    ),
    'rotations.add': insert(
      db,
      'rotations.add',
      'Rotation',
      'id, accountId, region, authorityId, successorId, request, createdAt, updatedAt',
    ),
    'rotations.advance': mustChange(
      db,
      'rotations.advance',
      'UPDATE Rotation SET step = ?, updatedAt = ? WHERE id = ? AND step IS ? AND endedAt IS NULL',
    ),
    'rotations.end': mustChange(
      db,
      'rotations.end',
      'UPDATE Rotation SET endedAt = ?, updatedAt = ?, outcome = ? WHERE id = ? AND step IS ? AND endedAt IS NULL',
    ),
    'replacements.add': insert(
      db,
      'replacements.add',
      'Replacement',
      'issuerId, serial, newIssuerId, newSerial, rotationId, authorityId',
    ),
    'replacements.dropOf': mayChange(db, 'DELETE FROM Replacement WHERE rotationId = ?'),
  }
}
