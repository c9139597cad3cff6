import { isAuthorityId } from '../../domain/ids.ts'
import { crossCertificate } from '../authorities/cross-sign-authority.ts'
import type { PublishedCrl } from '../../domain/published-crls.ts'
import { crlFile } from './crl-file.ts'
import { crlDer } from './read-back.ts'
import type { Ports } from '../../ports/ports.ts'

/** A CRL in one place. */
export type WholeCrl = PublishedCrl & { readonly der: Uint8Array }

/** The latest complete CRL of an authority, or of the shard of that name; undefined when there is none. */
export async function readCrl(ports: Pick<Ports, 'store'>, id: string): Promise<WholeCrl | undefined> {
  const file = await crlFile(ports, [`${id}.crl`])
  return file && { ...file.crl, der: await crlDer(ports, file.crl) }
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
