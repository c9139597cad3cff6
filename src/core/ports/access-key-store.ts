import type { AccessKey, AccessKeyStatus, AccessKeyUse, SealedAccessKey } from '../domain/access-keys.ts'
import type { AccessKeyId, AccountId, UserId } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

export type AccessKeyWrites = {
  readonly accessKeys: {
    /** With its sealed secret. Conflict `exists`; `stale` when whose it is isn't there; `refused` beyond `most` of a user. */
    add(key: SealedAccessKey, most: number): Write
    /** Conflict `stale` when the account has no such key of a user. */
    setStatus(account: AccountId, id: AccessKeyId, status: AccessKeyStatus): Write
    /** With its secret; conflict `stale` when the account has no such key of a user. */
    remove(account: AccountId, id: AccessKeyId): Write
    /** When it was used last; nothing happens when it is gone. */
    used(id: AccessKeyId, use: AccessKeyUse): Write
    /** Of sessions that had ended by `now`, the `limit` oldest, with their secrets. */
    dropExpired(now: Millis, limit: number): Write
  }
}

export type AccessKeyReads = {
  readonly accessKeys: {
    /** Whatever its status and end, with its secret sealed. */
    get(id: AccessKeyId): Promise<SealedAccessKey | undefined>
    /** Without the secrets; in order of ids. */
    ofUser(user: UserId): Promise<readonly AccessKey[]>
  }
}
