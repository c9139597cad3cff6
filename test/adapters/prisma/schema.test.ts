import Database from 'better-sqlite3'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { anAuthority, anIntent, aStore, NOW, PLACE, publishOne } from './rows.ts'

/** The columns of each model, as the Prisma schema has them. */
function modelsOfSchema(): Map<string, string[]> {
  const schema = readFileSync('prisma/schema.prisma', 'utf8')
  const models = new Map<string, string[]>()
  for (const [, name, body] of schema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)) {
    const columns = [...(body ?? '').matchAll(/^ {2}(\w+) +\w+/gm)].map((match) => match[1] as string)
    models.set(name as string, columns.sort())
  }
  return models
}

const SOURCE = [
  'statements',
  'authority-writes',
  'certificate-writes',
  'compromised-key-writes',
  'crl-writes',
  'import-writes',
  'ocsp-writes',
  'profile-writes',
  'shard-writes',
  'identity-writes',
  'managed-policy-writes',
  'report-writes',
  'share-writes',
  'zone-writes',
  'audit-writes',
]
  .map((name) => readFileSync(`src/adapters/prisma/writer/${name}.ts`, 'utf8'))
  .join('')

describe('prepared SQL and schema.prisma', () => {
  it('agree column by column: the database has what the schema says', async () => {
    await using store = await aStore()
    const db = new Database(store.file, { readonly: true })
    const models = modelsOfSchema()
    expect(models.size).toBeGreaterThan(10)
    for (const [model, columns] of models) {
      const actual = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(model) as string[]
      expect(actual.sort(), model).toEqual(columns)
    }
    db.close()
  })

  it('keeps names without a rowid, whatever migrations do', async () => {
    await using store = await aStore()
    const db = new Database(store.file, { readonly: true })
    const withoutRowid = db.prepare("SELECT wr FROM pragma_table_list('CertificateName')").pluck().get()
    expect(withoutRowid).toBe(1)
    db.close()
  })

  it('INSERTs name every column of their table that has no default', () => {
    const models = modelsOfSchema()
    // Filled by SQLite (rowid), by a default, or by a later UPDATE.
    const left: Record<string, string[]> = {
      Account: ['organizationId', 'joinedAt'],
      Token: ['previousHash', 'previousUntil', 'rotatedAt'],
      Certificate: ['id', 'service', 'archived'],
      PublishedCrl: ['id'],
      Restore: ['id'],
      CrlShard: ['id', 'closedAt', 'crlNumber'],
      AuditReport: ['lease', 'total', 'size', 'sha256', 'failure', 'finishedAt'],
      Authority: [
        'allowedProfiles',
        'completeCrlUntil',
        'crlNumber',
        'certificateDer',
        'certificateSerial',
        'notBefore',
        'notAfter',
        'deletedFrom',
        'restorableUntil',
        'successorId',
        'purgedAt',
      ],
    }
    const inserts = [...SOURCE.matchAll(/insert\(\s*db,\s*'[\w.]+',\s*'(\w+)',\s*((?:'[^']*'\s*\+?\s*)+)/g)]
    expect(inserts.map((match) => match[1])).toEqual(
      expect.arrayContaining([
        'Account',
        'Token',
        'Key',
        'Authority',
        'Certificate',
        'PublishedCrl',
        'Profile',
        'Idempotency',
        'Setting',
      ]),
    )
    for (const [, table, list] of inserts) {
      const named = [...(list ?? '').matchAll(/'([^']*)'/g)]
        .map((match) => match[1])
        .join('')
        .split(',')
        .map((name) => name.trim())
      const expected = (models.get(table as string) ?? []).filter(
        (column) => !left[table as string]?.includes(column),
      )
      expect(named.sort(), table).toEqual(expected)
    }
  })

  it('give back through Prisma what was written by SQL', async () => {
    await using store = await aStore()
    const authority = anAuthority({ pathLength: 1, isDefault: true })
    const { PLACE: place, ...account } = { PLACE, id: PLACE.account, name: 'first', createdAt: NOW }
    await store.transact((writes) => [writes.accounts.add(account), writes.authorities.add(authority)])
    await publishOne(store, anIntent())
    expect(await store.reads.accounts.get(place.account)).toEqual(account)
    const viaPrisma = await store.reads.authorities.list(place, {}, NOW, { limit: 10, after: undefined })
    expect(viaPrisma.items).toEqual([authority])
    expect(await store.reads.authorities.byName(place, 'issuing')).toEqual(authority)
  })
})
