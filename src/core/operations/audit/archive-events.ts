import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import {
  archiveName,
  eventLine,
  trailHeadLine,
  trailLineFrom,
  type ArchivedStretch,
  type ChainPlace,
  type SignedArchive,
} from '../../domain/audit-trail.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import type { ArchiveFiles } from '../../ports/archive-files.ts'
import type { StoredArchive } from '../../ports/audit-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { chained } from '../../x509/audit-chain.ts'
import { isSignedArchive, keyNameOf, publicKeyPem, statementKeyFrom } from '../../x509/audit-statements.ts'
import { prepareArchive } from '../../x509/prepare.ts'
import { readInstallation } from '../installation/initialize.ts'
import { newUuid } from '../new-ids.ts'
import { archiveAlone, refuseFuture } from './archive-alone.ts'
import { checkpointKey, type CheckpointKeyPorts } from './checkpoint-key.ts'
import { AUDIT_USE } from './make-checkpoint.ts'
import { streamedThrough } from './stream-events.ts'

/** Events in one archive at most: some fifty megabytes before they are compressed. */
const MOST_EVENTS = 50_000
const AT_ONCE = 1000

export type ArchivePorts = CheckpointKeyPorts & {
  readonly archiveFiles: ArchiveFiles
  readonly settings: Pick<Ports['settings'], 'globalRegion' | 'serverId' | 'auditStreamed'>
}

/**
 * Moves the oldest events into one signed file, as many as it takes. The file is on the disk, and has been read back,
 * before the database knows of it; the events go only after that. Whatever ends this in the middle, the next call goes on
 * from there.
 * @param before events of then and later stay
 * @returns the archive; undefined when no event is old enough
 * @throws forbidden; request_invalid for a time to come; state_conflict while another server is at it; internal when the chain is broken: then all stays
 */
export async function archiveAuditEvents(
  ports: ArchivePorts,
  principal: Principal,
  before: Millis,
): Promise<StoredArchive | undefined> {
  authorize(principal, 'chancery:ArchiveAuditTrail', arns.installation())
  refuseFuture(before, ports.clock.now())
  return archiveAlone(ports, 'the audit trail', 'audit-archive', async () => {
    await dropArchived(ports)
    const start = await ports.store.reads.audit.start()
    // Whoever is sent every event is to have it first.
    const upTo = ports.settings.auditStreamed ? await streamedThrough(ports) : Number.MAX_SAFE_INTEGER
    const most = Math.min(MOST_EVENTS, Math.max(0, upTo - start.id))
    const end = await ports.store.reads.audit.olderThan(before, start.id, most)
    if (end === undefined) return undefined
    const archive = await written(ports, start, end)
    await record(ports, principal, archive)
    await dropArchived(ports)
    return archive
  })
}

/** In small transactions: whoever issues waits for none of them for long. */
async function dropArchived({ store }: Pick<Ports, 'store'>): Promise<void> {
  while (await store.reads.audit.hasArchived())
    await store.transact((writes) => [writes.auditArchives.dropArchived(AT_ONCE)])
}

async function written(ports: ArchivePorts, start: ChainPlace, end: ChainPlace): Promise<StoredArchive> {
  const key = await checkpointKey(ports)
  const publicKey = publicKeyPem(key.spki)
  const stretch: ArchivedStretch = {
    installation: (await readInstallation(ports))?.id ?? '',
    first: start.id + 1,
    last: end.id,
    before: start.hash,
    hash: end.hash,
    at: ports.clock.now(),
  }
  const signature = await ports.vault.sign(key, prepareArchive(stretch).prepared, AUDIT_USE)
  const archive: SignedArchive = {
    ...stretch,
    key: keyNameOf(key.spki),
    signature: Buffer.from(signature).toString('base64'),
  }
  if (!isSignedArchive(archive, [statementKeyFrom(publicKey, 'key')]))
    throw new ChanceryError('internal', 'an archive was signed wrongly, and is not used')
  const name = archiveName(archive)
  const file = await ports.archiveFiles.write(name, linesOf(ports, archive, publicKey))
  await readBack(ports, name, archive)
  return { ...archive, ...file }
}

async function* linesOf(
  { store }: Pick<Ports, 'store'>,
  archive: SignedArchive,
  publicKey: string,
): AsyncGenerator<string> {
  const { installation, first, last, before } = archive
  yield `${trailHeadLine({ installation, first, before, archive: { ...archive, publicKey } })}\n`
  for (let id = first - 1; id < last;) {
    const events = await store.reads.audit.after(id, Math.min(AT_ONCE, last - id))
    if (events.length === 0) throw broken(id + 1)
    yield events.map((event) => `${eventLine(event)}\n`).join('')
    id = events.at(-1)?.id ?? last
  }
}

/** @throws internal unless the file has every event, and each follows from the one before it */
async function readBack({ archiveFiles }: ArchivePorts, name: string, archive: SignedArchive): Promise<void> {
  let place: ChainPlace = { id: archive.first - 1, hash: archive.before }
  for await (const lines of archiveFiles.lines(name))
    for (const line of lines) {
      const read = trailLineFrom(line)
      if (read === undefined || 'head' in read) continue
      if (!('event' in read)) throw broken(place.id + 1)
      const { id, hash, record: text } = read.event
      if (id !== place.id + 1 || chained(place.hash, text) !== hash) throw broken(id)
      place = { id, hash }
    }
  if (place.id !== archive.last || place.hash !== archive.hash) throw broken(archive.last)
}

const broken = (event: number): ChanceryError =>
  new ChanceryError(
    'internal',
    `The audit trail is broken at event ${event}; nothing was archived. See chancery audit verify`,
  )

async function record(ports: ArchivePorts, principal: Principal, archive: StoredArchive): Promise<void> {
  const time = ports.clock.now()
  const { first, last, hash, sha256 } = archive
  const event = auditEvent('ArchiveAuditEvents', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.installation()],
    request: { first, last },
    response: { hash, file: archiveName(archive), sha256 },
  })
  await ports.store.transact((writes) => [writes.auditArchives.add(archive), writes.audit.append(event)])
}
