import type { Database } from 'better-sqlite3'
import { Conflict, insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about the simulated DNS. */
export const zoneWrites = (db: Database): WritesByName => ({
  'zones.add': addZone(db),
  'zones.remove': removeZone(db),
  'zones.putSet': putSet(db),
  'zones.removeSets': removeSets(db),
  'dnsFaults.add': insert(
    db,
    'dnsFaults.add',
    'DnsFault',
    'id, name, below, type, kind, milliseconds, remaining, perspective, createdAt',
  ),
  'dnsFaults.remove': mustChange(db, 'dnsFaults.remove', 'DELETE FROM DnsFault WHERE id = ?'),
  'dnsFaults.removeAll': mayChange(db, 'DELETE FROM DnsFault'),
  'dnsFaults.spend': spend(db),
})

function addZone(db: Database): Apply {
  const add = insert(db, 'zones.add', 'Zone', 'apex, accountId, createdAt')
  const above = db.prepare(
    `SELECT 1 FROM Zone WHERE accountId <> ? AND substr(?, -length(apex) - 1) = '.' || apex LIMIT 1`,
  )
  return (...values) => {
    const [apex, account] = values
    if (above.get(account, apex) !== undefined) throw new Conflict('refused', 'zones.add')
    add(...values)
  }
}

function removeZone(db: Database): Apply {
  const remove = mustChange(db, 'zones.remove', 'DELETE FROM Zone WHERE apex = ? AND accountId = ?')
  const empty = db.prepare('DELETE FROM ZoneRecordSet WHERE apex = ?')
  return (...values) => {
    remove(...values)
    empty.run(values[0])
  }
}

/** A zone's records are changed by its account alone. */
function ownership(db: Database, subject: string): Apply {
  const zone = db.prepare('SELECT 1 FROM Zone WHERE accountId = ? AND apex = ?')
  return (account, apex) => {
    if (zone.get(account, apex) === undefined) throw new Conflict('stale', subject)
  }
}

function putSet(db: Database): Apply {
  const owned = ownership(db, 'zones.putSet')
  // RFC 1034 §3.6.2: where there is an alias there is nothing else.
  const clash = db.prepare(
    `SELECT 1 FROM ZoneRecordSet WHERE apex = ? AND path = ? AND perspective = ? AND (type = 'CNAME') <> (? = 'CNAME')
       LIMIT 1`,
  )
  const put = db.prepare(
    `INSERT INTO ZoneRecordSet (apex, path, type, perspective, ttl, data) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (apex, path, type, perspective) DO UPDATE SET ttl = excluded.ttl, data = excluded.data`,
  )
  return (account, apex, path, type, perspective, ...rest) => {
    owned(account, apex)
    if (clash.get(apex, path, perspective, type) !== undefined) throw new Conflict('refused', 'zones.putSet')
    put.run(apex, path, type, perspective, ...rest)
  }
}

function removeSets(db: Database): Apply {
  const owned = ownership(db, 'zones.removeSets')
  const remove = db.prepare(
    'DELETE FROM ZoneRecordSet WHERE apex = ? AND path = ? AND perspective = ? AND type = coalesce(?, type)',
  )
  return (account, ...values) => {
    owned(account, values[0] ?? null)
    if (remove.run(...values).changes === 0) throw new Conflict('stale', 'zones.removeSets')
  }
}

function spend(db: Database): Apply {
  const less = mustChange(
    db,
    'dnsFaults.spend',
    'UPDATE DnsFault SET remaining = remaining - 1 WHERE id = ? AND remaining > 0',
  )
  const drop = db.prepare('DELETE FROM DnsFault WHERE id = ? AND remaining = 0')
  return (id) => {
    less(id)
    drop.run(id)
  }
}
