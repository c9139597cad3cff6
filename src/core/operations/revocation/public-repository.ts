import { isAuthorityId } from '../../domain/ids.ts'
import { crossCertificate } from '../authorities/cross-sign-authority.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Crl } from '../../ports/store.ts'

/** The latest complete CRL of an authority, for anybody; undefined when there is none of that id. */
export async function readCrl(ports: Pick<Ports, 'store'>, id: string): Promise<Crl | undefined> {
  return isAuthorityId(id) ? ports.store.reads.crls.latest(id) : undefined
}

/**
 * The certificate of an authority (DER), for anybody; with `<id>-by-<issuer's id>` its valid cross-certificate by that
 * one. Undefined when there is none.
 */
export async function readCaCertificate(
  ports: Pick<Ports, 'store' | 'calendar'>,
  id: string,
): Promise<Uint8Array | undefined> {
  const [subject = '', issuer] = id.split('-by-')
  if (issuer !== undefined && isAuthorityId(subject) && isAuthorityId(issuer))
    return (await crossCertificate(ports, subject, issuer))?.der
  if (!isAuthorityId(id)) return undefined
  return (await ports.store.reads.authorities.public(id))?.certificate?.der
}
