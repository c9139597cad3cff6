import { EXPORT_FORMATS, partsOf, type ExportRequest } from '../../domain/exports.ts'
import type { ExportForm } from '../../ports/key-vault.ts'
import { pemEncode } from '../../x509/pem.ts'
import { certsOnly } from '../../x509/pkcs7.ts'

export type ExportedFile = {
  readonly mediaType: string
  readonly fileName: string
  readonly bytes: Uint8Array
}

const PEM = ['application/x-pem-file', 'pem'] as const
const PKCS12 = ['application/x-pkcs12', 'p12'] as const
/** Media type and file name extension of what is one object. */
const SINGLE = {
  pkcs12: PKCS12,
  'pkcs12-legacy': PKCS12,
  jks: ['application/x-java-keystore', 'jks'],
  'pkcs8-encrypted-der': ['application/pkcs8-encrypted', 'p8e'],
} as const

/** In which form the vault gives the key away. */
export function sealedFormOf(form: ExportRequest, name: string, chain: readonly Uint8Array[]): ExportForm {
  const { format, passphrase = '', friendlyName = name } = form
  if (format === 'pkcs12' || format === 'pkcs12-legacy' || format === 'jks')
    return { kind: format, passphrase, friendlyName, chain }
  return EXPORT_FORMATS[format].encrypted ? { kind: 'pkcs8-encrypted', passphrase } : { kind: 'pkcs8' }
}

/**
 * The file around what the vault gave.
 * @param all leaf first, then the chain
 * @param sealed the key, or the whole key store; undefined for a file without a key
 */
export function fileOf(
  form: ExportRequest,
  name: string,
  all: readonly Uint8Array[],
  sealed: Uint8Array | undefined,
): ExportedFile {
  const named = (bytes: Uint8Array, [mediaType, extension]: readonly [string, string]): ExportedFile => ({
    mediaType,
    fileName: `${name}.${extension}`,
    bytes,
  })
  const { format } = form
  if (format === 'pem' || format === 'pkcs8-encrypted-pem') return named(pemOf(form, all, sealed), PEM)
  if (format !== 'der') return named(sealed as Uint8Array, SINGLE[format])
  // RFC 5958 §7.1, RFC 8551 §3.2.2, RFC 2585 §4.
  if (sealed !== undefined) return named(sealed, ['application/pkcs8', 'p8'])
  return partsOf(form).includes('chain')
    ? named(certsOnly(all), ['application/x-pkcs7-certificates', 'p7b'])
    : named(all[0] as Uint8Array, ['application/pkix-cert', 'cer'])
}

/** Certificate, chain, key: the order in which HAProxy, nginx and OpenSSL read one file for all. */
function pemOf(form: ExportRequest, all: readonly Uint8Array[], key: Uint8Array | undefined): Uint8Array {
  const parts = partsOf(form)
  const certificates = all.filter((_, place) => parts.includes(place === 0 ? 'certificate' : 'chain'))
  const label = EXPORT_FORMATS[form.format].encrypted ? 'ENCRYPTED PRIVATE KEY' : 'PRIVATE KEY'
  const blocks = certificates.map((der) => pemEncode('CERTIFICATE', der))
  return Buffer.from([...blocks, ...(key === undefined ? [] : [pemEncode(label, key)])].join(''), 'latin1')
}
