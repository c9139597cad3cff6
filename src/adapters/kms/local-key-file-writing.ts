import { link, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Random } from '../../core/ports/random.ts'
import { kmsUnavailable } from './failures.ts'
import {
  codeOf,
  FORMAT,
  FORMAT_WITH_PASSPHRASE,
  KEY_OCTETS,
  readLocalKeyFile,
  type LocalKeyFile,
} from './local-key-file.ts'
import { freshScrypt, passphraseKey, sealedKey } from './local-passphrase.ts'

/** What is being written for longer than this (milliseconds) was left behind by a process that died. */
const LEFT_BEHIND = 10_000
const BETWEEN_TRIES = 20

/**
 * Makes a key file with one key in it, mode 0600, on the disk when this returns. Whether an installation may have a
 * new one is the caller's decision: where keys are sealed already, a new file would only hide that the old one is lost.
 * @param passphrase under which its keys are kept; in the clear when absent
 * @throws already_exists when there is a file, which is never overwritten; kms_unavailable when it can't be written
 */
export async function createLocalKeyFile(
  path: string,
  random: Random,
  passphrase?: string,
): Promise<{ kekId: string }> {
  const kekId = uuidFrom(random.bytes(16))
  const scrypt = passphrase === undefined ? undefined : freshScrypt(random)
  const protection =
    passphrase === undefined || scrypt === undefined ? undefined : await passphraseKey(passphrase, scrypt)
  const first = newVersion(1, kekId, protection, random)
  const content = contentFrom({ kekId, scrypt, versions: [first] })
  first.key.fill(0)
  try {
    // Under another name first: a process killed while it writes must not leave half a key file behind.
    const temporary = `${path}.${kekId}.new`
    try {
      const file = await open(temporary, 'wx', 0o600)
      await file.writeFile(content)
      await file.sync()
      await file.close()
      await link(temporary, path)
    } finally {
      await rm(temporary, { force: true })
    }
    await syncDirectoryOf(path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new ChanceryError('already_exists', `key file ${path} exists already; it is never overwritten`)
    }
    throw cantWrite(path, error)
  } finally {
    content.fill(0)
  }
  return { kekId }
}

/** A fresh key as it stands in the file. */
export function newVersion(
  version: number,
  kekId: string,
  protection: Parameters<typeof sealedKey>[0] | undefined,
  random: Random,
): LocalKeyFile['versions'][number] {
  const key = random.bytes(KEY_OCTETS)
  if (protection === undefined) return { version, key }
  try {
    return { version, key: sealedKey(protection, { kekId, version }, key, random) }
  } finally {
    key.fill(0)
  }
}

/**
 * Replaces a key file by what `change` makes of it, in one step and down to the disk. The new content's name is the
 * lock: processes that change the file at once do it one after the other, and each sees what the one before wrote.
 * @throws kms_unavailable; what `change` throws, and then the file is as it was
 */
export async function rewriteLocalKeyFile(
  path: string,
  change: (file: LocalKeyFile) => Promise<LocalKeyFile>,
): Promise<void> {
  const temporary = `${path}.new`
  const claim = await claimed(temporary, path)
  try {
    const before = await readLocalKeyFile(path)
    const content = contentFrom(await change(before.file))
    try {
      await claim.writeFile(content)
      await claim.sync()
      // Taken for left behind while the disk was slow: what stands there is another process's, and half written.
      if (!(await isAt(claim, temporary)))
        throw kmsUnavailable(`key file ${path} was being changed elsewhere; try again`, true)
      await rename(temporary, path)
      await syncDirectoryOf(path)
    } finally {
      content.fill(0)
      for (const { key } of before.file.versions) key.fill(0)
    }
  } catch (error) {
    if (await isAt(claim, temporary)) await rm(temporary, { force: true })
    throw error instanceof ChanceryError ? error : cantWrite(path, error)
  } finally {
    await claim.close()
  }
}

async function claimed(temporary: string, path: string): Promise<FileHandle> {
  for (let waited = 0; ; waited += BETWEEN_TRIES) {
    try {
      return await open(temporary, 'wx', 0o600)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw cantWrite(path, error)
    }
    if (waited > LEFT_BEHIND)
      throw kmsUnavailable(`key file ${path} is being changed elsewhere; try again`, true)
    const standing = await stat(temporary).catch(() => undefined)
    if (standing !== undefined && Date.now() - standing.mtimeMs > LEFT_BEHIND)
      await rm(temporary, { force: true })
    else await after(BETWEEN_TRIES)
  }
}

async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const [own, standing] = [await file.stat(), await stat(path).catch(() => undefined)]
  return own.ino === standing?.ino && own.dev === standing.dev
}

/** The name is in the directory: without this the file may be gone after a power cut, and every key with it. */
async function syncDirectoryOf(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r')
  await directory.sync().finally(() => directory.close())
}

const cantWrite = (path: string, error: unknown): ChanceryError =>
  kmsUnavailable(`key file ${path} can't be written (${codeOf(error)}); check its directory`, false, error)

function contentFrom({ kekId, scrypt, versions }: LocalKeyFile): Buffer {
  const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')
  const listed = versions.map(({ version, key }) => ({ version, key: base64(key) }))
  const file =
    scrypt === undefined
      ? { format: FORMAT, kekId, versions: listed }
      : {
          format: FORMAT_WITH_PASSPHRASE,
          kekId,
          scrypt: { ...scrypt, salt: base64(scrypt.salt) },
          versions: listed,
        }
  return Buffer.from(`${JSON.stringify(file, null, 2)}\n`)
}

/** A version 4 UUID (RFC 9562 §5.4) from 16 random octets. */
function uuidFrom(octets: Uint8Array): string {
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80
  return Buffer.from(octets)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
