import { SECOND, type Millis } from '../time.ts'
import { signatureRefused } from './refusal.ts'
import { partsOf, type HeaderFields } from './signed-request.ts'

export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const TERMINATOR = 'aws4_request'

/** What a request says about its signature, well-formed but not believed. */
export type SignatureClaim = {
  /** Whether it stands in the query. */
  readonly presigned: boolean
  readonly accessKeyId: string
  readonly scope: {
    /** YYYYMMDD. */
    readonly date: string
    readonly region: string
    readonly service: string
  }
  /** In lower case, in order, no two alike. */
  readonly signedHeaders: readonly string[]
  /** 64 hex digits. */
  readonly signature: string
  /** As it was signed: YYYYMMDDTHHMMSSZ. */
  readonly timestamp: string
  readonly signedAt: Millis
  /** Seconds that it is good for, where the query says so. */
  readonly lifetime: number | undefined
  readonly sessionToken: string | undefined
}

/** The parameters of a presigned request: they are no parameters of the operation. */
export const PRESIGNED_PARAMETERS: ReadonlySet<string> = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
])
/**
 * S3's clients put these into the queries of their presigned requests: that no body is signed, and that checksums are wanted,
 * which nobody needs over TLS. They are signed as any other parameter is.
 */
const OF_S3 = /^X-Amz-(?:Content-Sha256|Checksum-Mode)$/i

const KEY_ID = /^[A-Za-z0-9]{4,128}$/
const SIGNATURE = /^[0-9a-f]{64}$/
const SCOPE_PART = /^[a-z0-9-]{1,64}$/
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/
const MOST_SIGNED_HEADERS = 100
/** 7 days, as AWS has it. */
const MOST_LIFETIME = 604_800
/** AWS's own are below 2,000 characters; headers end at 16 KiB. */
const MOST_TOKEN = 8192

/** Whether the query carries a signature, or a part of one: whoever has any of it has to have all. */
export const isPresigned = (target: string): boolean => /[?&]X-Amz-/i.test(target)

/** Whether an Authorization header is meant as a signature. */
export const isSignature = (authorization: string): boolean => /^AWS4-/i.test(authorization)

/** The service that a signature claims to be for, before anything about it is believed; undefined where there is none. */
export function presentedScope(target: string, authorization: string | undefined): string | undefined {
  const query = /[?&]X-Amz-Credential=([^&]*)/.exec(target)?.[1]
  const text =
    authorization === undefined
      ? query?.replace(/%2F/gi, '/')
      : /Credential=([^, ]*)/.exec(authorization)?.[1]
  const parts = text?.split('/') ?? []
  return parts.length === 5 ? parts[3] : undefined
}

/**
 * What the Authorization header claims.
 * @throws unauthenticated saying which part is missing or malformed
 */
export function headerClaim(fields: HeaderFields): SignatureClaim {
  const text = single(fields, 'authorization')
  const [algorithm = '', rest = ''] = split(text, ' ')
  if (algorithm !== ALGORITHM) throw incomplete(`Authorization: the algorithm is ${ALGORITHM}`)
  const parts = new Map<string, string>()
  for (const part of rest.split(',')) {
    const [name = '', value = ''] = split(part.trim(), '=')
    if (parts.has(name)) throw incomplete(`Authorization: ${name.slice(0, 40)} is there twice`)
    parts.set(name, value)
  }
  if (parts.size > 3) throw incomplete('Authorization: there are Credential, SignedHeaders and Signature')
  const needed = (name: string): string => {
    const value = parts.get(name)
    if (value === undefined) throw incomplete(`Authorization: requires ${name}`)
    return value
  }
  const credential = needed('Credential')
  const signedHeaders = needed('SignedHeaders')
  const signature = needed('Signature')
  return {
    presigned: false,
    ...credentialFrom(credential),
    signedHeaders: signedHeadersFrom(signedHeaders),
    signature: signatureFrom(signature),
    ...timeOf(fields),
    lifetime: undefined,
    sessionToken: fields.has('x-amz-security-token')
      ? tokenFrom(single(fields, 'x-amz-security-token'))
      : undefined,
  }
}

/**
 * What the query of a presigned request claims.
 * @throws unauthenticated saying which part is missing or malformed
 */
export function queryClaim(target: string): SignatureClaim {
  const parameters = presignedParameters(target)
  const needed = (name: string): string => {
    const value = parameters.get(name)
    if (value === undefined) throw incomplete(`${name}: is missing`)
    return value
  }
  if (needed('X-Amz-Algorithm') !== ALGORITHM) throw incomplete(`X-Amz-Algorithm: must be ${ALGORITHM}`)
  // Only S3 insists on it: without it, a request is good for as long as clocks may differ, as in the header.
  const expires = parameters.get('X-Amz-Expires')
  if (expires !== undefined && !(/^[1-9][0-9]{0,5}$/.test(expires) && Number(expires) <= MOST_LIFETIME))
    throw incomplete(`X-Amz-Expires: 1 to ${MOST_LIFETIME} seconds are expected`)
  const token = parameters.get('X-Amz-Security-Token')
  return {
    presigned: true,
    ...credentialFrom(needed('X-Amz-Credential')),
    signedHeaders: signedHeadersFrom(needed('X-Amz-SignedHeaders')),
    signature: signatureFrom(needed('X-Amz-Signature')),
    ...isoTime(needed('X-Amz-Date'), 'X-Amz-Date'),
    lifetime: expires === undefined ? undefined : Number(expires),
    sessionToken: token === undefined ? undefined : tokenFrom(token),
  }
}

function presignedParameters(target: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of partsOf(target).query.split('&')) {
    const [rawName = '', rawValue = ''] = split(pair, '=')
    const name = decoded(rawName)
    if (!/^X-Amz-/i.test(name) || OF_S3.test(name)) continue
    if (!PRESIGNED_PARAMETERS.has(name)) throw incomplete(`${name.slice(0, 60)}: no such part of a signature`)
    if (found.has(name)) throw incomplete(`${name}: is there twice`)
    found.set(name, decoded(rawValue))
  }
  return found
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw incomplete('the query holds a percent escape that is not UTF-8')
  }
}

/** Before and after the first separator. */
function split(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

const incomplete = (message: string) => signatureRefused('incomplete', message)

function single(fields: HeaderFields, name: string): string {
  const values = fields.get(name) ?? []
  if (values.length !== 1) throw incomplete(`${name}: is expected once, and is there ${values.length} times`)
  return values[0] as string
}

function credentialFrom(text: string): Pick<SignatureClaim, 'accessKeyId' | 'scope'> {
  const parts = text.split('/')
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts
  const right =
    parts.length === 5 &&
    KEY_ID.test(accessKeyId) &&
    /^[0-9]{8}$/.test(date) &&
    SCOPE_PART.test(region) &&
    SCOPE_PART.test(service) &&
    terminator === TERMINATOR
  if (!right)
    throw incomplete(
      `Credential: an access key id, a date as YYYYMMDD, a region, a service and ${TERMINATOR} are expected, with slashes between them`,
    )
  return { accessKeyId, scope: { date, region, service } }
}

function signedHeadersFrom(text: string): readonly string[] {
  const names = text.split(';')
  const ordered = names.every((name, at) => at === 0 || (names[at - 1] as string) < name)
  if (names.length > MOST_SIGNED_HEADERS || !ordered || !names.every((name) => HEADER_NAME.test(name)))
    throw incomplete(
      'SignedHeaders: names of headers in lower case are expected, sorted, each once, with semicolons between them',
    )
  return names
}

function signatureFrom(text: string): string {
  if (!SIGNATURE.test(text)) throw incomplete('Signature: 64 hex digits in lower case are expected')
  return text
}

function tokenFrom(text: string): string {
  if (text === '' || text.length > MOST_TOKEN)
    throw incomplete(`X-Amz-Security-Token: 1 to ${MOST_TOKEN} characters are expected`)
  return text
}

type Moment = Pick<SignatureClaim, 'timestamp' | 'signedAt'>

function timeOf(fields: HeaderFields): Moment {
  if (fields.has('x-amz-date')) return isoTime(single(fields, 'x-amz-date'), 'X-Amz-Date')
  if (!fields.has('date')) throw incomplete('X-Amz-Date: is missing')
  // RFC 9110 §5.6.7, the preferred form; botocore leaves a Date that its caller has set.
  const text = single(fields, 'date')
  const signedAt = Date.parse(text)
  if (Number.isNaN(signedAt) || new Date(signedAt).toUTCString() !== text)
    throw incomplete('Date: a date such as Sun, 06 Nov 1994 08:49:37 GMT is expected')
  return { timestamp: basicIso(signedAt), signedAt }
}

const BASIC_ISO = /^(\d{4})(\d{2})(\d{2})T([01]\d|2[0-3])([0-5]\d)([0-5]\d)Z$/

function isoTime(text: string, field: string): Moment {
  const [, year = NaN, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    BASIC_ISO.exec(text)?.map(Number) ?? []
  const signedAt = Date.UTC(year, month - 1, day, hour, minute, second)
  // Back again: `Date.UTC` turns the 30th of February into March, and the year 15 into 1915.
  const date = new Date(signedAt)
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1 || date.getUTCFullYear() !== year)
    throw incomplete(`${field}: a time such as 20150830T123600Z is expected`)
  return { timestamp: text, signedAt }
}

/** ISO 8601 in its basic form, in UTC, to the second. */
export const basicIso = (time: Millis): string =>
  `${new Date(Math.floor(time / SECOND) * SECOND).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
