import type { Database } from 'better-sqlite3'
import { HOUR } from '../../../core/domain/time.ts'
import { Conflict, insert, mayChange, mustChange, type WritesByName } from './makers.ts'
import type { WireValue } from './protocol.ts'

const SCOPE = 'authorityId = ? AND shard = ?'

/** Somebody may be reading one that was superseded: it is kept so long, the last two for good, never more than these. */
const SUPERSEDED_KEPT = HOUR
const MOST_KEPT = 32

type Check = (...values: WireValue[]) => boolean
type Change = (...values: WireValue[]) => void

/** Writes about CRLs and the segments of their entries; `shard` is 0 for the complete scope. */
export function crlWrites(db: Database): WritesByName {
  return {
    'crls.claimNumber': claimNumber(db),
    'crls.addSegment': addSegment(db),
    ...publication(db),
    'crls.withdraw': withdraw(db),
    'crls.discard': dropSegments(db, 'since = ? AND published = 0'),
    // The last CRLs of an authority whose key is destroyed can't be made anew.
    'crls.dueAll': mayChange(
      db,
      `UPDATE PublishedCrl SET nextUpdate = thisUpdate
         WHERE authorityId NOT IN (SELECT id FROM Authority WHERE purgedAt IS NOT NULL)`,
    ),
    'crls.surpassInShards': mayChange(db, 'UPDATE CrlShard SET crlNumber = MAX(crlNumber, ?)'),
  }
}

function claimNumber(db: Database): WritesByName[string] {
  const ofAuthority = mustChange(
    db,
    'crls.claimNumber',
    'UPDATE Authority SET crlNumber = ? WHERE id = ? AND crlNumber < ?',
  )
  const ofShard = mustChange(
    db,
    'crls.claimNumber',
    'UPDATE CrlShard SET crlNumber = ? WHERE id = ? AND crlNumber < ?',
  )
  return (authority, shard, number) => {
    if (shard === 0) ofAuthority(number, authority, number)
    else ofShard(number, shard, number)
  }
}

function addSegment(db: Database): WritesByName[string] {
  const add = db.prepare(
    `INSERT INTO CrlSegment (authorityId, shard, since, first, last, count, length, endsFirst, published)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
  )
  const keep = insert(db, 'crls.addSegment', 'CrlSegmentOctets', 'segmentId, octets, sha256')
  return (octets, sha256, ...values) => {
    keep(add.run(...values).lastInsertRowid, octets, sha256)
  }
}

function publication(db: Database): WritesByName {
  const add = insert(
    db,
    'crls.publish',
    'PublishedCrl',
    'authorityId, shard, kind, number, base, thisUpdate, nextUpdate, length, entries, through, withdrawnThrough, ' +
      'head, tail, publishedAt',
    'stale',
  )
  const holds = (sql: string): Check => {
    const statement = db.prepare(sql)
    return (...values) => statement.get(...values) !== undefined
  }
  const isLast = holds(
    `SELECT 1 WHERE (SELECT MAX(number) FROM PublishedCrl WHERE ${SCOPE} AND kind = 'complete') IS ?`,
  )
  // A step back would be a CRL with a higher number that knows less than one before.
  const knowsMore = holds(
    `SELECT 1 FROM PublishedCrl WHERE ${SCOPE} AND (number > ? OR through > ? OR withdrawnThrough > ?)`,
  )
  const taken = holds(`SELECT 1 FROM PublishedCrl WHERE ${SCOPE} AND number = ?`)
  const show = db.prepare(`UPDATE CrlSegment SET published = 1 WHERE ${SCOPE} AND since = ?`)
  const drop = db.prepare('UPDATE CrlSegment SET until = ? WHERE id IN (SELECT value FROM json_each(?))')
  const prune = pruning(db)
  const row = (values: readonly WireValue[]) => values.slice(0, ROW)
  const check = (authority: WireValue, shard: WireValue, values: readonly WireValue[]) => {
    const [, , , number, , , , , , through, withdrawnThrough] = values as WireValue[]
    if (knowsMore(authority, shard, number ?? null, through ?? null, withdrawnThrough ?? null))
      throw new Conflict('stale', 'crls.publish')
  }
  return {
    'crls.publish': (...values) => {
      const [authority = null, shard = null, , number = null] = values
      const [basedOn = null, dropped = null] = values.slice(ROW)
      if (!isLast(authority, shard, basedOn) || taken(authority, shard, number))
        throw new Conflict('stale', 'crls.publish')
      check(authority, shard, values)
      add(...row(values))
      show.run(authority, shard, number)
      drop.run(number, dropped)
      prune(authority, shard, 'complete', values[ROW - 1] as number)
    },
    'crls.publishDelta': (...values) => {
      const [authority = null, shard = null] = values
      check(authority, shard, values)
      add(...row(values))
      prune(authority, shard, 'delta', values[ROW - 1] as number)
    },
  }
}
/** Values of a row of PublishedCrl. */
const ROW = 14

/** Drops CRLs that nobody can be reading any more, and segments that are in none. */
function pruning(db: Database) {
  const place = `${SCOPE} AND kind = ?`
  const nth = (offset: number) =>
    `(SELECT number FROM PublishedCrl WHERE ${place} ORDER BY number DESC LIMIT 1 OFFSET ${offset})`
  // What was published before that hour began was superseded in it, at the earliest.
  const prune = db.prepare(
    `DELETE FROM PublishedCrl WHERE ${place} AND number < ${nth(1)} AND (number < ${nth(MOST_KEPT - 1)} OR
       number < (SELECT MAX(number) FROM PublishedCrl WHERE ${place} AND publishedAt <= ?))`,
  )
  const unseen = dropSegments(
    db,
    `(until <= (SELECT MIN(number) FROM PublishedCrl WHERE ${place}) OR (published = 0 AND since < ?))`,
  )
  const last = db.prepare(`SELECT MAX(number) FROM PublishedCrl WHERE ${place}`).pluck()
  return (authority: WireValue, shard: WireValue, kind: 'complete' | 'delta', publishedAt: number): void => {
    const at = [authority, shard, kind] as const
    prune.run(...at, ...at, ...at, ...at, publishedAt - SUPERSEDED_KEPT)
    if (kind === 'complete') unseen(authority, shard, ...at, last.get(...at) as number)
  }
}

/** Segments and their octets, of a scope. */
function dropSegments(db: Database, which: string): Change {
  const octets = db.prepare(
    `DELETE FROM CrlSegmentOctets WHERE segmentId IN (SELECT id FROM CrlSegment WHERE ${SCOPE} AND ${which})`,
  )
  const segments = db.prepare(`DELETE FROM CrlSegment WHERE ${SCOPE} AND ${which}`)
  return (...values) => {
    octets.run(...values)
    segments.run(...values)
  }
}

function withdraw(db: Database): WritesByName[string] {
  const remove = db.prepare(
    `DELETE FROM PublishedCrl WHERE ${SCOPE} AND number = ? AND (kind = ? OR kind = 'delta')`,
  )
  const later = db.prepare(`SELECT 1 FROM PublishedCrl WHERE ${SCOPE} AND kind = 'complete' AND number > ?`)
  const back = db.prepare(`UPDATE CrlSegment SET until = NULL WHERE ${SCOPE} AND until = ?`)
  const drop = dropSegments(db, 'since = ?')
  return (authority, shard, kind, number) => {
    if (later.get(authority, shard, number) !== undefined) throw new Conflict('stale', 'crls.withdraw')
    remove.run(authority, shard, number, kind)
    if (kind !== 'complete') return
    drop(authority, shard, number)
    back.run(authority, shard, number)
  }
}
