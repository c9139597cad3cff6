import type { PublishedCrl } from '../../domain/published-crls.ts'
import type { Ports } from '../../ports/ports.ts'
import { crlFile } from './crl-file.ts'
import { crlDer } from './read-back.ts'

/** A CRL in one place. */
export type WholeCrl = PublishedCrl & { readonly der: Uint8Array }

/** The latest complete CRL of an authority, or of the shard of that name; undefined when there is none. */
export async function readCrl(ports: Pick<Ports, 'store'>, id: string): Promise<WholeCrl | undefined> {
  const file = await crlFile(ports, [`${id}.crl`])
  return file && { ...file.crl, der: await crlDer(ports, file.crl) }
}
