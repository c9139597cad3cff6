import { constants, existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { checkDataKey } from '../adapters/kms/envelope.ts'
import { openLocalKeyFile } from '../adapters/kms/local.ts'
import {
  checkedFacts,
  copyDatabase,
  type CopyProgress,
  type DatabaseFacts,
} from '../adapters/prisma/backup.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import { isoOf } from '../core/domain/time.ts'
import { BACKUP_FILES, digestOf, manifestText, type BackupManifest } from './backup-manifest.ts'
import { filesIn } from './compose.ts'
import { ownVersion } from './version.ts'

export type BackupOptions = {
  readonly dataDir: string
  /** A directory that isn't there yet, or is empty. */
  readonly target: string
  /** Where to put a copy of the key file, outside the backup; absent: nowhere. */
  readonly keyTo: string | undefined
  /** Of the key file, where it has one. */
  readonly passphrase: () => string | undefined
  readonly progress: CopyProgress
}

/**
 * Writes a backup while servers run: the database, then a manifest, which makes it one. The key-encryption key is never
 * in it: whoever finds the one without the other has nothing.
 * @throws Error for the operator; what was written of the backup by then is removed
 */
export async function backUp(options: BackupOptions): Promise<BackupManifest> {
  const { dataDir, target, keyTo, passphrase, progress } = options
  const files = filesIn(dataDir)
  if (keyTo !== undefined && isInside(keyTo, target))
    throw new Error(`${keyTo} is inside the backup; the key goes to another place, or both are lost together`)
  if (keyTo !== undefined && existsSync(keyTo)) throw keyFileTaken(keyTo)
  await emptyDirectory(target)
  const database = join(target, BACKUP_FILES.database)
  try {
    const { at } = await copyDatabase(files.database, database, () => systemClock.now(), progress)
    await synced(database)
    const facts = checkedFacts(database)
    if (keyTo !== undefined) await copyKeyFile({ path: files.keyFile, passphrase }, keyTo, facts)
    const manifest = {
      chancery: ownVersion(),
      createdAt: isoOf(at),
      database: await digestOf(database),
      ...shown(facts),
    }
    await writeManifest(target, manifestText(manifest))
    return { format: 'chancery-backup/1', ...manifest }
  } catch (error) {
    for (const name of [...Object.values(BACKUP_FILES), `${BACKUP_FILES.manifest}.new`])
      await rm(join(target, name), { force: true })
    throw error
  }
}

const shown = ({ auditHead, keys, ...facts }: DatabaseFacts) => ({
  ...facts,
  authorities: [...facts.authorities],
  audit: { id: auditHead.id, hash: Buffer.from(auditHead.hash).toString('hex') },
  keys: keys.map(({ provider, kekId, kekVersion }) => ({ provider, kekId, kekVersion })),
})

const isInside = (path: string, directory: string): boolean =>
  resolve(path) === resolve(directory) || resolve(path).startsWith(resolve(directory) + sep)

/** @throws Error when it holds something */
export async function emptyDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const [first] = await readdir(path)
  if (first !== undefined) throw new Error(`${path} is not empty (it holds ${first}); name another directory`)
}

const keyFileTaken = (path: string): Error =>
  new Error(`${path} exists already; a key file is never overwritten`)

/** A key file, and what opens it where it has a passphrase. */
export type KeyFile = { readonly path: string; readonly passphrase: () => string | undefined }

/** After the database, so that it has every version of the key that a row of the copy may name. */
async function copyKeyFile(from: KeyFile, to: string, { keys }: DatabaseFacts): Promise<void> {
  await checkKeyFile(from, keys)
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  try {
    await copyFile(from.path, to, constants.COPYFILE_EXCL)
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw taken ? keyFileTaken(to) : error
  }
  await synced(to, 0o600)
}

/**
 * Finds out whether a key file opens what was sealed under the local KMS: one data key of each version is opened, no
 * private key.
 * @throws ChanceryError naming the key that is missing
 */
export async function checkKeyFile(
  { path, passphrase }: KeyFile,
  keys: DatabaseFacts['keys'],
): Promise<void> {
  const local = keys.filter(({ provider }) => provider === 'local')
  if (local.length === 0) return
  const provider = await openLocalKeyFile(path, createSystemRandom(), { passphrase })
  for (const key of local) await checkDataKey(provider, key, key.sealed)
}

/** Under another name first: a manifest that is there is whole. */
async function writeManifest(target: string, text: string): Promise<void> {
  const path = join(target, BACKUP_FILES.manifest)
  const file = await open(`${path}.new`, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await synced(target)
}

/** Down to the disk: a file, or the names in a directory. */
export async function synced(path: string, mode?: number): Promise<void> {
  const file = await open(path, 'r')
  try {
    if (mode !== undefined) await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}
