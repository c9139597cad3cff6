import type { Database } from 'better-sqlite3'
import type {
  AccessKey,
  AccessKeyHolder,
  AccessKeyStatus,
  SealedAccessKey,
} from '../../../core/domain/access-keys.ts'
import type { AccessKeyId, AccountId, KeyId, Region, RoleId, UserId } from '../../../core/domain/ids.ts'
import type { StoredSecret } from '../../../core/domain/keys.ts'
import type { Facts } from '../../../core/domain/policies/decide.ts'
import type { AccessKeyReads } from '../../../core/ports/access-key-store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type KeyRow = Raw<models.AccessKeyModel>
type SealedRow = KeyRow & {
  readonly secretRegion: string
  readonly provider: string
  readonly kekId: string
  readonly kekVersion: number
  readonly sealed: Uint8Array
  readonly sealedAt: number
}

/** Reads about keys that requests are signed with. */
export function accessKeyReads(db: Database): AccessKeyReads {
  const get = db.prepare(
    `SELECT a.*, k.region AS secretRegion, k.provider, k.kekId, k.kekVersion, k.sealed, k.createdAt AS sealedAt
       FROM AccessKey a JOIN Key k ON k.id = a.secretId AND k.purpose = 'access-key' WHERE a.id = ?`,
  )
  const ofUser = db.prepare('SELECT * FROM AccessKey WHERE userId = ? ORDER BY id')
  return {
    accessKeys: {
      get: async (id) => {
        const row = get.get(id) as SealedRow | undefined
        return row === undefined ? undefined : sealedFrom(row)
      },
      ofUser: async (user) => (ofUser.all(user) as KeyRow[]).map(accessKeyFrom),
    },
  }
}

const sealedFrom = (row: SealedRow): SealedAccessKey => ({
  ...accessKeyFrom(row),
  sealedSecret: {
    id: row.secretId as KeyId,
    account: row.accountId as AccountId,
    region: row.secretRegion as Region,
    purpose: 'access-key',
    provider: row.provider,
    kekId: row.kekId,
    kekVersion: row.kekVersion,
    sealed: row.sealed,
    createdAt: row.sealedAt,
  } satisfies StoredSecret,
})

const accessKeyFrom = (row: KeyRow): AccessKey => ({
  id: row.id as AccessKeyId,
  account: row.accountId as AccountId,
  holder: holderFrom(row),
  status: row.status as AccessKeyStatus,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt ?? undefined,
  lastUse:
    row.lastUsedAt === null || row.lastUsedService === null || row.lastUsedRegion === null
      ? undefined
      : { at: row.lastUsedAt, service: row.lastUsedService, region: row.lastUsedRegion },
})

/** @throws Error for a row that is neither a user's nor a whole session's: nobody must act by it */
function holderFrom(row: KeyRow): AccessKeyHolder {
  if (row.userId !== null) return { kind: 'user', user: row.userId as UserId }
  if (row.roleId === null || row.sessionName === null || row.tokenHash === null)
    throw new Error(`access key ${row.id} is nobody’s`)
  return {
    kind: 'session',
    role: row.roleId as RoleId,
    session: row.sessionName,
    policies: row.sessionPolicies === null ? undefined : (JSON.parse(row.sessionPolicies) as string[]),
    facts: row.sessionFacts === null ? {} : (JSON.parse(row.sessionFacts) as Facts),
    tokenHash: row.tokenHash,
  }
}
