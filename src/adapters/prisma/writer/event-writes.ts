import type { Database } from 'better-sqlite3'
import { mayChange, type WritesByName } from './makers.ts'

/** Writes about what is told of certificates' lives. A notice of an older version never takes the place of a newer one's. */
export function eventWrites(db: Database): WritesByName {
  const add = db.prepare(
    `INSERT INTO CertificateEvent (id, accountId, region, certificateId, name, time, detail, dedupeKey, recordedAt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dedupeKey) DO NOTHING`,
  )
  const setNotice = db.prepare(
    `INSERT INTO CertificateNotice (certificateId, version, at) VALUES (?, ?, ?) ON CONFLICT (certificateId) DO UPDATE
       SET version = excluded.version, at = excluded.at WHERE excluded.version >= version`,
  )
  const endNotice = db.prepare('DELETE FROM CertificateNotice WHERE certificateId = ? AND version <= ?')
  return {
    'events.add': (...columns) => void add.run(...columns),
    'events.addNoticing': (version, at, ...columns) => {
      add.run(...columns)
      setNotice.run(columns[CERTIFICATE], version, at)
    },
    'events.addLast': (version, ...columns) => {
      add.run(...columns)
      endNotice.run(columns[CERTIFICATE], version)
    },
    'events.setNotice': (...values) => void setNotice.run(...values),
    'events.dropNotice': mayChange(db, 'DELETE FROM CertificateNotice WHERE certificateId = ?'),
    'events.dropOlderThan': mayChange(
      db,
      `DELETE FROM CertificateEvent WHERE sequence IN
         (SELECT sequence FROM (SELECT sequence, recordedAt FROM CertificateEvent ORDER BY sequence LIMIT ?)
            WHERE recordedAt < ?)`,
    ),
  }
}

/** Place of the certificate among an event's columns. */
const CERTIFICATE = 3
