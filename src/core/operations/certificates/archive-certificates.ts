import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { archivedCertificateFrom, certificateArchiveName } from '../../domain/certificate-archive.ts'
import type { ChainedEvent } from '../../domain/audit-trail.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { searchKeyOf } from '../../domain/search-keys.ts'
import type { Millis } from '../../domain/time.ts'
import type { StoredArchive } from '../../ports/audit-store.ts'
import type { OpenArchive } from '../../ports/certificate-archive-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { archiveAlone, refuseFuture } from '../audit/archive-alone.ts'
import { readInstallation } from '../installation/initialize.ts'
import { newUuid } from '../new-ids.ts'
import { certificateFacts } from './certificate-facts.ts'
import {
  archivedLines,
  writeCertificateArchive,
  type ArchiveWritingPorts,
} from './certificate-archive-file.ts'

/** Stubs made in one transaction: whoever issues waits for none for long. */
const AT_ONCE = 200

export type CertificateArchivingPorts = ArchiveWritingPorts &
  Pick<Ports, 'calendar'> & {
    readonly settings: Pick<Ports['settings'], 'serverId'>
  }

/**
 * Moves certificates that have expired into one signed file, as many as it takes, and leaves stubs
 * (docs/decisions/0014). The file is on the disk, and has been read back, before the database knows of it; certificates go
 * only after that. Whatever ends this in the middle, the next call goes on from there.
 * @param before certificates that end then or later stay
 * @returns the archive; undefined when none had ended by then
 * @throws forbidden; request_invalid for a time to come; state_conflict while another server is at it; unavailable when the file of an archive that isn't finished is gone
 */
export async function archiveCertificates(
  ports: CertificateArchivingPorts,
  principal: Principal,
  before: Millis,
): Promise<StoredArchive | undefined> {
  authorize(principal, 'chancery:ArchiveCertificates', arns.installation())
  refuseFuture(before, ports.calendar.now())
  return archiveAlone(ports, 'certificates', 'certificate-archive', async () => {
    await takeOutArchived(ports)
    const archive = await writeCertificateArchive(ports, before)
    if (archive === undefined) return undefined
    await record(ports, principal, archive)
    await takeOutArchived(ports)
    return archive
  })
}

async function record(
  ports: CertificateArchivingPorts,
  principal: Principal,
  archive: StoredArchive,
): Promise<void> {
  const time = ports.clock.now()
  const { first, last, hash, sha256 } = archive
  const event = auditEvent('ArchiveCertificates', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.installation()],
    request: { first, last },
    response: { hash, file: certificateArchiveName(archive), sha256 },
  })
  await ports.store.transact((writes) => [
    writes.certificateArchives.add(archive),
    writes.audit.append(event),
  ])
}

/** Leaves stubs of what is in an archive, from where an earlier call was ended. */
async function takeOutArchived(ports: CertificateArchivingPorts): Promise<void> {
  const installation = (await readInstallation(ports))?.id ?? ''
  const archive = await ports.store.reads.certificateArchives.open(installation)
  if (archive === undefined) return
  let waiting: ChainedEvent[] = []
  for await (const line of archivedLines(ports, archive)) {
    if (!('certificate' in line) || line.certificate.id <= archive.through) continue
    waiting.push(line.certificate)
    if (waiting.length < AT_ONCE) continue
    await takeOut(ports, archive, waiting)
    waiting = []
  }
  if (waiting.length > 0) await takeOut(ports, archive, waiting)
}

async function takeOut(
  { store }: Pick<Ports, 'store'>,
  archive: OpenArchive,
  archived: readonly ChainedEvent[],
): Promise<void> {
  await store.transact(({ certificateArchives }) => [
    ...archived.map(({ id, record: text }) => {
      const certificate = archivedCertificateFrom(text)
      if (certificate === undefined)
        throw new ChanceryError('internal', `certificate ${id} of an archive that was verified can’t be read`)
      const der = Buffer.from(certificate.certificate, 'base64')
      return certificateArchives.takeOut(id, certificate, certificateFacts(der).names.map(searchKeyOf))
    }),
    certificateArchives.advance(archive.first, archived.at(-1)?.id ?? archive.through),
  ])
}
