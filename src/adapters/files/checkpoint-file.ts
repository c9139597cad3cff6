import { open, rename, stat, type FileHandle } from 'node:fs/promises'
import { checkpointLine, checkpointsHeadLine, type SignedCheckpoint } from '../../core/domain/audit-trail.ts'
import type { CheckpointKeeper } from '../../core/ports/checkpoint-keeper.ts'

/** Octets after which a file is laid aside as `<name>.1`, in the place of the one before: some forty thousand checkpoints. */
const MOST_OCTETS = 16 * 1024 * 1024

/**
 * Keeps checkpoints as JSON lines behind a head that names installation and public key; each is on the disk before it
 * counts. Two servers may write to one file: a line is one write at its end.
 */
export function checkpointFile(path: string, mostOctets = MOST_OCTETS): CheckpointKeeper {
  let begun: string | undefined
  return {
    name: path,
    keep: async (checkpoint, publicKey) => {
      const size = await sizeOf(path)
      if (size > mostOctets) await rename(path, `${path}.1`)
      const fresh = size === 0 || size > mostOctets
      const file = await open(path, 'a+', 0o600)
      try {
        const head = checkpointsHeadLine({ installation: checkpoint.installation, publicKey })
        const lines = fresh || begun !== head ? `${head}\n${lineOf(checkpoint)}` : lineOf(checkpoint)
        // What a crash left behind of a line mustn't take the next one with it.
        await file.appendFile((await endsInLine(file)) ? lines : `\n${lines}`)
        await file.sync()
        begun = head
      } finally {
        await file.close()
      }
    },
  }
}

const lineOf = (checkpoint: SignedCheckpoint): string => `${checkpointLine(checkpoint)}\n`

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return true
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 })
  return buffer[0] === 0x0a
}
