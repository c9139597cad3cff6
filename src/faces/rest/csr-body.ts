import { isUtf8 } from 'node:buffer'
import { PKCS10_MEDIA_TYPE } from '../../contract/route.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { OctetBody } from '../http/serve.ts'

/**
 * A bare CSR as the core takes it: DER as octets, PEM as text. Which of the two is the caller's word, not a guess.
 * @throws csr_invalid
 */
export function csrOf(body: OctetBody): string | Uint8Array {
  if (body.mediaType === PKCS10_MEDIA_TYPE) return new Uint8Array(body.octets)
  if (isUtf8(body.octets)) return body.octets.toString('utf8')
  throw new ChanceryError('csr_invalid', 'csr: PEM is text, and this is not', {
    violations: [{ code: 'csr_text', field: 'csr', message: 'is not text; send DER as application/pkcs10' }],
  })
}

// Base64 of a SEQUENCE longer than 127 octets: nothing else can be a request as DER.
const BASE64_DER = /^MI[A-Za-z0-9+/\s]+={0,2}\s*$/

/** The `csr` member of a JSON body: PEM, or DER in base64. */
export const csrInJson = (text: string): string | Uint8Array =>
  BASE64_DER.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : text
