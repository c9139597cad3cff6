import { ChanceryError } from './errors.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** 12 decimal digits. */
export type AccountId = Branded<'AccountId'>
/** A region name such as `eu-central-1`. */
export type Region = Branded<'Region'>
/** Lower-case UUID of an authority. */
export type AuthorityId = Branded<'AuthorityId'>
/**
 * Lower-case hex digits of a serial number, as shown and as they stand in an ARN: 32 of them, with leading zeros, for
 * every serial of ours; up to 40 for those of certificates that came from elsewhere (RFC 5280 §4.1.2.2: 20 octets).
 */
export type Serial = Branded<'Serial'>
/** `<authority uuid>.<serial>`: (issuer, serial) is the identity of a certificate (RFC 5280 §4.1.2.2). */
export type CertificateId = Branded<'CertificateId'>
export type TokenId = Branded<'TokenId'>
export type KeyId = Branded<'KeyId'>
export type ProfileId = Branded<'ProfileId'>
/** Lower-case UUID of a managed certificate. */
export type ManagedId = Branded<'ManagedId'>
/** Lower-case UUID of an event in a managed certificate's life. */
export type EventId = Branded<'EventId'>
export type WebhookId = Branded<'WebhookId'>
export type DeliveryId = Branded<'DeliveryId'>
/** Lower-case UUID of an authority's audit report. */
export type ReportId = Branded<'ReportId'>
/** `AIDA…`, `AGPA…`, `AROA…`, `ANPA…`: unique for good, while names may be given again. */
export type UserId = Branded<'UserId'>
export type GroupId = Branded<'GroupId'>
export type RoleId = Branded<'RoleId'>
/** A built-in policy's is its name. */
export type PolicyId = Branded<'PolicyId'>
/** `AKIA…` or `ASIA…`; not a secret. */
export type AccessKeyId = Branded<'AccessKeyId'>
/** Lower-case UUIDs of a resource share, and of an invitation to one. */
export type ShareId = Branded<'ShareId'>
export type InvitationId = Branded<'InvitationId'>
/** `o-` and 10 to 32 lower-case letters and digits. */
export type OrganizationId = Branded<'OrganizationId'>
/** Lower-case UUID of a mapping from certificates to a role. */
export type CertificateMappingId = Branded<'CertificateMappingId'>

/** Account that owns what the installation makes for itself (the listener's hierarchy); no tenant may take it. */
export const SYSTEM_ACCOUNT = '000000000000' as AccountId
export const DEFAULT_GLOBAL_REGION = 'us-east-1' as Region

const ACCOUNT = /^[0-9]{12}$/
// As AWS names them: partition-prefixed, a direction, a number (us-gov-west-1, eusc-de-east-1, us-isob-east-1).
const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** One spelling a number: no leading zero octets beyond the 16th. */
const SERIAL = /^(?:[0-9a-f]{32}|(?!00)(?:[0-9a-f]{2}){17,20})$/
const SERIAL_DIGITS = 32
const MOST_SERIAL_DIGITS = 40

export const isAccountId = (text: string): text is AccountId => ACCOUNT.test(text)
export const isRegion = (text: string): text is Region => REGION.test(text)
export const isAuthorityId = (text: string): text is AuthorityId => UUID.test(text)
export const isManagedId = (text: string): text is ManagedId => UUID.test(text)
export const isReportId = (text: string): text is ReportId => UUID.test(text)
export const isShareId = (text: string): text is ShareId => UUID.test(text)
export const isInvitationId = (text: string): text is InvitationId => UUID.test(text)
export const isOrganizationId = (text: string): text is OrganizationId => /^o-[a-z0-9]{10,32}$/.test(text)
export const isSerial = (text: string): text is Serial => SERIAL.test(text)

/** @throws request_invalid naming `field` */
export function accountIdFrom(text: string, field: string): AccountId {
  if (isAccountId(text)) return text
  throw new ChanceryError('request_invalid', `${field}: an account is 12 decimal digits`, {
    violations: [{ code: 'account', field, message: 'an account is 12 decimal digits' }],
  })
}

/** @throws request_invalid naming `field` */
export function regionFrom(text: string, field: string): Region {
  if (isRegion(text)) return text
  const message = 'a region is a name such as eu-central-1'
  throw new ChanceryError('request_invalid', `${field}: ${message}`, {
    violations: [{ code: 'region', field, message }],
  })
}

/** A serial in any common spelling (colons, upper case, 0x, missing or doubled leading zeros), or undefined. */
export function serialFrom(text: string): Serial | undefined {
  const hex = text.trim().toLowerCase().replace(/^0x/, '').replaceAll(':', '').replace(/^0+/, '')
  if (hex.length === 0 || hex.length > MOST_SERIAL_DIGITS || !/^[0-9a-f]+$/.test(hex)) return undefined
  return padded(hex)
}

const padded = (hex: string): Serial =>
  hex.padStart(Math.max(SERIAL_DIGITS, hex.length + (hex.length % 2)), '0') as Serial

const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))
/** Serial octets, of a column or the content of an INTEGER, as hex digits. */
export function serialOf(octets: Uint8Array): Serial {
  let hex = ''
  for (const octet of octets) hex += HEX[octet]
  return hex.length <= SERIAL_DIGITS
    ? (hex.padStart(SERIAL_DIGITS, '0') as Serial)
    : padded(hex.replace(/^(00)+/, ''))
}

export const certificateIdOf = (authority: AuthorityId, serial: Serial): CertificateId =>
  `${authority}.${serial}` as CertificateId

/** Splits a certificate id; undefined when it is none. */
export function splitCertificateId(id: string): { authority: AuthorityId; serial: Serial } | undefined {
  const [authority, serial, rest] = id.split('.')
  if (rest !== undefined || authority === undefined || serial === undefined) return undefined
  return isAuthorityId(authority) && isSerial(serial) ? { authority, serial } : undefined
}
