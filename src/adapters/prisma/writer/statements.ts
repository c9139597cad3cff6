import type { Database } from 'better-sqlite3'
import { auditChain, type AuditChain } from './audit-chain.ts'
import { authorityWrites } from './authority-writes.ts'
import { certificateWrites } from './certificate-writes.ts'
import { compromisedKeyWrites } from './compromised-key-writes.ts'
import { webhookWrites } from './webhook-writes.ts'
import { eventWrites } from './event-writes.ts'
import { keepingFormer } from './former-certificates.ts'
import { profileWrites } from './profile-writes.ts'
import { importWrites } from './import-writes.ts'
import { insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'
import { managedOptionsWrites } from './managed-options-writes.ts'
import { managedWrites } from './managed-writes.ts'
import { auditWrites } from './audit-writes.ts'
import { certificateArchiveWrites } from './certificate-archive-writes.ts'
import { approvalWrites } from './approval-writes.ts'
import { mailboxWrites } from './mailbox-writes.ts'
import { revocationWrites } from './revocation-writes.ts'
import { outgoingObjectWrites } from './outgoing-object-writes.ts'
import { bucketWrites } from './bucket-writes.ts'
import { reportWrites } from './report-writes.ts'
import { credentialWrites } from './credential-writes.ts'
import { crlWrites } from './crl-writes.ts'
import { ocspWrites } from './ocsp-writes.ts'
import { repositoryWrites } from './repository-writes.ts'
import { rateCounterWrites } from './rate-counter-writes.ts'
import { rotationWrites } from './rotation-writes.ts'
import { shardWrites } from './shard-writes.ts'
import { shareWrites } from './share-writes.ts'
import { stackWrites } from './stack-writes.ts'
import { zoneWrites } from './zone-writes.ts'
import { accessKeyWrites } from './access-key-writes.ts'
import { identityWrites } from './identity-writes.ts'
import { organizationWrites } from './organization-writes.ts'

export type Statements = { readonly apply: WritesByName; readonly audit: AuditChain }

/** Every write of the product as prepared SQL; with its neighbours here, the one place where rows are changed. */
export function prepareStatements(db: Database, serverId: string): Statements {
  const audit = auditChain(db)
  return {
    audit,
    apply: keepingFormer(db, {
      'settings.put': insert(db, 'settings.put', 'Setting', 'name, value'),
      'settings.set': mayChange(
        db,
        'INSERT INTO Setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      ),
      'accounts.add': insert(db, 'accounts.add', 'Account', 'id, name, createdAt'),
      'keys.add': insert(
        db,
        'keys.add',
        'Key',
        'id, accountId, region, purpose, algorithm, spki, provider, kekId, kekVersion, sealed, createdAt',
      ),
      'keys.rewrap': rewrap(db),
      ...cachedThings(db, serverId, growing(db)),
      ...compromisedKeyWrites(db, growing(db)),
      ...certificateWrites(db, serverId),
      ...importWrites(db),
      ...credentialWrites(db, growing(db)),
      ...crlWrites(db),
      ...revocationWrites(db),
      ...repositoryWrites(db),
      ...rateCounterWrites(db),
      ...rotationWrites(db, growing(db)),
      ...shardWrites(db, growing(db)),
      ...shareWrites(db, growing(db)),
      ...stackWrites(db),
      ...reportWrites(db),
      ...bucketWrites(db),
      ...outgoingObjectWrites(db),
      ...ocspWrites(db, growing(db)),
      ...managedWrites(db),
      ...managedOptionsWrites(db),
      ...eventWrites(db),
      ...zoneWrites(db),
      ...mailboxWrites(db),
      ...approvalWrites(db),
      ...auditWrites(db),
      ...certificateArchiveWrites(db),
      ...webhookWrites(db, growing(db)),
      ...profileWrites(db, growing(db)),
      ...identityWrites(db, growing(db)),
      ...accessKeyWrites(db, growing(db)),
      ...organizationWrites(db, growing(db)),
      ...idempotencyWrites(db),
      ...leaseWrites(db),
      'audit.append': audit.append,
    }),
  }
}

const rewrap = (db: Database): Apply =>
  mustChange(
    db,
    'keys.rewrap',
    'UPDATE Key SET provider = ?, kekId = ?, kekVersion = ?, sealed = ? WHERE id = ? AND sealed = ?',
  )

/** What every process caches: each change makes a new generation, and they look again. */
function growing(db: Database): (apply: Apply) => Apply {
  const grow = db.prepare('UPDATE Generation SET value = value + 1 WHERE id = 1')
  return (apply) =>
    (...values) => {
      apply(...values)
      grow.run()
    }
}

/** Tokens, authorities and their keys. */
function cachedThings(db: Database, serverId: string, growing: (apply: Apply) => Apply): WritesByName {
  return {
    'tokens.add': growing(
      insert(
        db,
        'tokens.add',
        'Token',
        'id, accountId, name, role, installation, hash, createdAt, expiresAt, revokedAt, userId, roleId, sessionName, scope',
      ),
    ),
    'tokens.rotate': growing(
      mustChange(
        db,
        'tokens.rotate',
        `UPDATE Token SET previousHash = hash, hash = ?, previousUntil = ?, rotatedAt = ?, expiresAt = ?
           WHERE id = ? AND accountId = ? AND revokedAt IS NULL AND rotatedAt IS ? AND (expiresAt IS NULL OR expiresAt > ?)`,
      ),
    ),
    'tokens.revoke': growing(
      mustChange(
        db,
        'tokens.revoke',
        'UPDATE Token SET revokedAt = ? WHERE id = ? AND accountId = ? AND revokedAt IS NULL',
      ),
    ),
    ...Object.fromEntries(
      Object.entries(authorityWrites(db, serverId)).map(([name, apply]) => [name, growing(apply)]),
    ),
    'keys.rewrapCached': growing(rewrap(db)),
    // A key that is destroyed must be found nowhere any more.
    'keys.destroy': growing(mustChange(db, 'keys.destroy', 'DELETE FROM Key WHERE id = ?')),
  }
}

function idempotencyWrites(db: Database): WritesByName {
  return {
    'idempotency.add': insert(
      db,
      'idempotency.add',
      'Idempotency',
      'scope, request, resource, createdAt',
      'idempotency',
    ),
    'idempotency.replace': mustChange(
      db,
      'idempotency.replace',
      'UPDATE Idempotency SET resource = ?, createdAt = ? WHERE scope = ? AND resource = ? AND request = ?',
      'idempotency',
    ),
    'idempotency.dropOlderThan': mayChange(db, 'DELETE FROM Idempotency WHERE createdAt < ?'),
  }
}

function leaseWrites(db: Database): WritesByName {
  return {
    'leases.take': mustChange(
      db,
      'leases.take',
      `INSERT INTO Lease (name, owner, expiresAt) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
         SET owner = excluded.owner, expiresAt = excluded.expiresAt
         WHERE owner = excluded.owner OR expiresAt <= ?`,
    ),
    'leases.release': mayChange(db, 'DELETE FROM Lease WHERE name = ? AND owner = ?'),
  }
}
