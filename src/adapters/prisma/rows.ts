import type { Account, Token } from '../../core/domain/accounts.ts'
import { ROLES } from '../../core/domain/policies/built-in.ts'
import type {
  Authority,
  AuthorityKind,
  CaaMode,
  FailureReason,
  RenewalPolicy,
  StoredAuthorityStatus,
} from '../../core/domain/authorities.ts'
import type { UsageMode } from '../../core/domain/usage-modes.ts'
import { CERTIFICATE_STATES, type Certificate } from '../../core/domain/certificates.ts'
import type { ShardId } from '../../core/domain/crl-scopes.ts'
import {
  serialOf,
  type AccountId,
  type AuthorityId,
  type KeyId,
  type ProfileId,
  type Region,
  type RoleId,
  type TokenId,
  type UserId,
} from '../../core/domain/ids.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from '../../core/domain/key-algorithms.ts'
import type { KeyStorageStandard } from '../../core/domain/key-storage-standards.ts'
import type { KeyPurpose, StoredKey } from '../../core/domain/keys.ts'
import type { NameConstraints } from '../../core/domain/names.ts'
import type { CustomProfile, ProfileRules } from '../../core/domain/profiles.ts'
import { reasonNamed } from '../../core/domain/revocation.ts'
import {
  configuredRevocation,
  usualRevocation,
  type RevocationWishes,
} from '../../core/domain/revocation-configuration.ts'
import type { ServicePermission } from '../../core/domain/share-permissions.ts'
import type * as models from './generated/models.ts'

/** A row as prepared SQL gives it: times as milliseconds, booleans as 0 and 1, integers as numbers. */
export type Raw<Row> = {
  readonly [Column in keyof Row]: Row[Column] extends Date
    ? number
    : Row[Column] extends Date | null
      ? number | null
      : Row[Column] extends boolean
        ? number
        : Row[Column] extends bigint
          ? number
          : Row[Column]
}
/** What Prisma's client gives, in the shape of prepared SQL, so that each model has one mapping. */
export function rawOf<Row extends object>(row: Row): Raw<Row> {
  const raw = Object.entries(row).map(([column, value]: [string, unknown]) => [
    column,
    value instanceof Date
      ? value.getTime()
      : typeof value === 'boolean' || typeof value === 'bigint'
        ? Number(value)
        : value,
  ])
  return Object.fromEntries(raw) as Raw<Row>
}

export type AuthorityRow = Raw<models.AuthorityModel>
export type KeyRow = Raw<models.KeyModel>
export type TokenRow = Raw<models.TokenModel>
export type AccountRow = Raw<models.AccountModel>
export type ProfileRow = Raw<models.ProfileModel>
export type CertificateRow = Raw<models.CertificateModel> & {
  readonly revokedAt: number | null
  readonly reason: number | null
}

const orUndefined = <T>(value: T | null): T | undefined => value ?? undefined

export const accountFrom = (row: AccountRow): Account => ({
  id: row.id as AccountId,
  name: row.name,
  createdAt: row.createdAt,
})

export const tokenFrom = (row: TokenRow): Token => ({
  id: row.id as TokenId,
  account: row.accountId as AccountId,
  name: row.name,
  role: ROLES.find((role) => role === row.role),
  ...(row.userId === null ? {} : { user: row.userId as UserId }),
  ...(row.roleId === null || row.sessionName === null
    ? {}
    : { assumes: { role: row.roleId as RoleId, session: row.sessionName } }),
  ...(row.scope === null ? {} : { scope: row.scope }),
  installation: row.installation === 1,
  createdAt: row.createdAt,
  expiresAt: orUndefined(row.expiresAt),
  revokedAt: orUndefined(row.revokedAt),
  ...(row.rotatedAt === null || row.previousUntil === null
    ? {}
    : { rotation: { at: row.rotatedAt, previousUntil: row.previousUntil } }),
})

export const keyFrom = (row: KeyRow): StoredKey => ({
  id: row.id as KeyId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  purpose: row.purpose as KeyPurpose,
  algorithm: row.algorithm as KeyAlgorithm,
  spki: row.spki,
  provider: row.provider,
  kekId: row.kekId,
  kekVersion: row.kekVersion,
  sealed: row.sealed,
  createdAt: row.createdAt,
})

export const authorityFrom = (row: AuthorityRow): Authority => ({
  id: row.id as AuthorityId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  name: row.name,
  kind: row.kind as AuthorityKind,
  parent: orUndefined(row.parentId) as AuthorityId | undefined,
  status: row.status as StoredAuthorityStatus,
  key: row.keyId as KeyId,
  keyAlgorithm: row.keyAlgorithm as KeyAlgorithm,
  signatureAlgorithm: row.signatureAlgorithm as SignatureAlgorithm,
  subject: row.subject,
  pathLength: orUndefined(row.pathLength),
  nameConstraints:
    row.nameConstraints === null ? undefined : (JSON.parse(row.nameConstraints) as NameConstraints),
  ...(row.allowedProfiles === null
    ? {}
    : { allowedProfiles: JSON.parse(row.allowedProfiles) as readonly string[] }),
  usageMode: row.usageMode as UsageMode,
  revocation: configuredRevocation(
    usualRevocation(row.usageMode as UsageMode),
    JSON.parse(row.revocation) as RevocationWishes,
  ),
  completeCrlUntil: orUndefined(row.completeCrlUntil),
  failureReason: orUndefined(row.failureReason) as FailureReason | undefined,
  deletion:
    row.deletedFrom === null || row.restorableUntil === null
      ? undefined
      : {
          from: row.deletedFrom as StoredAuthorityStatus,
          restorableUntil: row.restorableUntil,
          purgedAt: orUndefined(row.purgedAt),
        },
  csrDer: orUndefined(row.csrDer),
  externalChain: orUndefined(row.externalChain),
  successor: orUndefined(row.successorId) as AuthorityId | undefined,
  renewal: row.renewal as RenewalPolicy,
  caa: row.caa as CaaMode,
  servicePermission:
    row.servicePermission === null ? undefined : (JSON.parse(row.servicePermission) as ServicePermission),
  tags: JSON.parse(row.tags) as Readonly<Record<string, string>>,
  keyStorageStandard: orUndefined(row.keyStorageStandard) as KeyStorageStandard | undefined,
  isDefault: row.isDefault === 1,
  createdAt: row.createdAt,
  certificate:
    row.certificateDer === null ||
    row.certificateSerial === null ||
    row.notBefore === null ||
    row.notAfter === null
      ? undefined
      : {
          der: row.certificateDer,
          serial: serialOf(row.certificateSerial),
          notBefore: row.notBefore,
          notAfter: row.notAfter,
        },
})

export const profileFrom = (row: ProfileRow): CustomProfile => ({
  id: row.id as ProfileId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  name: row.name,
  version: row.version,
  authority: orUndefined(row.authorityId) as AuthorityId | undefined,
  rules: JSON.parse(row.rules) as ProfileRules,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

export const certificateFrom = (row: CertificateRow): Certificate => ({
  authority: row.authorityId as AuthorityId,
  serial: serialOf(row.serial),
  account: row.accountId as AccountId,
  region: row.region as Region,
  state: CERTIFICATE_STATES[row.state] ?? 'abandoned',
  der: row.der,
  notBefore: row.notBefore,
  notAfter: row.notAfter,
  issuedAt: row.issuedAt,
  key: orUndefined(row.keyId) as KeyId | undefined,
  profile: row.profile,
  warnings: row.warnings === null ? [] : (JSON.parse(row.warnings) as string[]),
  revocation:
    row.revokedAt === null ? undefined : { revokedAt: row.revokedAt, reason: reasonNamed(row.reason ?? 0) },
  ...(row.shard === null ? {} : { shard: row.shard as ShardId }),
  ...(row.lenderId === null ? {} : { lender: row.lenderId as AccountId }),
  ...(row.archived === null ? {} : { archived: row.archived }),
})
