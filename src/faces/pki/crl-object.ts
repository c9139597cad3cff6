import { crlFile } from '../../core/operations/revocation/crl-file.ts'
import { cacheTags } from '../../core/domain/cache-tags.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { PublicObject } from './public-object.ts'

/** The CRL that a path names; undefined for none. */
export async function crlObject(
  ports: Pick<Ports, 'store'>,
  segments: readonly string[],
): Promise<PublicObject | undefined> {
  const file = await crlFile(ports, segments)
  if (file === undefined) return undefined
  const { crl, immutable } = file
  const { name, path } = canonical(segments, immutable)
  return {
    path,
    label: immutable ? '/crl/{name}/{number}.crl' : '/crl/{name}.crl',
    mediaType: 'application/pkix-crl',
    // Numbers are never used twice under a name: the same number, the same octets.
    etag: String(crl.number),
    lastModified: crl.thisUpdate,
    ends: crl.nextUpdate,
    immutable,
    tags: immutable ? [] : [cacheTags.crl(name)],
    length: crl.length,
    octets: (from, to) => ports.store.reads.crls.octets(crl, from, to),
  }
}

/** Without the directories that are decoration. */
function canonical(
  segments: readonly string[],
  immutable: boolean,
): { readonly name: string; readonly path: string } {
  const file = segments.at(-1) ?? ''
  if (!immutable) return { name: file.replace(/(-delta)?\.crl$/, ''), path: `/crl/${file}` }
  const name = segments.at(-2) ?? ''
  return { name, path: `/crl/${name}/${file}` }
}
