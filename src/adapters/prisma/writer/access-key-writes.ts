import type { Database } from 'better-sqlite3'
import { Conflict, insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'
import { insertWhere } from './numbered.ts'

/** `secret` and `row` in ../access-key-writes.ts give the values in these orders. */
const SECRET_COLUMNS = 'id, accountId, region, purpose, provider, kekId, kekVersion, sealed, createdAt'
const ACCESS_KEY_COLUMNS =
  'id, accountId, userId, roleId, sessionName, secretId, tokenHash, sessionPolicies, sessionFacts, status, createdAt, expiresAt'
const SECRET_LENGTH = SECRET_COLUMNS.split(',').length

/** Writes about keys that requests are signed with. */
export function accessKeyWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const ofUser = 'id = ? AND accountId = ? AND userId IS NOT NULL'
  const dropSecret = db.prepare(`DELETE FROM Key WHERE id = (SELECT secretId FROM AccessKey WHERE ${ofUser})`)
  const remove = mustChange(db, 'accessKeys.remove', `DELETE FROM AccessKey WHERE ${ofUser}`)
  const expired = 'SELECT id FROM AccessKey WHERE expiresAt <= ? ORDER BY expiresAt LIMIT ?'
  const dropSecrets = db.prepare(
    `DELETE FROM Key WHERE id IN (SELECT secretId FROM AccessKey WHERE id IN (${expired}))`,
  )
  const dropKeys = db.prepare(`DELETE FROM AccessKey WHERE id IN (${expired})`)
  return {
    // A key that wasn't there isn't cached either.
    'accessKeys.add': addition(db),
    'accessKeys.setStatus': growing(
      mustChange(db, 'accessKeys.setStatus', `UPDATE AccessKey SET status = ? WHERE ${ofUser}`),
    ),
    'accessKeys.remove': growing((id, account) => {
      dropSecret.run(id, account)
      remove(id, account)
    }),
    'accessKeys.used': mayChange(
      db,
      'UPDATE AccessKey SET lastUsedAt = ?, lastUsedService = ?, lastUsedRegion = ? WHERE id = ?',
    ),
    // They have ended: whoever has one cached sees that by its time.
    'accessKeys.dropExpired': (now, limit) => {
      dropSecrets.run(now, limit)
      dropKeys.run(now, limit)
    },
  }
}

function addition(db: Database): Apply {
  const secret = insert(db, 'accessKeys.add', 'Key', `${SECRET_COLUMNS}, algorithm, spki`)
  const places = ACCESS_KEY_COLUMNS.split(',').map((_, index) => `?${index + 1}`)
  const key = insertWhere(
    db,
    'accessKeys.add',
    `INSERT INTO AccessKey (${ACCESS_KEY_COLUMNS}) SELECT ${places.join(', ')}
       WHERE EXISTS (SELECT 1 FROM User WHERE id = ?3 AND accountId = ?2)
          OR EXISTS (SELECT 1 FROM Role WHERE id = ?4 AND accountId = ?2)`,
  )
  const count = db.prepare('SELECT COUNT(*) FROM AccessKey WHERE userId = ?').pluck()
  return (most, ...values) => {
    secret(...values.slice(0, SECRET_LENGTH), 'HMAC_SHA256', new Uint8Array())
    const row = values.slice(SECRET_LENGTH)
    key(...row)
    if ((count.get(row[2]) as number) > (most as number)) throw new Conflict('refused', 'accessKeys.add')
  }
}
