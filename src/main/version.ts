import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The version in package.json, which lies above the sources and above what is built of them. */
export function ownVersion(): string {
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as Record<
        string,
        unknown
      >
      if (name === 'chancery' && typeof version === 'string') return version
    } catch {
      // There is none here: further up.
    }
  }
  return 'unknown'
}
