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
