import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * The secret in a file of ours; made, written exclusively and down to the disk when there is none. One that stands is
 * used: a start that was killed between writing it and using it leaves it behind.
 * @throws Error when the file is open to others
 */
export function secretIn(path: string, make: () => string): string {
  if (existsSync(path)) {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new Error(`${path} can be read by others; it holds a secret. Remove it, or: chmod 600 ${path}`)
    return readFileSync(path, 'utf8').trim()
  }
  const secret = make()
  write(path, `${secret}\n`, 'wx', 0o600)
  syncDirectory(dirname(path))
  return secret
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
