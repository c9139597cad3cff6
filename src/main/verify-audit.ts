import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesIn } from '../adapters/files/lines.ts'
import { openOfflineTrail, type OfflineTrail } from '../adapters/prisma/offline-trail.ts'
import {
  archiveName,
  trailLineFrom,
  type ArchivedStretch,
  type SignedCheckpoint,
  type TrailLine,
  type TrailPart,
} from '../core/domain/audit-trail.ts'
import { publicKeyPem, statementKeyFrom, type StatementKey } from '../core/x509/audit-statements.ts'
import { verifiedTrail, type Verification } from '../core/x509/audit-verification.ts'
import type { CertificatesVerified } from '../core/x509/certificate-archive-verification.ts'
import { filesIn } from './compose.ts'
import {
  ArchivesInTrail,
  certificateHeadOf,
  verifyCertificateFiles,
  verifyCertificatesIn,
} from './verify-certificates.ts'

export type AuditVerificationOptions = {
  /** Files of events, or archives of certificates, in order; or a database, with the directory that archives are in. */
  readonly trail:
    { readonly files: readonly string[] } | { readonly database: string; readonly archives: string }
  /** Files with checkpoints. */
  readonly checkpoints: readonly string[]
  /** A file with the public key that signatures are to be by. */
  readonly publicKey: string | undefined
  readonly acceptRestores: boolean
}

export type AuditVerified = Verification & {
  /** Certificates in archives; their findings are among all. */
  readonly certificates: Omit<CertificatesVerified, 'notes' | 'findings'>
  /** Which key counted, and where it came from. */
  readonly key: { readonly names: readonly string[]; readonly from: string; readonly given: boolean }
  /** Where checkpoints came from. */
  readonly checkpointFiles: readonly string[]
}

/** Keys that files name themselves, and checkpoints in them. */
type Statements = { readonly checkpoints: SignedCheckpoint[]; readonly keys: Map<string, string> }

/**
 * Verifies an audit trail off line: exported files and archives, or what a data directory holds, archives first.
 * @throws Error naming a file that can't be read or is none of an audit trail
 */
export async function verifyAudit(options: AuditVerificationOptions): Promise<AuditVerified> {
  const { checkpoints, publicKey, acceptRestores } = options
  const said: Statements = { checkpoints: [], keys: new Map() }
  for (const file of checkpoints) await readCheckpoints(file, said)
  const { files, publicKeys, parts, certificates, close } = await sourceOf(options.trail, said)
  try {
    for (const spki of publicKeys) said.keys.set(publicKeyPem(spki), 'the database')
    for (const file of files) await readKeyOf(file, said)
    const key = publicKey === undefined ? keysSaid(said) : keyGiven(publicKey)
    const terms = { checkpoints: said.checkpoints, keys: key.keys, acceptRestores }
    const names = key.keys.map(({ name }) => name)
    const told = new ArchivesInTrail()
    const trail = await verifiedTrail(told.watching(parts()), terms)
    const { notes, findings, ...archived } = await certificates(key.keys, told)
    return {
      ...trail,
      notes: [...trail.notes, ...notes],
      findings: [...trail.findings, ...findings],
      certificates: archived,
      key: { names, from: key.from, given: publicKey !== undefined },
      checkpointFiles: checkpoints,
    }
  } finally {
    close()
  }
}

type Source = {
  /** Files that are read. */
  readonly files: readonly string[]
  readonly publicKeys: readonly Uint8Array[]
  parts(): AsyncIterable<readonly TrailPart[]>
  /** When all parts were read. */
  certificates(keys: readonly StatementKey[], told: ArchivesInTrail): Promise<CertificatesVerified>
  close(): void
}

async function sourceOf(trail: AuditVerificationOptions['trail'], said: Statements): Promise<Source> {
  if ('files' in trail) return sourceOfFiles(trail.files, said)
  const opened = openOfflineTrail(trail.database)
  const { archives, publicKeys, close } = opened
  const files = archiveFiles(archives, trail.archives)
  return {
    files,
    publicKeys,
    parts: () => partsIn(opened, trail.archives),
    certificates: (keys, told) => verifyCertificatesIn(trail.database, trail.archives, keys, told),
    close,
  }
}

async function sourceOfFiles(given: readonly string[], { keys: known }: Statements): Promise<Source> {
  const files: string[] = []
  const archives: string[] = []
  for (const file of given) {
    const head = await certificateHeadOf(file)
    if (head !== undefined) known.set(head.publicKey, file)
    ;(head === undefined ? files : archives).push(file)
  }
  return {
    files,
    publicKeys: [],
    parts: () => partsOf(files),
    certificates: (keys) => verifyCertificateFiles(archives, keys),
    close: () => {},
  }
}

/** Where a data directory's own trail and checkpoints are. */
export function trailIn(dataDir: string): Pick<AuditVerificationOptions, 'trail' | 'checkpoints'> {
  const { database, archives, checkpoints } = filesIn(dataDir)
  return {
    trail: { database, archives },
    checkpoints: [`${checkpoints}.1`, checkpoints].filter((path) => existsSync(path)),
  }
}

/** Those that are still where they were written. */
const archiveFiles = (archives: readonly ArchivedStretch[], directory: string): readonly string[] =>
  archives.map((archive) => join(directory, archiveName(archive))).filter((path) => existsSync(path))

async function* partsOf(files: readonly string[]): AsyncGenerator<readonly TrailPart[]> {
  for (const file of files) {
    let number = 0
    for await (const lines of linesIn(file)) yield lines.map((line) => partOf(line, file, ++number))
  }
}

/** Files of archives may lie elsewhere: what the database says of them is signed, and the rest goes on from there. */
async function* partsIn(trail: OfflineTrail, directory: string): AsyncGenerator<readonly TrailPart[]> {
  for (const archived of trail.archives) {
    yield* partsOf(archiveFiles([archived], directory))
    yield [{ archived }]
  }
  yield* trail.parts()
}

function partOf(line: string, file: string, number: number): TrailPart {
  const read = trailLineFrom(line)
  if (read !== undefined && ('event' in read || 'head' in read)) return read
  return { unreadable: `${file}: line ${number} is no event of an audit trail` }
}

/** @throws Error when it holds none */
async function readCheckpoints(file: string, { checkpoints, keys }: Statements): Promise<void> {
  let found = 0
  for await (const lines of linesIn(file))
    for (const read of lines.map(trailLineFrom)) {
      if (read === undefined) continue
      if ('checkpoints' in read) keys.set(read.checkpoints.publicKey, file)
      if (!('checkpoint' in read)) continue
      if (read.publicKey !== undefined) keys.set(read.publicKey, file)
      checkpoints.push(read.checkpoint)
      found++
    }
  if (found === 0) throw new Error(`${file} holds no checkpoint of an audit trail`)
}

/** An archive names its key in its first line. */
async function readKeyOf(file: string, { keys }: Statements): Promise<void> {
  for await (const [line = ''] of linesIn(file)) {
    const read: TrailLine | undefined = trailLineFrom(line)
    if (read !== undefined && 'head' in read && read.head.archive !== undefined)
      keys.set(read.head.archive.publicKey, file)
    return
  }
}

function keysSaid({ keys }: Statements): { keys: StatementKey[]; from: string } {
  const from = [...new Set(keys.values())].join(', ')
  return { keys: [...keys].map(([pem, file]) => statementKeyFrom(pem, file)), from }
}

const keyGiven = (path: string): { keys: StatementKey[]; from: string } => ({
  keys: [statementKeyFrom(readFileSync(path, 'utf8'), path)],
  from: path,
})
