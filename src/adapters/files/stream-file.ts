import { open, type FileHandle } from 'node:fs/promises'
import type { AuditSink } from '../../core/ports/audit-sink.ts'

/** A line of an event is far shorter. */
const LONGEST = 4 * 1024 * 1024

/**
 * Appends events to a file of JSON lines, which may be moved away at any time: a new one begins with a head. What it took
 * is on the disk.
 */
export const streamFile = (path: string): AuditSink => ({
  name: path,
  take: async (lines) => {
    const file = await open(path, 'a+', 0o600)
    try {
      await withoutTornLine(file)
      const { size } = await file.stat()
      await file.appendFile(size === 0 ? lines : lines.slice(lines.indexOf('\n') + 1))
      await file.sync()
    } finally {
      await file.close()
    }
  },
})

/** What a crash left of a line comes again whole. */
async function withoutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  const from = Math.max(0, size - LONGEST)
  const last = Buffer.alloc(1)
  if (size > 0) await file.read({ buffer: last, position: size - 1 })
  if (size === 0 || last[0] === 0x0a) return
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - from), position: from })
  await file.truncate(from + buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1)
}
