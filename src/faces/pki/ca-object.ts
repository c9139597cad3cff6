import { createHash } from 'node:crypto'
import { cacheTags } from '../../core/domain/cache-tags.ts'
import { caFilePath, type CaFile } from '../../core/domain/repository-paths.ts'
import { readCaFile } from '../../core/operations/revocation/ca-files.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { pieces, type PublicObject } from './public-object.ts'

/** RFC 5280 §4.2.2.1, RFC 8555 §9.1. */
const MEDIA_TYPES = {
  cer: 'application/pkix-cert',
  p7c: 'application/pkcs7-mime',
  pem: 'application/pem-certificate-chain',
} as const

const LABELS: Readonly<Record<CaFile['kind'], string>> = {
  certificate: '/ca/{authority}.{form}',
  cross: '/ca/{authority}-by-{issuer}.{form}',
  chain: '/ca/{authority}-chain.{form}',
  numbered: '/ca/{authority}/{serial}.cer',
  roots: '/roots.{form}',
}

/** A file of CA certificates; undefined where there is none. */
export async function caObject(
  ports: Pick<Ports, 'store' | 'calendar'>,
  file: CaFile,
): Promise<PublicObject | undefined> {
  const octets = await readCaFile(ports, file)
  if (octets === undefined) return undefined
  return {
    path: caFilePath(file),
    label: LABELS[file.kind],
    mediaType: MEDIA_TYPES[file.kind === 'numbered' ? 'cer' : file.form],
    etag: createHash('sha256').update(octets).digest('base64url').slice(0, 24),
    lastModified: undefined,
    ends: undefined,
    immutable: file.kind === 'numbered',
    tags: [file.kind === 'roots' ? cacheTags.roots() : cacheTags.ca(file.authority)],
    length: octets.length,
    octets: (from, to) => pieces(octets.subarray(from, to)),
  }
}
