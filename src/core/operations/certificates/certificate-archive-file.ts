import type { ArchivedStretch, ChainPlace, SignedArchive } from '../../domain/audit-trail.ts'
import { eventLine } from '../../domain/audit-trail.ts'
import {
  archivedRecord,
  certificateArchiveEndLine,
  certificateArchiveHeadLine,
  certificateArchiveLineFrom,
  certificateArchiveName,
  type CertificateArchiveLine,
} from '../../domain/certificate-archive.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { Millis } from '../../domain/time.ts'
import type { StoredArchive } from '../../ports/audit-store.ts'
import type { ArchiveFiles } from '../../ports/archive-files.ts'
import { chained } from '../../x509/audit-chain.ts'
import {
  isSignedCertificateArchive,
  keyNameOf,
  publicKeyPem,
  statementKeyFrom,
} from '../../x509/audit-statements.ts'
import { prepareCertificateArchive } from '../../x509/prepare.ts'
import { checkpointKey, type CheckpointKeyPorts } from '../audit/checkpoint-key.ts'
import { AUDIT_USE } from '../audit/make-checkpoint.ts'
import { readInstallation } from '../installation/initialize.ts'

/** In one archive at most: some fifteen megabytes, a second or two. */
const MOST_CERTIFICATES = 20_000
const AT_ONCE = 500

export type ArchiveWritingPorts = CheckpointKeyPorts & { readonly archiveFiles: ArchiveFiles }

/**
 * Writes certificates that ended before then into the next file, on the disk and read back.
 * @returns undefined, and no file, when there is none
 */
export async function writeCertificateArchive(
  ports: ArchiveWritingPorts,
  before: Millis,
): Promise<StoredArchive | undefined> {
  const { expired, end } = ports.store.reads.certificateArchives
  if ((await expired(before, { limit: 1, after: undefined })).items.length === 0) return undefined
  const key = await checkpointKey(ports)
  const start = await end()
  const installation = (await readInstallation(ports))?.id ?? ''
  const name = certificateArchiveName({ first: start.id + 1 })
  const signed: { archive?: SignedArchive } = {}
  const file = await ports.archiveFiles.write(
    name,
    linesOf(ports, { key, start, installation, before, signed }),
  )
  const { archive } = signed
  if (archive === undefined) throw broken(name)
  await readBack(ports, name, archive)
  return { ...archive, ...file }
}

type Writing = {
  readonly key: StoredKey
  readonly start: ChainPlace
  readonly installation: string
  readonly before: Millis
  /** What the last line says, once it is written. */
  readonly signed: { archive?: SignedArchive }
}

async function* linesOf(ports: ArchiveWritingPorts, writing: Writing): AsyncGenerator<string> {
  const { start, installation, before, signed, key } = writing
  const head = { installation, first: start.id + 1, before: start.hash }
  yield `${certificateArchiveHeadLine({ ...head, publicKey: publicKeyPem(key.spki) })}\n`
  let place = start
  let after: string | undefined
  do {
    const limit = Math.min(AT_ONCE, start.id + MOST_CERTIFICATES - place.id)
    const page = await ports.store.reads.certificateArchives.expired(before, { limit, after })
    let lines = ''
    for (const certificate of page.items) {
      const record = archivedRecord(certificate, Buffer.from(certificate.der).toString('base64'))
      place = { id: place.id + 1, hash: chained(place.hash, record) }
      lines += `${eventLine({ ...place, record })}\n`
    }
    yield lines
    after = page.next
  } while (after !== undefined && place.id < start.id + MOST_CERTIFICATES)
  const at = ports.clock.now()
  signed.archive = await signedStretch(ports, key, { ...head, last: place.id, hash: place.hash, at })
  yield `${certificateArchiveEndLine(signed.archive)}\n`
}

async function signedStretch(
  { vault }: Pick<ArchiveWritingPorts, 'vault'>,
  key: StoredKey,
  stretch: ArchivedStretch,
): Promise<SignedArchive> {
  const octets = await vault.sign(key, prepareCertificateArchive(stretch).prepared, AUDIT_USE)
  const signature = Buffer.from(octets).toString('base64')
  const archive = { ...stretch, key: keyNameOf(key.spki), signature }
  if (isSignedCertificateArchive(archive, [statementKeyFrom(publicKeyPem(key.spki), 'key')])) return archive
  throw new ChanceryError('internal', 'an archive was signed wrongly, and is not used')
}

/** @throws internal unless the file has every certificate, each follows from the one before it, and the end is signed */
async function readBack(ports: ArchiveWritingPorts, name: string, archive: SignedArchive): Promise<void> {
  let place: ChainPlace = { id: archive.first - 1, hash: archive.before }
  let ended = false
  for await (const line of archivedLines(ports, archive)) {
    if ('end' in line) ended = line.end.signature === archive.signature && line.end.hash === place.hash
    if (!('certificate' in line)) continue
    const { id, hash, record } = line.certificate
    if (id !== place.id + 1 || chained(place.hash, record) !== hash) throw broken(name)
    place = { id, hash }
  }
  if (!ended || place.id !== archive.last || place.hash !== archive.hash) throw broken(name)
}

const broken = (name: string): ChanceryError =>
  new ChanceryError('internal', `${name} isn’t on the disk as it was written; nothing was archived`)

/** The lines of an archive's file. @throws unavailable when it isn't there; internal for a line that is none */
export async function* archivedLines(
  { archiveFiles }: Pick<ArchiveWritingPorts, 'archiveFiles'>,
  archive: Pick<ArchivedStretch, 'first'>,
): AsyncGenerator<CertificateArchiveLine> {
  const name = certificateArchiveName(archive)
  if ((await archiveFiles.size(name)) === undefined)
    throw new ChanceryError('unavailable', `${name} is needed to finish archiving what is in it; put it back`)
  for await (const lines of archiveFiles.lines(name))
    for (const text of lines) {
      const line = certificateArchiveLineFrom(text)
      if (line === undefined) throw broken(name)
      yield line
    }
}
