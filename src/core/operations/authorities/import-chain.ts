import { refuse } from '../../domain/errors.ts'
import type { ImportedKey } from '../../ports/key-vault.ts'
import { sameOctets } from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { namesItself } from '../../x509/outside/chain-order.ts'
import { readOutside, type OutsideCertificate } from '../../x509/outside/read-outside.ts'
import { pemEncode } from '../../x509/pem.ts'
import type { ParsedCertificate } from '../../x509/types.ts'

/**
 * The certificate of an imported key and its issuers: those that the request gives, else those that a PKCS#12 file has
 * beside the key, in whatever order.
 * @throws certificate_invalid, request_invalid naming `certificate` when there is none
 */
export function importChain(
  { certificate, chain }: { readonly certificate?: string; readonly chain?: string },
  { key, certificates }: ImportedKey,
): OutsideCertificate {
  if (certificate !== undefined) return readOutside(certificate, chain)
  const beside = certificates.map((der) => parseCertificate(der, 'key', 'certificate_invalid'))
  const own = beside.find(({ publicKey }) => sameOctets(publicKey.spki, key.spki))
  if (own === undefined) {
    refuse('request_invalid', [
      {
        code: 'certificate_missing',
        field: 'certificate',
        message: 'is missing, and the key file has none for its key',
      },
    ])
    throw new Error('a violation always throws')
  }
  return readOutside(pemOf(own), chain ?? issuersOf(own, beside).map(pemOf).join(''))
}

const pemOf = ({ der }: ParsedCertificate): string => pemEncode('CERTIFICATE', der)

/** As the names lead to them; what is missing, the checks on the chain name. */
function issuersOf(own: ParsedCertificate, beside: readonly ParsedCertificate[]): ParsedCertificate[] {
  const path: ParsedCertificate[] = []
  for (let at = own; !namesItself(at);) {
    const { issuer } = at
    const next = beside.find(
      (each) => !path.includes(each) && each !== own && sameOctets(each.subject, issuer),
    )
    if (next === undefined) return path
    path.push(next)
    at = next
  }
  return path
}
