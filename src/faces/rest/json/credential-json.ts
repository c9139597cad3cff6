import type {
  AccessKeyJson,
  CallerIdentityJson,
  OrganizationAccountJson,
  OrganizationJson,
  SessionJson,
} from '../../../contract/index.ts'
import type { AccessKey } from '../../../core/domain/access-keys.ts'
import type { Account } from '../../../core/domain/accounts.ts'
import { arns } from '../../../core/domain/arns.ts'
import type { Organization } from '../../../core/domain/identities.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import type { Session } from '../../../core/operations/access/assume-role.ts'
import type { CallerIdentity } from '../../../core/operations/access/caller-identity.ts'

/** A key without its secret, which only the answer that made it has. */
export const accessKeyJson = (
  { id, status, createdAt, lastUse }: AccessKey,
  user: string,
): AccessKeyJson => ({
  id,
  user,
  status,
  createdAt: isoOf(createdAt),
  ...(lastUse === undefined
    ? {}
    : {
        lastUsedAt: isoOf(lastUse.at),
        lastUsedService: lastUse.service,
        lastUsedRegion: lastUse.region,
      }),
})

export const sessionJson = ({ secret, expiresAt, ...session }: Session): SessionJson => ({
  ...session,
  secretAccessKey: secret,
  expiresAt: isoOf(expiresAt),
})

export const callerIdentityJson = ({
  account,
  arn,
  userId,
  credential,
}: CallerIdentity): CallerIdentityJson => ({
  account,
  arn,
  userId,
  ...(credential === undefined ? {} : { credential }),
})

export const organizationJson = ({ id, managementAccount, createdAt }: Organization): OrganizationJson => ({
  id,
  arn: arns.organization(managementAccount, id),
  managementAccount,
  createdAt: isoOf(createdAt),
})

export const organizationAccountJson = ({
  id,
  name,
  joinedAt,
}: Account & { readonly joinedAt: Millis }): OrganizationAccountJson => ({
  id,
  name,
  joinedAt: isoOf(joinedAt),
})
