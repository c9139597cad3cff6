import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import type { CrlOutline } from './crl-outline.ts'
import { OID } from './oids.ts'

const WHAT = 'the CRL number'
/** What the database holds without loss. RFC 5280 §5.2.3 allows 20 octets; nobody counts that far one by one. */
export const MAX_CRL_NUMBER = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * The number of a CRL (RFC 5280 §5.2.3), undefined where it has none.
 * @throws request_invalid naming `field` for a negative one, and for one beyond `MAX_CRL_NUMBER`
 */
export function crlNumberOf(
  { extensions }: Pick<CrlOutline, 'extensions'>,
  field: string,
): bigint | undefined {
  const extension = extensions.find(({ oid }) => oid === OID.cRLNumber)
  if (extension === undefined) return undefined
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(extension.value)
    const octets = reader.integer(WHAT)
    reader.finish(WHAT)
    if ((octets[0] as number) >= 0x80) throw new DerError('crl_number', `${WHAT} is negative`)
    const number = BigInt(`0x${Buffer.from(octets).toString('hex')}`)
    if (number <= MAX_CRL_NUMBER) return number
    throw new DerError('crl_number', `${WHAT} is ${number}; up to ${MAX_CRL_NUMBER} can be carried on`)
  })
}
