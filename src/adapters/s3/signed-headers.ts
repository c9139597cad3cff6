import aws4 from 'aws4'
import type { Millis } from '../../core/domain/time.ts'

export type S3Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string }

export type ToSign = {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly url: string
  readonly region: string
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the body, hex. */
  readonly bodySha256: string
  readonly now: Millis
}

/** The headers of a request with those that sign it (AWS Signature Version 4, as S3 has it). */
export function signedHeaders(toSign: ToSign, credentials: S3Credentials): Readonly<Record<string, string>> {
  const { host, pathname, search } = new URL(toSign.url)
  const headers = {
    ...toSign.headers,
    host,
    'x-amz-content-sha256': toSign.bodySha256,
    'x-amz-date': new Date(toSign.now).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  }
  const { method, region } = toSign
  const asked = { service: 's3', region, method, path: pathname + search, host, headers }
  return aws4.sign(asked, { ...credentials }).headers as Record<string, string>
}
