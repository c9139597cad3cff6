import type { CertificateArchiveJson } from '../../../contract/schemas/certificate-archives.ts'
import { certificateArchiveName } from '../../../core/domain/certificate-archive.ts'
import { isoOf } from '../../../core/domain/time.ts'
import { archiveCertificates } from '../../../core/operations/certificates/archive-certificates.ts'
import {
  listCertificateArchives,
  readCertificateArchive,
} from '../../../core/operations/certificates/read-certificate-archives.ts'
import type { StoredArchive } from '../../../core/ports/audit-store.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { StreamReply, type Handlers } from '../../http/serve.ts'
import { millisOf, pageRequestOf } from '../requests.ts'

type Part = Pick<Handlers, 'archiveCertificates' | 'listCertificateArchives' | 'readCertificateArchive'>

/** Archives of expired certificates. */
export const certificateArchiveHandlers = (ports: Ports): Part => ({
  archiveCertificates: async ({ principal, body }) => {
    const archive = await archiveCertificates(ports, principal, millisOf(body.before))
    return archive === undefined ? {} : { archive: archiveJson(archive) }
  },
  listCertificateArchives: async ({ principal, query }) => {
    const { items, next } = await listCertificateArchives(ports, principal, pageRequestOf(query))
    return { items: items.map(archiveJson), next }
  },
  readCertificateArchive: async ({ principal, params, mediaType }) => {
    const { name, size, pieces } = await readCertificateArchive(ports, principal, Number(params.first))
    return new StreamReply(mediaType, size, pieces, name)
  },
})

const archiveJson = (archive: StoredArchive): CertificateArchiveJson => {
  const { first, last, before, hash, at, key, size, sha256 } = archive
  return {
    first,
    last,
    before,
    hash,
    at: isoOf(at),
    key,
    file: certificateArchiveName(archive),
    size,
    sha256,
  }
}
