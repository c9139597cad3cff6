import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * The secret in a file of ours; made exclusively, in one step and down to the disk when there is none. One that stands
 * is used: a start that was killed between writing it and using it leaves it behind.
 * @throws Error when the file is open to others, or holds no secret
 */
export function secretIn(path: string, make: () => string): string {
  if (!existsSync(path)) placeExclusively(path, `${make()}\n`)
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Error(`${path} can be read by others; it holds a secret. Remove it, or: chmod 600 ${path}`)
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < MIN_SECRET)
    throw new Error(`${path} holds no secret of at least ${MIN_SECRET} characters; remove it`)
  return secret
}
const MIN_SECRET = 32

/** Under another name first, so that nobody ever reads half of it; another server's, made meanwhile, is left alone. */
function placeExclusively(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.new`
  write(temporary, content, 'w', 0o600)
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (!existsSync(path)) throw error
  } finally {
    unlinkSync(temporary)
  }
  syncDirectory(dirname(path))
}

/** Replaces a file in one step, so that no reader ever sees half of it; leaves it alone when nothing changes. */
export function replaceFile(path: string, content: string, mode: number): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return
  const temporary = `${path}.${process.pid}.new`
  write(temporary, content, 'w', mode)
  renameSync(temporary, path)
  syncDirectory(dirname(path))
}

function write(path: string, content: string, flags: string, mode: number): void {
  const file = openSync(path, flags, mode)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
