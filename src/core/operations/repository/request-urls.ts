import type { AuthorityId } from '../../domain/ids.ts'
import { MOST_NAMED } from '../../domain/repository-messages.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { CERT_ID_HASHES, encodeCertId, issuerHashes } from '../../x509/ocsp-cert-id.ts'
import { encodeOcspRequest } from '../../x509/ocsp-request.ts'
import type { Ports } from '../../ports/ports.ts'
import type { StatusChange } from '../../ports/repository-store.ts'
import { ocspUrl } from '../revocation/repository-urls.ts'

/**
 * Where most clients have asked about these certificates: by GET, with SHA-1 or SHA-256, without a nonce, percent-encoded
 * (RFC 6960 Appendix A.1). None of more than may be named one by one, and none while nobody knows the responder's URL.
 */
export async function requestUrls(
  ports: Pick<Ports, 'store' | 'settings'>,
  changes: readonly StatusChange[],
): Promise<readonly string[]> {
  if (changes.length > MOST_NAMED) return []
  const known = new Map<AuthorityId, UrlOf>()
  const urls = new Set<string>()
  for (const { authority, serial } of changes) {
    const urlOf = known.get(authority) ?? (await urlsFor(ports, authority))
    known.set(authority, urlOf)
    for (const url of urlOf(Buffer.from(serial, 'hex'))) urls.add(url)
  }
  return [...urls]
}

type UrlOf = (serial: Uint8Array) => readonly string[]

async function urlsFor(
  { store, settings }: Pick<Ports, 'store' | 'settings'>,
  id: AuthorityId,
): Promise<UrlOf> {
  const authority = await store.reads.authorities.public(id)
  const responder = authority && ocspUrl(settings, authority)
  if (authority?.certificate === undefined || responder === undefined) return () => []
  const { subject, publicKey } = parseCertificate(authority.certificate.der, 'authority')
  const issuers = CERT_ID_HASHES.map((hash) => [hash, issuerHashes(hash, subject, publicKey.spki)] as const)
  return (serial) =>
    issuers.map(([hash, issuer]) => {
      const request = encodeOcspRequest([encodeCertId(hash, issuer, serial)])
      return `${responder}/${encodeURIComponent(Buffer.from(request).toString('base64'))}`
    })
}
