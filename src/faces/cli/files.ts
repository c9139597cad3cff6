import { randomBytes } from 'node:crypto'
import { link, lstat, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CliFailure, reasonOf, systemCode, usage } from './failure.ts'

/** A file to write: `secret` ones are for the owner alone (mode 0600), others for everybody to read (0644). */
export type NewFile = {
  readonly path: string
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array>
  readonly secret: boolean
}

/** Largest file the CLI reads: more than a CSR, a passphrase, a CA bundle or a million lines of names needs. */
const MAX_READ = 256 * 1024 * 1024

/**
 * Reads a file that the caller named.
 * @param option for the message: where the path came from, e.g. `--csr`
 * @throws CliFailure with exit code 2
 */
export async function fileGiven(directory: string, path: string, option: string): Promise<Buffer> {
  try {
    const full = resolve(directory, path)
    const file = await open(full, 'r')
    try {
      if ((await file.stat()).size > MAX_READ) throw new Error(`it is larger than ${MAX_READ} bytes`)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw usage(`${option}: can’t read ${path}: ${reasonOf(error)}`)
  }
}

/**
 * The JSON object in a file that the caller named; undefined when none was named. What its members are is for the
 * server to judge, which knows every rule.
 * @throws CliFailure with exit code 2
 */
export async function objectGiven(
  directory: string,
  path: string | undefined,
  option: string,
): Promise<object | undefined> {
  if (path === undefined) return undefined
  const text = (await fileGiven(directory, path, option)).toString('utf8')
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch {
    // Falls through: the same words for anything that is no object.
  }
  throw usage(`${option}: ${path} must hold one JSON object`)
}

/** A file's text, or undefined when there is none that we may read. */
export async function textIfReadable(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Whether a path is that of a directory. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

/** Whether something has that path, a dangling link too. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    // Where it can't be known, writing will say why.
    return systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR'
  }
}

/** @throws CliFailure with exit code 2 when a file is there already: before anything is issued that has no place to go */
export async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) if (await exists(path)) throw alreadyThere(path)
}

const alreadyThere = (path: string): CliFailure =>
  usage(
    `${path} exists already; nothing was overwritten`,
    'Choose another place, or say --force to replace it.',
  )

/**
 * Writes files whole or not at all: each is written and synced under another name beside its place first, then all
 * take their places in the order given. Without `force` none replaces anything, even one made meanwhile.
 * @throws CliFailure with exit code 1, or 2 when one exists
 */
export async function writeFiles(files: readonly NewFile[], force: boolean): Promise<void> {
  const staged: { from: string; to: string }[] = []
  try {
    for (const file of files) {
      await mkdir(dirname(file.path), { recursive: true })
      const from = join(
        dirname(file.path),
        `.${basename(file.path).slice(0, 80)}.${randomBytes(6).toString('hex')}`,
      )
      staged.push({ from, to: file.path })
      await writeNew(from, file)
    }
    for (const { from, to } of staged) await (force ? rename(from, to) : place(from, to))
  } catch (error) {
    if (error instanceof CliFailure) throw error
    const path = files.map((file) => file.path).join(', ')
    throw new CliFailure(1, `can’t write ${path}: ${reasonOf(error)}`, [], error)
  } finally {
    await Promise.all(staged.map(({ from }) => unlink(from).catch(() => undefined)))
  }
}

async function writeNew(path: string, { content, secret }: NewFile): Promise<void> {
  const mode = secret ? 0o600 : 0o644
  const file = await open(path, 'wx', mode)
  try {
    // The umask may have taken bits away from a certificate that a server's user has to read.
    await file.chmod(mode)
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** link(2) fails when the name is taken, which rename(2) doesn't: no window between looking and placing. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw alreadyThere(to)
    // File systems without hard links (FAT, some network ones).
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')) throw error
    if (await exists(to)) throw alreadyThere(to)
    await rename(from, to)
  }
}
