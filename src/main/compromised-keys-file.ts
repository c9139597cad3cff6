import { readFileSync, statSync } from 'node:fs'
import { spkiHashesIn } from '../core/domain/compromised-keys.ts'
import { loadKeyFile } from '../core/operations/keys/key-file.ts'
import type { Ports } from '../core/ports/ports.ts'

const SETTING = 'CHANCERY_COMPROMISED_KEYS_FILE'
/** A million hashes with their line ends. */
const MAX_SIZE = 65_000_000
const MAX_SHOWN = 5

/** Makes the database say what the file says, when the file has changed since the last time. */
export type KeyFile = { load(): Promise<Record<string, number>> }

/**
 * The installation's file of compromised keys; all servers on one database are to name the same one.
 * `load` throws an Error for the operator, naming wrong lines by their number: then nothing of the file is taken.
 */
export function compromisedKeysFile(ports: Ports, path: string | undefined): KeyFile {
  // Without a file, what an earlier one said is forgotten once.
  let seen: string | undefined
  return {
    load: async () => {
      const version = path === undefined ? 'none' : versionOf(path)
      if (version === seen) return {}
      const report = await loadKeyFile(ports, path === undefined ? [] : hashesIn(path))
      seen = version
      return report
    },
  }
}

const failure = (path: string, what: string, cause?: unknown): Error =>
  new Error(`${SETTING}: ${path} ${what}`, cause === undefined ? {} : { cause })

function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    if (size > MAX_SIZE) throw new Error(`it is larger than ${MAX_SIZE} octets`)
    return `${ino}/${mtimeMs}/${size}`
  } catch (error) {
    throw failure(path, `can't be read: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}

function hashesIn(path: string) {
  const { hashes, problems } = spkiHashesIn(readFileSync(path, 'utf8'))
  if (problems.length === 0) return hashes
  const more = problems.length > MAX_SHOWN ? `; and ${problems.length - MAX_SHOWN} more` : ''
  throw failure(path, `is wrong: ${problems.slice(0, MAX_SHOWN).join('; ')}${more}`)
}
