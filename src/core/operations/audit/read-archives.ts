import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { archiveName } from '../../domain/audit-trail.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { StoredArchive } from '../../ports/audit-store.ts'
import type { Page, PageRequest } from '../../ports/page.ts'
import type { Ports } from '../../ports/ports.ts'
import { readInstallation } from '../installation/initialize.ts'

/** Archives of the audit trail, oldest first. @throws forbidden, request_invalid for a cursor of another list */
export async function listAuditArchives(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<StoredArchive>> {
  authorize(principal, 'chancery:ExportAuditTrail', arns.installation())
  return ports.store.reads.audit.archives((await readInstallation(ports))?.id ?? '', page)
}

/**
 * The file of an archive.
 * @throws forbidden; not_found when there is no such archive, or its file has been moved away
 */
export async function readAuditArchive(
  ports: Pick<Ports, 'store' | 'archiveFiles'>,
  principal: Principal,
  first: number,
): Promise<{ readonly name: string; readonly size: number; readonly pieces: AsyncIterable<Uint8Array> }> {
  authorize(principal, 'chancery:ExportAuditTrail', arns.installation())
  const archive = await ports.store.reads.audit.archive((await readInstallation(ports))?.id ?? '', first)
  const name = archive === undefined ? '' : archiveName(archive)
  const size = archive === undefined ? undefined : await ports.archiveFiles.size(name)
  if (size === undefined)
    throw new ChanceryError('not_found', `There is no archive that begins with event ${first}`)
  return { name, size, pieces: ports.archiveFiles.read(name) }
}
