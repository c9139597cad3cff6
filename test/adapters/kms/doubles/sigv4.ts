import { createHash, createHmac } from 'node:crypto'
import type { Asked } from './stage.ts'

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([0-9]{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/

/**
 * Checks a request's signature as AWS does ("Create a signed AWS API request": canonical request, string to sign,
 * derived key). Gives the name of AWS's error, or undefined for a right one.
 */
export function signatureFault(
  { method, path, headers, body }: Asked,
  credentials: { accessKeyId: string; secretAccessKey: string; region: string },
): string | undefined {
  const match = AUTHORIZATION.exec(headers.authorization ?? '')
  if (match === null) return 'MissingAuthenticationTokenException'
  const [, accessKey, day = '', region = '', service = '', signedHeaders = '', signature] = match
  if (accessKey !== credentials.accessKeyId) return 'UnrecognizedClientException'
  if (region !== credentials.region || service !== 'kms') return 'InvalidSignatureException'
  const names = signedHeaders.split(';')
  if (!names.includes('host') || !names.includes('x-amz-date') || !names.includes('x-amz-target'))
    return 'IncompleteSignatureException'
  const date = String(headers['x-amz-date'])
  if (!date.startsWith(day)) return 'IncompleteSignatureException'
  const canonical = [
    method,
    path,
    '',
    ...names.map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  )
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'InvalidSignatureException'
}
