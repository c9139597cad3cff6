import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { certificateArchiveName } from '../../domain/certificate-archive.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { StoredArchive } from '../../ports/audit-store.ts'
import type { Page, PageRequest } from '../../ports/page.ts'
import type { Ports } from '../../ports/ports.ts'
import { readInstallation } from '../installation/initialize.ts'

/** Archives of certificates, oldest first. @throws forbidden, request_invalid for a cursor of another list */
export async function listCertificateArchives(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<StoredArchive>> {
  authorize(principal, 'chancery:ArchiveCertificates', arns.installation())
  return ports.store.reads.certificateArchives.list((await readInstallation(ports))?.id ?? '', page)
}

/**
 * The file of an archive of certificates.
 * @throws forbidden; not_found when there is no such archive, or its file has been moved away
 */
export async function readCertificateArchive(
  ports: Pick<Ports, 'store' | 'archiveFiles'>,
  principal: Principal,
  first: number,
): Promise<{ readonly name: string; readonly size: number; readonly pieces: AsyncIterable<Uint8Array> }> {
  authorize(principal, 'chancery:ArchiveCertificates', arns.installation())
  const { certificateArchives } = ports.store.reads
  const archive = await certificateArchives.get((await readInstallation(ports))?.id ?? '', first)
  const name = certificateArchiveName({ first })
  const size = archive === undefined ? undefined : await ports.archiveFiles.size(name)
  if (size === undefined)
    throw new ChanceryError('not_found', `There is no archive that begins with certificate ${first}`)
  return { name, size, pieces: ports.archiveFiles.read(name) }
}
