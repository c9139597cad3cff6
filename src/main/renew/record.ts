import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { modeOf } from './contents.ts'
import type { Entry, FileWish } from './config-schema.ts'
import { statusOf } from './disk.ts'
import type { Owners } from './owners.ts'
import { sha256 } from './verify.ts'

/** What the last deployment of an entry put where. */
export type Record = {
  readonly version: number
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string
  readonly files: readonly { readonly path: string; readonly content: string; readonly sha256: string }[]
}

/** Where each file of an entry is found. */
export const placeOf = ({ directory }: Entry, { path }: FileWish): string =>
  directory === undefined ? path : join(directory, path)

/** Names an entry's record and journal, by what it is and where it goes: no two entries share a place. */
export function keyOf(entry: Entry): string {
  const place = entry.directory ?? entry.files[0]?.path ?? ''
  const name = entry.certificate.replaceAll(/[^A-Za-z0-9.-]/g, '_').slice(-60)
  return `${name}-${sha256(`${entry.certificate}\n${place}`).slice(0, 12)}`
}

export const recordPath = (state: string, entry: Entry): string => join(state, `${keyOf(entry)}.json`)

/** The record of an entry; undefined before the first deployment, or when it can't be understood. */
export async function recordOf(state: string, entry: Entry): Promise<Record | undefined> {
  try {
    const record = JSON.parse(await readFile(recordPath(state, entry), 'utf8')) as Partial<Record>
    return Array.isArray(record.files) && typeof record.fingerprint === 'string'
      ? (record as Record)
      : undefined
  } catch {
    return undefined
  }
}

/** Why the files on disk aren't those of the version; undefined when they are. */
export async function difference(
  entry: Entry,
  record: Record | undefined,
  fingerprint: string,
  owners: Owners,
): Promise<string | undefined> {
  if (record === undefined) return 'it was not deployed here before'
  if (record.fingerprint !== fingerprint) return 'the server has another version'
  if (record.files.length !== entry.files.length) return 'the configuration names other files'
  for (const wish of entry.files) {
    const path = placeOf(entry, wish)
    const known = record.files.find((file) => file.path === path && file.content === wish.content)
    if (known === undefined) return `${path} is new in the configuration`
    const found = await statusOf(path)
    if (found === undefined) return `${path} is missing`
    const { uid, gid } = owners(wish)
    if (!found.isFile()) return `${path} is no file`
    if (found.uid !== uid || found.gid !== gid) return `${path} has another owner`
    if ((found.mode & 0o7777) !== modeOf(wish)) return `${path} has another mode`
    if (sha256(await readFile(path)) !== known.sha256) return `${path} was changed`
  }
  return undefined
}
