import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openEnvelope, sealEnvelope } from '../../../src/adapters/kms/envelope.ts'
import { generatedKeyPair } from '../../../src/adapters/kms/key-pairs.ts'
import { openLocalKeyFile } from '../../../src/adapters/kms/local.ts'
import { keyFrom, type KeyRow } from '../../../src/adapters/prisma/rows.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import type { AccountId, KeyId, Region } from '../../../src/core/domain/ids.ts'

const random = createSystemRandom()
const COLUMNS =
  'id, accountId, region, purpose, algorithm, spki, provider, kekId, kekVersion, sealed, createdAt'

/** Puts real P-256 keys, sealed as the server seals them, into a database that no server has open; 0.2 ms each. */
export async function addWrappedKeys(dataDir: string, count: number): Promise<void> {
  const provider = await openLocalKeyFile(join(dataDir, 'kms.key'), random)
  const db = new Database(join(dataDir, 'chancery.db'))
  const add = db.prepare(`INSERT INTO Key (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  try {
    db.exec('BEGIN')
    for (let i = 0; i < count; i++) {
      const context = {
        account: '111122223333' as AccountId,
        region: 'us-east-1' as Region,
        id: `bench-${String(i).padStart(7, '0')}` as KeyId,
        purpose: 'certificate' as const,
      }
      const { spki, pkcs8Der } = await generatedKeyPair('EC_prime256v1')
      const { kekId, kekVersion, sealed } = await sealEnvelope(provider, random, context, pkcs8Der)
      const { id, account, region, purpose } = context
      add.run(id, account, region, purpose, 'EC_prime256v1', spki, 'local', kekId, kekVersion, sealed, 0)
    }
    db.exec('COMMIT')
  } finally {
    db.close()
  }
}

/**
 * Opens every key of a database.
 * @returns how many there are of each version
 * @throws Error naming the first that doesn't open
 */
export async function openEveryKey(dataDir: string): Promise<ReadonlyMap<number, number>> {
  const provider = await openLocalKeyFile(join(dataDir, 'kms.key'), random)
  const db = new Database(join(dataDir, 'chancery.db'), { readonly: true })
  const found = new Map<number, number>()
  try {
    for (const row of db.prepare('SELECT * FROM Key').iterate()) {
      const key = keyFrom(row as KeyRow)
      const { plaintext } = await openEnvelope(provider, key, key.sealed)
      plaintext.fill(0)
      found.set(key.kekVersion, (found.get(key.kekVersion) ?? 0) + 1)
    }
    return found
  } finally {
    db.close()
  }
}
