import { isAuthorityId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Crl } from '../../ports/store.ts'

/** The latest complete CRL of an authority, for anybody; undefined when there is none of that id. */
export async function readCrl(ports: Pick<Ports, 'store'>, id: string): Promise<Crl | undefined> {
  return isAuthorityId(id) ? ports.store.reads.crls.latest(id) : undefined
}

/** The certificate of an authority (DER), for anybody; undefined when there is none of that id. */
export async function readCaCertificate(
  ports: Pick<Ports, 'store'>,
  id: string,
): Promise<Uint8Array | undefined> {
  if (!isAuthorityId(id)) return undefined
  return (await ports.store.reads.authorities.public(id))?.certificate?.der
}
