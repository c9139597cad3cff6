import type { KeyUsage } from '../../../../core/domain/key-usages.ts'
import type { ManagedKind, Manager } from '../../../../core/domain/managed-certificates.ts'
import type { RevocationReason } from '../../../../core/domain/revocation.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as shapes from '../../models/acm/shapes.ts'

/* What ACM calls things that the core has other names for. */

type KeyUsageName = ValueOf<typeof shapes.KeyUsageName>
type ExtendedKeyUsageName = ValueOf<typeof shapes.ExtendedKeyUsageName>
type Reason = ValueOf<typeof shapes.RevocationReason>
type CertificateType = ValueOf<typeof shapes.CertificateType>

export const KEY_USAGE_NAMES = {
  digitalSignature: 'DIGITAL_SIGNATURE',
  nonRepudiation: 'NON_REPUDIATION',
  keyEncipherment: 'KEY_ENCIPHERMENT',
  dataEncipherment: 'DATA_ENCIPHERMENT',
  keyAgreement: 'KEY_AGREEMENT',
  keyCertSign: 'CERTIFICATE_SIGNING',
  cRLSign: 'CRL_SIGNING',
  encipherOnly: 'ENCIPHER_ONLY',
  decipherOnly: 'DECIPHER_ONLY',
} as const satisfies Record<KeyUsage, KeyUsageName>

/** By OID; any other is CUSTOM. */
const PURPOSES = new Map<string, ExtendedKeyUsageName>([
  ['1.3.6.1.5.5.7.3.1', 'TLS_WEB_SERVER_AUTHENTICATION'],
  ['1.3.6.1.5.5.7.3.2', 'TLS_WEB_CLIENT_AUTHENTICATION'],
  ['1.3.6.1.5.5.7.3.3', 'CODE_SIGNING'],
  ['1.3.6.1.5.5.7.3.4', 'EMAIL_PROTECTION'],
  ['1.3.6.1.5.5.7.3.5', 'IPSEC_END_SYSTEM'],
  ['1.3.6.1.5.5.7.3.6', 'IPSEC_TUNNEL'],
  ['1.3.6.1.5.5.7.3.7', 'IPSEC_USER'],
  ['1.3.6.1.5.5.7.3.8', 'TIME_STAMPING'],
  ['1.3.6.1.5.5.7.3.9', 'OCSP_SIGNING'],
  ['2.5.29.37.0', 'ANY'],
])
export const PURPOSE_OIDS: ReadonlyMap<string, string> = new Map(
  [...PURPOSES].map(([oid, name]) => [name, oid]),
)
export const purposeName = (oid: string): ExtendedKeyUsageName => PURPOSES.get(oid) ?? 'CUSTOM'

export const REASON_NAMES = {
  unspecified: 'UNSPECIFIED',
  keyCompromise: 'KEY_COMPROMISE',
  cACompromise: 'CA_COMPROMISE',
  affiliationChanged: 'AFFILIATION_CHANGED',
  superseded: 'SUPERSEDED',
  cessationOfOperation: 'CESSATION_OF_OPERATION',
  certificateHold: 'CERTIFICATE_HOLD',
  privilegeWithdrawn: 'PRIVILEGE_WITHDRAWN',
  aACompromise: 'A_A_COMPROMISE',
} as const satisfies Record<RevocationReason, Reason>
const REASONS = Object.entries(REASON_NAMES) as [RevocationReason, Reason][]

/** The reason that a name stands for; undefined for what takes a certificate off a list, which revokes nothing. */
export const reasonFrom = (name: Reason): RevocationReason | undefined =>
  // The old misspelling is still in the model.
  name === 'SUPERCEDED' ? 'superseded' : REASONS.find(([, each]) => each === name)?.[0]

export const TYPES = {
  private: 'PRIVATE',
  validated: 'AMAZON_ISSUED',
  imported: 'IMPORTED',
} as const satisfies Record<ManagedKind, CertificateType>
const KINDS = Object.fromEntries(Object.entries(TYPES).map(([kind, type]) => [type, kind])) as Record<
  CertificateType,
  ManagedKind
>
export const kindFrom = (type: CertificateType): ManagedKind => KINDS[type]

export const MANAGERS = { CLOUDFRONT: 'cloudfront' } as const satisfies Record<string, Manager>
export const managerName = (manager: Manager | undefined): 'CLOUDFRONT' | undefined =>
  manager === undefined ? undefined : 'CLOUDFRONT'

export const exportName = (exportable: boolean): 'ENABLED' | 'DISABLED' =>
  exportable ? 'ENABLED' : 'DISABLED'
export const originOf = (kind: ManagedKind): 'AWS_MANAGED' | 'CUSTOMER_PROVIDED' =>
  kind === 'imported' ? 'CUSTOMER_PROVIDED' : 'AWS_MANAGED'

/** As ACM says it in answers, and Terraform turns it back: `RSA-2048`, while requests have `RSA_2048`. */
export const spokenAlgorithm = (algorithm: string): 'RSA_2048' => algorithm.replace('_', '-') as 'RSA_2048'
