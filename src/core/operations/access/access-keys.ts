import { authorize, type Principal } from '../../domain/access.ts'
import {
  SIGNING_PREFIX,
  type AccessKey,
  type AccessKeyStatus,
  type SealedAccessKey,
} from '../../domain/access-keys.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { MAX_ACCESS_KEYS } from '../../domain/identities.ts'
import type { AccessKeyId, AccountId, KeyId } from '../../domain/ids.ts'
import type { StoredSecret } from '../../domain/keys.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, secretShown, type Once, type Remember } from '../idempotency.ts'
import { newAwsId, newUuid } from '../new-ids.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { limitsOf, refuseUnbounded } from './limits.ts'
import { notThere, recorded, type Recording } from './recorded.ts'
import { userAt } from './users.ts'

/** 240 bits as 40 characters, as AWS writes them. */
export const newSecret = (ports: Pick<Ports, 'random'>): string =>
  Buffer.from(ports.random.bytes(30)).toString('base64')

/** A secret at rest as signatures begin with it; see SealedAccessKey. @throws kms_unavailable */
export async function sealedSecret(
  ports: Pick<Ports, 'vault' | 'random' | 'clock' | 'settings'>,
  account: AccountId,
  secret: string,
): Promise<StoredSecret> {
  const octets = Buffer.from(`${SIGNING_PREFIX}${secret}`)
  try {
    return await ports.vault.keepSecret(
      {
        account,
        region: ports.settings.globalRegion,
        id: newUuid(ports.random, ports.clock.now()) as KeyId,
        purpose: 'access-key',
      },
      octets,
    )
  } finally {
    octets.fill(0)
  }
}

export type NewAccessKey = { readonly key: AccessKey; readonly secret: string }

/**
 * Makes a key that a user signs requests with. The secret is in the answer and nowhere else in the clear.
 * @throws not_found, limit_exceeded, kms_unavailable; forbidden for a bounded caller and a user whom its boundary doesn't
 * bind
 */
export async function createAccessKey(
  ports: Recording & Pick<Ports, 'vault' | 'settings'>,
  principal: Principal,
  userName: string,
  { idempotency }: Once = {},
): Promise<NewAccessKey> {
  authorize(principal, 'iam:CreateAccessKey', arns.user(principal.account, userName))
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateAccessKey',
    attempt: (remember) => addAccessKey(ports, principal, userName, remember),
    replay: async (id) => secretShown('access key', id, 'delete it, and make another with another key'),
  })
}

async function addAccessKey(
  ports: Recording & Pick<Ports, 'vault' | 'settings'>,
  principal: Principal,
  userName: string,
  remember: Remember,
): Promise<NewAccessKey> {
  const { account } = principal
  const limits = await limitsOf(ports, principal)
  const user = await userAt(ports, principal, userName)
  refuseUnbounded(limits, user.boundary)
  await refuseBeyondQuota(ports, 'accessKeys', principal)
  const time = ports.clock.now()
  const secret = newSecret(ports)
  const key: SealedAccessKey = {
    id: newAwsId(ports.random, 'AKIA') as AccessKeyId,
    account,
    holder: { kind: 'user', user: user.id },
    status: 'ACTIVE',
    createdAt: time,
    expiresAt: undefined,
    lastUse: undefined,
    sealedSecret: await sealedSecret(ports, account, secret),
  }
  await recorded(ports, principal, {
    event: 'CreateAccessKey',
    time,
    resources: [arns.user(account, userName)],
    request: { userName },
    response: { accessKeyId: key.id },
    writes: (writes) => [writes.accessKeys.add(key, MAX_ACCESS_KEYS), ...remember(writes, key.id)],
    conflicts: {
      stale: notThere('user'),
      refused: () =>
        new ChanceryError(
          'limit_exceeded',
          `${userName} has ${MAX_ACCESS_KEYS} access keys, as many as there may be; delete one`,
        ),
    },
  })
  return { key, secret }
}

/** A user's keys, without their secrets. @throws not_found */
export async function listAccessKeys(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  userName: string,
): Promise<readonly AccessKey[]> {
  authorize(principal, 'iam:ListAccessKeys', arns.user(principal.account, userName))
  const user = await userAt(ports, principal, userName)
  return ports.store.reads.accessKeys.ofUser(user.id)
}

/** Which key of which user. */
export type KeyOfUser = { readonly user: string; readonly id: string }

/**
 * Disables a key, or lets it work again: from the next call on, in every process.
 * @throws not_found, state_conflict for the last administrator's; forbidden as for making one
 */
export async function updateAccessKey(
  ports: Recording,
  principal: Principal,
  { user: userName, id }: KeyOfUser,
  status: AccessKeyStatus,
): Promise<AccessKey> {
  const { account } = principal
  authorize(principal, 'iam:UpdateAccessKey', arns.user(account, userName))
  const key = await keyAt(ports, principal, userName, id, status === 'ACTIVE')
  await recorded(ports, principal, {
    event: 'UpdateAccessKey',
    time: ports.clock.now(),
    resources: [arns.user(account, userName)],
    request: { userName, accessKeyId: key.id, status },
    writes: (writes) => [writes.accessKeys.setStatus(account, key.id, status)],
    conflicts: { stale: notThere('access key') },
    keepsAdministrator: account,
  })
  return { ...key, status }
}

/** Ends a key at once, in every process, with its secret. @throws not_found, state_conflict for the last administrator's */
export async function deleteAccessKey(
  ports: Recording,
  principal: Principal,
  { user: userName, id }: KeyOfUser,
): Promise<void> {
  const { account } = principal
  authorize(principal, 'iam:DeleteAccessKey', arns.user(account, userName))
  const key = await keyAt(ports, principal, userName, id, false)
  await recorded(ports, principal, {
    event: 'DeleteAccessKey',
    time: ports.clock.now(),
    resources: [arns.user(account, userName)],
    request: { userName, accessKeyId: key.id },
    writes: (writes) => [writes.accessKeys.remove(account, key.id)],
    conflicts: { stale: notThere('access key') },
    keepsAdministrator: account,
  })
}

/** @param opens whether somebody may act afterwards who couldn't before */
async function keyAt(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  userName: string,
  id: string,
  opens: boolean,
): Promise<AccessKey> {
  const limits = opens ? await limitsOf(ports, principal) : undefined
  const user = await userAt(ports, principal, userName)
  if (limits !== undefined) refuseUnbounded(limits, user.boundary)
  const key = (await ports.store.reads.accessKeys.ofUser(user.id)).find((each) => each.id === id)
  if (key === undefined) throw notThere('access key')()
  return key
}
