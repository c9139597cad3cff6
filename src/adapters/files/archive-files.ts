import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { ArchiveFiles } from '../../core/ports/archive-files.ts'
import { linesIn } from './lines.ts'

/** Archives in a directory of their own, which is made when the first one is, for nobody but this user. */
export function createArchiveFiles(directory: string): ArchiveFiles {
  const path = (name: string): string => join(directory, name)
  return {
    write: async (name, lines) => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      // One of each kind is written at a time: half a one that a dead server left is replaced, whatever it was to be called.
      const staged = path(`${name.slice(0, name.indexOf('-'))}.new`)
      try {
        const written = await compressed(lines, staged)
        await synced(staged)
        await rename(staged, path(name))
        await synced(directory)
        return written
      } catch (error) {
        await rm(staged, { force: true })
        const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')
        throw full
          ? new ChanceryError('unavailable', 'The disk that archives are on is full', { cause: error })
          : error
      }
    },
    lines: (name) => linesIn(path(name)),
    read: (name) => ({
      [Symbol.asyncIterator]: () =>
        createReadStream(path(name), { highWaterMark: 65_536 })[Symbol.asyncIterator](),
    }),
    size: async (name) => {
      try {
        return (await stat(path(name))).size
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
  }
}

async function compressed(
  lines: AsyncIterable<string>,
  to: string,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  const counted = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      hash.update(piece)
      size += piece.length
      done(null, piece)
    },
  })
  await pipeline(Readable.from(lines), createGzip(), counted, createWriteStream(to, { mode: 0o600 }))
  return { size, sha256: hash.digest('hex') }
}

/** Down to the disk: a file, or the names in a directory. */
async function synced(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
