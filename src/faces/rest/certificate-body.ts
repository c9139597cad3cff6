import { isUtf8 } from 'node:buffer'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { OctetBody } from '../http/serve.ts'

const END = '-----END CERTIFICATE-----'

/**
 * A certificate and its issuers, one PEM file: the first certificate is the one to import.
 * @throws certificate_invalid when it is no text
 */
export function certificateInPem({ octets }: OctetBody): {
  readonly certificate: string
  readonly chain?: string
} {
  if (!isUtf8(octets))
    throw new ChanceryError('certificate_invalid', 'certificate: PEM is text, and this is not', {
      violations: [{ code: 'certificate_text', field: 'certificate', message: 'is not text; send PEM' }],
    })
  const text = octets.toString('utf8')
  const end = text.indexOf(END)
  if (end === -1) return { certificate: text }
  const chain = text.slice(end + END.length)
  return { certificate: text.slice(0, end + END.length), ...(chain.trim() === '' ? {} : { chain }) }
}
