import { randomBytes } from 'node:crypto'
import { link, lstat, mkdir, open, readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemCode } from '../../faces/cli/failure.ts'
import type { Ownership } from './owners.ts'

/** A file to put on disk. */
export type NewFile = Ownership & { readonly bytes: Uint8Array; readonly mode: number }

/** Every change that a deployment makes on disk, each one step that a crash comes before or after. */
export type Disk = {
  /** Makes a file that wasn't there, durably: it is of its owner and mode before it has its content's name. */
  create(path: string, file: NewFile): Promise<void>
  /** Makes a directory with those above it, unless it is there. */
  makeDirectory(path: string): Promise<void>
  makeLink(path: string, target: string): Promise<void>
  /** A second name for what is there, file or symbolic link; nothing when there is nothing. */
  keep(path: string, kept: string): Promise<void>
  /** Puts one name in place of another; the other way of it is never seen. */
  replace(from: string, to: string): Promise<void>
  /** Removes a name or a directory with all in it; nothing when there is none. */
  remove(path: string): Promise<void>
}

export const disk: Disk = {
  async create(path, { bytes, mode, uid, gid }) {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.chown(uid, gid)
      await file.chmod(mode)
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncDirectory(dirname(path))
  },
  async makeDirectory(path) {
    if ((await mkdir(path, { recursive: true, mode: 0o755 })) !== undefined)
      await syncDirectory(dirname(path))
  },
  makeLink: (path, target) => symlink(target, path),
  async keep(path, kept) {
    const found = await statusOf(path)
    if (found === undefined) return
    if (found.isSymbolicLink()) await symlink(await readlink(path), kept)
    else await link(path, kept)
    await syncDirectory(dirname(kept))
  },
  async replace(from, to) {
    await rename(from, to)
    await syncDirectory(dirname(to))
  },
  async remove(path) {
    await rm(path, { recursive: true, force: true })
  },
}

/** A rename lasts once its directory is on disk. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** What has that name, a symbolic link itself rather than what it points to; undefined for nothing. */
export async function statusOf(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** A file of this program's own, for this user alone, in place of the one there was. */
export async function writeOwn(on: Disk, path: string, text: string): Promise<void> {
  const staged = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`)
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  await on.create(staged, { bytes: Buffer.from(text), mode: 0o600, ...owner })
  await on.replace(staged, path)
}
