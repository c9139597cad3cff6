import { createHash } from 'node:crypto'
import type { Database, Statement } from 'better-sqlite3'
import type { WireValue } from './protocol.ts'

/** Thrown inside a member; rolls back that member only. */
export class Conflict extends Error {
  readonly reason: 'exists' | 'stale' | 'idempotency'
  readonly subject: string
  constructor(reason: 'exists' | 'stale' | 'idempotency', subject: string) {
    super(`${subject}: ${reason}`)
    this.reason = reason
    this.subject = subject
  }
}

type Apply = (...values: WireValue[]) => void
export type Statements = {
  readonly apply: Readonly<Record<string, Apply>>
  /** Reads the head of the audit chain; at the start of each transaction, since other processes append too. */
  readonly refreshAuditHead: () => void
  readonly auditHead: () => AuditHead
  readonly restoreAuditHead: (head: AuditHead) => void
}
type AuditHead = { readonly id: number; readonly hash: Uint8Array }

const GENESIS: AuditHead = { id: 0, hash: new Uint8Array(32) }
const CERTIFICATE = 'serial = ? AND authorityId = ?'

/** Every write of the product as prepared SQL; the one place where rows are changed. */
export function prepareStatements(db: Database, serverId: string): Statements {
  const grow = db.prepare('UPDATE Generation SET value = value + 1 WHERE id = 1')

  /** One INSERT; a unique violation is the conflict named. */
  const insert = (subject: string, table: string, columns: string, reason: Conflict['reason'] = 'exists'): Apply => {
    const statement = db.prepare(
      `INSERT INTO ${table} (${columns}) VALUES (${columns.split(',').map(() => '?').join(', ')})`,
    )
    return (...values) => {
      try {
        statement.run(...values)
      } catch (error) {
        throw isUniqueViolation(error) ? new Conflict(reason, subject) : error
      }
    }
  }
  /** One UPDATE that must change a row, or it is stale. */
  const mustChange = (subject: string, sql: string, reason: Conflict['reason'] = 'stale'): Apply => {
    const statement = db.prepare(sql)
    return (...values) => {
      if (statement.run(...values).changes !== 1) throw new Conflict(reason, subject)
    }
  }
  /** With a new generation, so that every process drops what it has cached. */
  const invalidating =
    (apply: Apply): Apply =>
    (...values) => {
      apply(...values)
      grow.run()
    }

  const audit = auditChain(db)
  const apply: Record<string, Apply> = {
    'settings.put': insert('settings.put', 'Setting', 'name, value'),
    'accounts.add': insert('accounts.add', 'Account', 'id, name, createdAt'),
    'tokens.add': invalidating(
      insert(
        'tokens.add',
        'Token',
        'id, accountId, name, role, installation, hash, createdAt, expiresAt, revokedAt',
      ),
    ),
    'tokens.revoke': invalidating(
      mustChange(
        'tokens.revoke',
        'UPDATE Token SET revokedAt = ? WHERE id = ? AND accountId = ? AND revokedAt IS NULL',
      ),
    ),
    'keys.add': insert(
      'keys.add',
      'Key',
      'id, accountId, region, purpose, algorithm, spki, provider, kekId, kekVersion, sealed, createdAt',
    ),
    'authorities.add': invalidating(
      insert(
        'authorities.add',
        'Authority',
        'id, accountId, region, name, kind, parentId, status, keyId, keyAlgorithm, signatureAlgorithm, subject, ' +
          'pathLength, nameConstraints, crlDays, isDefault, createdAt',
      ),
    ),
    'authorities.activate': invalidating(
      mustChange(
        'authorities.activate',
        `UPDATE Authority SET status = 'ACTIVE', certificateDer = ?, certificateSerial = ?, notBefore = ?,
           notAfter = ? WHERE id = ? AND status = 'CREATING'`,
      ),
    ),
    'authorities.setStatus': invalidating(
      mustChange('authorities.setStatus', 'UPDATE Authority SET status = ? WHERE id = ? AND status = ?'),
    ),
    'authorities.makeDefault': invalidating(
      mustAffect(db, 'UPDATE Authority SET isDefault = (id = ?) WHERE accountId = ? AND region = ?'),
    ),
    'idempotency.add': insert(
      'idempotency.add',
      'Idempotency',
      'scope, request, resource, createdAt',
      'idempotency',
    ),
    'idempotency.replace': mustChange(
      'idempotency.replace',
      'UPDATE Idempotency SET resource = ?, createdAt = ? WHERE scope = ? AND resource = ? AND request = ?',
      'idempotency',
    ),
    'idempotency.dropOlderThan': mustAffect(db, 'DELETE FROM Idempotency WHERE createdAt < ?'),
    'crls.claimNumber': mustChange(
      'crls.claimNumber',
      'UPDATE Authority SET crlNumber = ? WHERE id = ? AND crlNumber < ?',
    ),
    'leases.take': mustChange(
      'leases.take',
      `INSERT INTO Lease (name, owner, expiresAt) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
         SET owner = excluded.owner, expiresAt = excluded.expiresAt
         WHERE owner = excluded.owner OR expiresAt <= ?`,
    ),
    'leases.release': mustAffect(db, 'DELETE FROM Lease WHERE name = ? AND owner = ?'),
    'audit.append': audit.append,
    ...certificateWrites(db, serverId, insert),
    ...crlWrites(db, insert),
  }
  return { apply, ...audit }
}

type Insert = (subject: string, table: string, columns: string, reason?: Conflict['reason']) => Apply

function certificateWrites(db: Database, serverId: string, insert: Insert): Record<string, Apply> {
  const reserve = insert(
    'certificates.reserve',
    'Certificate',
    'authorityId, serial, accountId, region, der, notBefore, notAfter, issuedAt, keyId, profile, warnings, state, lease',
  )
  const publish = db.prepare(
    `UPDATE Certificate SET state = 1, der = ?, lease = NULL WHERE ${CERTIFICATE} AND state = 0 AND lease = ?
       RETURNING id, accountId, region`,
  )
  const name = db.prepare(
    'INSERT OR IGNORE INTO CertificateName (accountId, region, name, certificateId) VALUES (?, ?, ?, ?)',
  )
  const abandon = db.prepare(
    `UPDATE Certificate SET state = 2, lease = NULL WHERE ${CERTIFICATE} AND state = 0
       AND (lease = ? OR lease NOT IN (SELECT owner FROM Lease WHERE name = 'server/' || owner AND expiresAt > ?))`,
  )
  const revokeRow = db.prepare(
    `INSERT INTO Revocation (certificateId, authorityId, accountId, region, serial, reason, revokedAt, notAfter)
       SELECT id, authorityId, accountId, region, serial, ?, ?, notAfter FROM Certificate
       WHERE ${CERTIFICATE} AND state <> 0`,
  )
  const revoke = (reason: WireValue, at: WireValue, serial: WireValue, authority: WireValue) => {
    try {
      if (revokeRow.run(reason, at, serial, authority).changes !== 1)
        throw new Conflict('stale', 'certificates.revoke')
    } catch (error) {
      throw isUniqueViolation(error) ? new Conflict('exists', 'certificates.revoke') : error
    }
  }
  return {
    'certificates.reserve': (...values) => {
      reserve(...values, 0, serverId)
    },
    'certificates.publish': (authority, serial, der, names) => {
      const row = publish.get(der, serial, authority, serverId) as PublishedRow | undefined
      if (row === undefined) throw new Conflict('stale', 'certificates.publish')
      for (const each of names as readonly string[]) name.run(row.accountId, row.region, each, row.id)
    },
    'certificates.abandon': (authority, serial, at, systemNow) => {
      if (abandon.run(serial, authority, serverId, systemNow).changes !== 1)
        throw new Conflict('stale', 'certificates.abandon')
      revoke(0, at, serial, authority)
    },
    'certificates.revoke': revoke,
  }
}
type PublishedRow = { readonly id: number; readonly accountId: string; readonly region: string }

function crlWrites(db: Database, insert: Insert): Record<string, Apply> {
  const add = insert(
    'crls.publish',
    'Crl',
    'authorityId, number, thisUpdate, nextUpdate, der, through',
    'stale',
  )
  const higher = db.prepare('SELECT 1 FROM Crl WHERE authorityId = ? AND number >= ?')
  // The one before stays for whoever is reading it; older ones are superseded and nobody names them.
  const prune = db.prepare(
    `DELETE FROM Crl WHERE authorityId = ? AND number <
       (SELECT number FROM Crl WHERE authorityId = ? ORDER BY number DESC LIMIT 1 OFFSET 1)`,
  )
  return {
    'crls.publish': (...values) => {
      const [authority, number] = values
      if (higher.get(authority, number) !== undefined) throw new Conflict('stale', 'crls.publish')
      add(...values)
      prune.run(authority, authority)
    },
  }
}

/** A statement that may change any number of rows. */
function mustAffect(db: Database, sql: string): Apply {
  const statement = db.prepare(sql)
  return (...values) => {
    statement.run(...values)
  }
}

/** hash = SHA-256(previous hash ‖ record): removing, changing or reordering an event breaks every later one. */
function auditChain(db: Database): Omit<Statements, 'apply'> & { append: Apply } {
  const last = db.prepare('SELECT id, hash FROM AuditEvent ORDER BY id DESC LIMIT 1') as Statement<[], AuditHead>
  const add = db.prepare(
    'INSERT INTO AuditEvent (accountId, region, name, time, record, id, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  let head = GENESIS
  return {
    append: (account, region, name, time, record) => {
      const hash = createHash('sha256').update(head.hash).update(record as string, 'utf8').digest()
      const id = head.id + 1
      add.run(account, region, name, time, record, id, hash)
      head = { id, hash }
    },
    refreshAuditHead: () => {
      head = last.get() ?? GENESIS
    },
    auditHead: () => head,
    restoreAuditHead: (saved) => {
      head = saved
    },
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
