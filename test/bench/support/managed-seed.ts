import { randomBytes } from 'node:crypto'
import Database from 'better-sqlite3'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { newUuid } from '../../../src/core/operations/new-ids.ts'

const random = createSystemRandom()

export type Managed = {
  readonly count: number
  readonly kind: 'private' | 'validated'
  readonly keyAlgorithm: string
  readonly renewalKey: 'new' | 'keep'
  /** Of a version that stands; undefined: there is none yet, and its one name waits for its DNS record. */
  readonly keyId?: string
}

const MANAGED = [
  'id',
  'accountId',
  'region',
  'revision',
  'kind',
  'status',
  'domainName',
  'names',
  'keyAlgorithm',
  'authorityId',
  'profile',
  'validationMethod',
  'renewalKey',
  'exportable',
  'tags',
  'createdAt',
  'validateUntil',
  'dueAt',
  'attempts',
  'currentVersion',
]

/**
 * Puts managed certificates into a database that no server has open: issued ones, in use, that end in 30 days and are
 * due in a year; or pending ones that are due at once.
 */
export function addManaged(
  database: string,
  { count, kind, keyAlgorithm, renewalKey, keyId }: Managed,
): void {
  const db = new Database(database)
  const account = db
    .prepare("SELECT value FROM Setting WHERE name = 'installation.account'")
    .pluck()
    .get() as string
  const issuing = db
    .prepare("SELECT id FROM Authority WHERE accountId = ? AND name = 'issuing'")
    .pluck()
    .get(account)
  const add = db.prepare(
    `INSERT INTO ManagedCertificate (${MANAGED.join(', ')}) VALUES (${MANAGED.map(() => '?').join(', ')})`,
  )
  const version = db.prepare(
    `INSERT INTO ManagedVersion (managedId, number, authorityId, serial, keyId, notBefore, notAfter, createdAt,
       commonName, keyUsages, extendedKeyUsages)
       VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, '["digitalSignature"]', '["1.3.6.1.5.5.7.3.1"]')`,
  )
  const association = db.prepare(
    'INSERT INTO Association (managedId, resourceArn, createdAt) VALUES (?, ?, ?)',
  )
  const validation = db.prepare(
    `INSERT INTO DomainValidation (managedId, domain, method, validationDomain, status)
       VALUES (?, ?, 'DNS', ?, 'PENDING_VALIDATION')`,
  )
  const now = Date.now()
  try {
    db.exec('BEGIN')
    for (let at = 0; at < count; at++) {
      // As the product makes them: those of one time lie together.
      const id = newUuid(random, now - 365 * DAY + at * 1000)
      const name = `${keyAlgorithm.toLowerCase().replaceAll('_', '-')}-${renewalKey}-${at}.example.com`
      const issued = keyId !== undefined
      add.run(
        id,
        account,
        'us-east-1',
        1,
        kind,
        issued ? 'ISSUED' : 'PENDING_VALIDATION',
        name,
        JSON.stringify([name]),
        keyAlgorithm,
        kind === 'private' ? issuing : null,
        'tls-server',
        kind === 'private' ? null : 'DNS',
        renewalKey,
        1,
        '{}',
        now,
        issued ? null : now + 3 * DAY,
        issued ? now + 365 * DAY : now,
        0,
        issued ? 1 : null,
      )
      if (!issued) validation.run(id, name, name)
      else {
        version.run(id, issuing, randomBytes(16), keyId, now - 365 * DAY, now + 30 * DAY, now, name)
        association.run(
          id,
          `arn:aws:elasticloadbalancing:us-east-1:${account}:loadbalancer/app/bench/${at}`,
          now,
        )
      }
    }
    db.exec('COMMIT')
  } finally {
    db.close()
  }
}

/** Makes some of those in use due, while a server has the database open. */
export function makeDue(database: string, keyAlgorithm: string, renewalKey: string, count: number): void {
  const db = new Database(database, { timeout: 10_000 })
  db.prepare(
    `UPDATE ManagedCertificate SET dueAt = ? WHERE id IN (SELECT id FROM ManagedCertificate
       WHERE keyAlgorithm = ? AND renewalKey = ? AND currentVersion = 1 ORDER BY id LIMIT ?)`,
  ).run(Date.now(), keyAlgorithm, renewalKey, count)
  db.close()
}
