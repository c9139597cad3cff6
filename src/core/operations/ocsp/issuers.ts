import type { Authority } from '../../domain/authorities.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { CERT_ID_HASHES, issuerHashes, type CertId, type CertIdHash } from '../../x509/ocsp-cert-id.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Store } from '../../ports/store.ts'
import { cachedAt } from '../generation-cache.ts'

/** Authorities by the hashes of their name and key: more than one where the same was imported into several places. */
type Issuers = Readonly<Record<CertIdHash, ReadonlyMap<string, readonly Authority[]>>>

/** Hashes of what an authority is called and signs with; neither changes in its life. */
const hashed = new WeakMap<Store, Map<AuthorityId, Readonly<Record<CertIdHash, string>>>>()

/**
 * The authorities that a CertID means: by the hashes of name and key alone (RFC 6960 §4.1.1), so that what was issued
 * before an authority was renewed, or below its cross-certificate, is found alike. Empty for a foreign issuer, and for a
 * hash that nobody here knows.
 * @param generation that was read for this request
 */
export async function issuersOf(
  ports: Pick<Ports, 'store'>,
  generation: number,
  { hash, issuer }: CertId,
): Promise<readonly Authority[]> {
  if (hash === undefined) return []
  const issuers = await cachedAt(ports, generation, 'ocsp-issuers', () => load(ports))
  return issuers[hash].get(keyOf(issuer)) ?? []
}

/** Octets as a key of a map: a character for each. */
export const keyOf = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1')

async function load(ports: Pick<Ports, 'store'>): Promise<Issuers> {
  const issuers = { sha1: new Map<string, Authority[]>(), sha256: new Map<string, Authority[]>() }
  const known = hashed.get(ports.store) ?? new Map<AuthorityId, Readonly<Record<CertIdHash, string>>>()
  hashed.set(ports.store, known)
  for (const authority of await ports.store.reads.authorities.all()) {
    if (authority.certificate === undefined) continue
    const keys = known.get(authority.id) ?? hashesOf(authority.certificate.der)
    known.set(authority.id, keys)
    for (const hash of CERT_ID_HASHES) {
      const same = issuers[hash].get(keys[hash])
      if (same === undefined) issuers[hash].set(keys[hash], [authority])
      else same.push(authority)
    }
  }
  return issuers
}

function hashesOf(certificateDer: Uint8Array): Readonly<Record<CertIdHash, string>> {
  const { subject, publicKey } = parseCertificate(certificateDer, 'authority')
  const of = (hash: CertIdHash): string => keyOf(issuerHashes(hash, subject, publicKey.spki))
  return { sha1: of('sha1'), sha256: of('sha256') }
}
