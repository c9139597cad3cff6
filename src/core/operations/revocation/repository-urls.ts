import type { Authority } from '../../domain/authorities.ts'
import { crlKey } from '../../domain/buckets.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { Settings } from '../../ports/ports.ts'

type Public = Pick<Settings, 'publicUrl'>
type Telling = Pick<Authority, 'id' | 'revocation'>

/** What `http://host` would be, or the installation's public URL. */
const base = ({ publicUrl }: Public, host: string | undefined): string | undefined =>
  host === undefined ? publicUrl : `http://${host}`

/** The path of an authority's CRLs at the public port, which takes any: what a host of one's own leads to has no bucket. */
export function crlPath({ revocation: { crl } }: Telling, file: string): string {
  const key = crlKey(crl.path, file)
  return crl.host === undefined && crl.bucket !== undefined ? `/${crl.bucket}/${key}` : `/${key}`
}

function crlFile(settings: Public, authority: Telling, file: string): string | undefined {
  const at = base(settings, authority.revocation.crl.host)
  return at === undefined ? undefined : at + crlPath(authority, file)
}

/**
 * Where relying parties find the current CRL of an authority, or of its shard of that name. What once stood in a
 * certificate is served for good: the file name alone says which it is. Undefined while nobody knows the public URL.
 */
export const crlUrl = (settings: Public, authority: Telling, shard?: string): string | undefined =>
  crlFile(settings, authority, `${shard ?? authority.id}.crl`)

/** Where the delta to that CRL is, for freshestCRL (RFC 5280 §4.2.1.15); undefined where none is made. */
export const deltaCrlUrl = (settings: Public, authority: Telling, shard?: string): string | undefined =>
  authority.revocation.crl.deltaHours === undefined
    ? undefined
    : crlFile(settings, authority, `${shard ?? authority.id}-delta.crl`)

/** Where exactly that CRL is, as long as it is kept. */
export const numberedCrlUrl = (
  settings: Public,
  authority: Telling,
  number: bigint,
  shard?: string,
): string | undefined => crlFile(settings, authority, `${shard ?? authority.id}/${number}.crl`)

/** Where the responder is asked (RFC 6960 §3.1). */
export function ocspUrl(settings: Public, { revocation: { ocsp } }: Telling): string | undefined {
  const at = base(settings, ocsp.host)
  // As AWS has it for a name of one's own; the responder answers at either.
  return at === undefined || ocsp.host !== undefined ? at : `${at}/ocsp`
}

/** Where an authority's own certificate is, DER. */
export const caCertificateUrl = ({ publicUrl }: Public, id: AuthorityId): string | undefined =>
  publicUrl === undefined ? undefined : `${publicUrl}/ca/${id}.cer`
