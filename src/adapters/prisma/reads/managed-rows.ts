import {
  serialOf,
  type AccountId,
  type AuthorityId,
  type KeyId,
  type ManagedId,
  type Region,
} from '../../../core/domain/ids.ts'
import type { KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import type { KeyUsage } from '../../../core/domain/key-usages.ts'
import type {
  ManagedCertificate,
  ManagedFailure,
  ManagedKind,
  ManagedVersion,
  Manager,
  RenewalKey,
  RenewalStatus,
  StoredManagedStatus,
  ValidationMethod,
  VersionFacts,
} from '../../../core/domain/managed-certificates.ts'
import { reasonNamed } from '../../../core/domain/revocation.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

export type VersionRow = Raw<models.ManagedVersionModel>
/** With the current version's columns as JSON would nest them, prefixed, and the ARNs that use it as a JSON list. */
export type ManagedRow = Raw<models.ManagedCertificateModel> & {
  readonly vNumber: number | null
  readonly vAuthorityId: string | null
  readonly vSerial: Uint8Array
  readonly vKeyId: string
  readonly vNotBefore: number
  readonly vNotAfter: number
  readonly vCreatedAt: number
  readonly vDer: Uint8Array | null
  readonly vChain: Uint8Array | null
  readonly vCommonName: string | null
  readonly vKeyUsages: string | null
  readonly vExtendedKeyUsages: string | null
  readonly uses: string
  readonly revokedAt: number | null
  readonly reason: number | null
}

/** A managed certificate with the version that stands and its revocation. */
export const MANAGED_JOINED = `ManagedCertificate m
    LEFT JOIN ManagedVersion v ON v.managedId = m.id AND v.number = m.currentVersion
    LEFT JOIN Certificate c ON c.serial = v.serial AND c.authorityId = v.authorityId
    LEFT JOIN Revocation r ON r.certificateId = c.id`

/** All of `ManagedRow`. */
export const SELECT_MANAGED = `SELECT m.*, v.number AS vNumber, v.authorityId AS vAuthorityId, v.serial AS vSerial, v.keyId AS vKeyId,
    v.notBefore AS vNotBefore, v.notAfter AS vNotAfter, v.createdAt AS vCreatedAt, v.der AS vDer, v.chain AS vChain,
    v.commonName AS vCommonName, v.keyUsages AS vKeyUsages, v.extendedKeyUsages AS vExtendedKeyUsages,
    (SELECT json_group_array(resourceArn) FROM
       (SELECT resourceArn FROM Association a WHERE a.managedId = m.id ORDER BY a.createdAt, a.rowid)) AS uses,
    r.revokedAt, r.reason
  FROM ${MANAGED_JOINED}`

const orUndefined = <T>(value: T | null): T | undefined => value ?? undefined

/** As the domain has it. */
export const managedFrom = (row: ManagedRow): ManagedCertificate => ({
  id: row.id as ManagedId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  revision: row.revision,
  kind: row.kind as ManagedKind,
  status: row.status as StoredManagedStatus,
  failure: orUndefined(row.failure) as ManagedFailure | undefined,
  failureDetail: orUndefined(row.failureDetail),
  names: JSON.parse(row.names) as string[],
  keyAlgorithm: row.keyAlgorithm as KeyAlgorithm,
  authority: orUndefined(row.authorityId) as AuthorityId | undefined,
  profile: row.profile,
  days: orUndefined(row.days),
  validationMethod: orUndefined(row.validationMethod) as ValidationMethod | undefined,
  renewalKey: row.renewalKey as RenewalKey,
  exportable: row.exportable === 1,
  managedBy: orUndefined(row.managedBy) as Manager | undefined,
  tags: JSON.parse(row.tags) as Record<string, string>,
  createdAt: row.createdAt,
  validateUntil: orUndefined(row.validateUntil),
  dueAt: orUndefined(row.dueAt),
  attempts: row.attempts,
  renewal:
    row.renewalStatus === null || row.renewalUpdatedAt === null
      ? undefined
      : {
          status: row.renewalStatus as RenewalStatus,
          reason: orUndefined(row.renewalReason),
          updatedAt: row.renewalUpdatedAt,
        },
  current: row.vNumber === null ? undefined : currentOf(row, row.vNumber),
  exportedVersion: orUndefined(row.exportedVersion),
  revocation:
    row.revokedAt === null ? undefined : { revokedAt: row.revokedAt, reason: reasonNamed(row.reason ?? 0) },
  inUseBy: JSON.parse(row.uses) as string[],
})

const currentOf = (row: ManagedRow, number: number): ManagedVersion =>
  versionFrom({
    managedId: row.id,
    number,
    authorityId: row.vAuthorityId,
    serial: row.vSerial as VersionRow['serial'],
    keyId: row.vKeyId,
    notBefore: row.vNotBefore,
    notAfter: row.vNotAfter,
    createdAt: row.vCreatedAt,
    der: row.vDer as VersionRow['der'],
    chain: row.vChain as VersionRow['chain'],
    commonName: row.vCommonName,
    keyUsages: row.vKeyUsages,
    extendedKeyUsages: row.vExtendedKeyUsages,
  })

/** As the domain has it. */
export const versionFrom = (row: VersionRow): ManagedVersion => ({
  managed: row.managedId as ManagedId,
  number: row.number,
  authority: orUndefined(row.authorityId) as AuthorityId | undefined,
  serial: serialOf(row.serial),
  key: row.keyId as KeyId,
  notBefore: row.notBefore,
  notAfter: row.notAfter,
  createdAt: row.createdAt,
  imported: row.der === null ? undefined : { der: row.der, chain: row.chain ?? new Uint8Array() },
  facts: factsFrom(row),
})

const factsFrom = ({ commonName, keyUsages, extendedKeyUsages }: VersionRow): VersionFacts | undefined =>
  keyUsages === null
    ? undefined
    : {
        commonName: commonName === null || commonName === '' ? undefined : commonName,
        keyUsages: JSON.parse(keyUsages) as KeyUsage[],
        extendedKeyUsages: JSON.parse(extendedKeyUsages ?? '[]') as string[],
      }
