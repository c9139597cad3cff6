import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from '../world.ts'
import { fingerprintsIn, type Anchor } from './anchor.ts'
import type { Finding, NssFacts } from './facts.ts'
import { findTool, isFile, isWritable, missingTool, runTool } from './host.ts'

/** Where Firefox keeps profiles: packaged, as a snap, as a flatpak. */
const FIREFOX = [
  '.mozilla/firefox',
  'snap/firefox/common/.mozilla/firefox',
  '.var/app/org.mozilla.firefox/.mozilla/firefox',
]
const MOST_ENTRIES = 500

/** What the NSS databases of the user know of a certificate: the shared one (Chromium and others), and Firefox's. */
export async function nssFindings(world: World, anchor: Anchor): Promise<Finding[]> {
  const tool = await findTool(world, 'certutil')
  const shared = join(world.home, '.pki/nssdb')
  const databases = await profiles(world.home)
  const sharedExists = await isFile(join(shared, 'cert9.db'))
  if (tool === undefined && !sharedExists && databases.length === 0)
    return [{ store: 'nss', missing: `there is no database here; to make one: ${missingTool('certutil')}` }]
  return Promise.all([
    factsOf(world, anchor, shared, tool, sharedExists),
    ...databases.map((database) => factsOf(world, anchor, database, tool, true)),
  ])
}

async function profiles(home: string): Promise<string[]> {
  const found: string[] = []
  for (const base of FIREFOX) {
    const names = await readdir(join(home, base)).catch(() => [])
    for (const name of names.sort((a, b) => a.localeCompare(b))) {
      if (await isFile(join(home, base, name, 'cert9.db'))) found.push(join(home, base, name))
    }
  }
  return found
}

async function factsOf(
  world: World,
  anchor: Anchor,
  place: string,
  tool: string | undefined,
  exists: boolean,
): Promise<NssFacts> {
  const entry = tool !== undefined && exists ? await entryFor(world, tool, place, anchor) : undefined
  const writable = !exists || (await isWritable(join(place, 'cert9.db')))
  return {
    store: 'nss',
    place,
    exists,
    tool: tool ?? 'certutil',
    presence: entry === undefined ? 'absent' : entry.nickname === anchor.nickname ? 'ours' : 'foreign',
    trusted: entry?.trusted === true,
    foreignName:
      entry === undefined || entry.nickname === anchor.nickname ? undefined : `“${entry.nickname}”`,
    blocked:
      tool === undefined ? missingTool('certutil') : writable ? undefined : 'its files can’t be written',
  }
}

export type NssEntry = { readonly nickname: string; readonly trusted: boolean }

/** The entries in what `certutil -L` prints: a nickname and three fields of trust a line, the first for TLS. */
export function nssEntries(listing: string): NssEntry[] {
  return listing.split('\n').flatMap((line) => {
    const [, nickname, tls] = /^(.+?)\s+([a-zA-Z]*),[a-zA-Z]*,[a-zA-Z]*\s*$/.exec(line) ?? []
    return nickname === undefined || nickname.startsWith('SSL')
      ? []
      : [{ nickname, trusted: tls?.includes('C') === true }]
  })
}

async function entryFor(
  world: World,
  tool: string,
  place: string,
  anchor: Anchor,
): Promise<NssEntry | undefined> {
  const database = `sql:${place}`
  const { stdout } = await runTool(world, tool, ['-L', '-d', database])
  const entries = nssEntries(stdout).slice(0, MOST_ENTRIES)
  // Ours first: nearly always that is the one.
  entries.sort((a, b) => Number(b.nickname === anchor.nickname) - Number(a.nickname === anchor.nickname))
  for (const entry of entries) {
    const shown = await runTool(world, tool, ['-L', '-d', database, '-n', entry.nickname, '-a'])
    if (fingerprintsIn(shown.stdout).has(anchor.fingerprint)) return entry
  }
  return undefined
}
