import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Longer lines are none of ours. */
const LONGEST = 4 * 1024 * 1024

/**
 * The lines of a file in UTF-8, plain or gzipped, several at a time; a last one without its line end is among them.
 * @throws Error naming the file when it can't be read or has a line longer than 4 MiB
 */
export async function* linesIn(path: string): AsyncGenerator<readonly string[]> {
  const gzipped = await isGzipped(path)
  const octets = createReadStream(path, { highWaterMark: 256 * 1024 })
  // The error reaches whoever reads; `pipeline` also closes the file then.
  const source = gzipped ? pipeline(octets, createGunzip(), () => {}) : octets
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const piece of source) {
      const lines = (rest + decoder.decode(piece as Buffer, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > LONGEST) throw new Error('a line is longer than 4 MiB')
      yield lines
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} can’t be read: ${why}`, { cause: error })
  }
  rest += decoder.decode()
  if (rest !== '') yield [rest]
}

async function isGzipped(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(2), position: 0 })
    return buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}
