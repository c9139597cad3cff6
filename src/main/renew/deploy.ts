import { randomBytes } from 'node:crypto'
import { readdir, readlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { modeOf } from './contents.ts'
import type { Entry } from './config-schema.ts'
import { statusOf, type Disk } from './disk.ts'
import { runHook, type HookResult } from './hook.ts'
import { journalPath, settle, undo, writeJournal, type Journal, type Swap } from './journal.ts'
import type { Owners } from './owners.ts'
import { keyOf, placeOf, recordPath, type Record } from './record.ts'
import { sha256 } from './verify.ts'

/** A verified version, ready for disk. */
export type Deployment = {
  readonly entry: Entry
  readonly version: number
  readonly fingerprint: string
  /** Octets of each file of the entry, in the entry's order. */
  readonly contents: readonly Uint8Array[]
}
export type Deployed = {
  readonly hook: HookResult | undefined
  /** Of the hook that ran again after everything was put back. */
  readonly again: HookResult | undefined
}
type Tools = {
  readonly disk: Disk
  readonly state: string
  readonly owners: Owners
  readonly environment: Readonly<NodeJS.ProcessEnv>
}

/**
 * Puts a version on disk and has it taken up: everything is written under other names first, then named in place, then
 * the hook runs. A hook that fails has everything put back, and runs again. A journal stands until all is settled, so
 * that the next run can put back what a crash left.
 * @throws Error when something can't be written; then everything was put back
 */
export async function deploy(tools: Tools, deployment: Deployment): Promise<Deployed> {
  const { disk, state, environment } = tools
  const { entry } = deployment
  const path = journalPath(state, keyOf(entry))
  const { journal, files } = await planned(tools, deployment)
  await writeJournal(disk, path, journal)
  try {
    await stage(tools, deployment, journal, files)
    for (const { path: place, kept } of journal.swaps) await disk.keep(place, kept)
    for (const { path: place, staged } of journal.swaps) await disk.replace(staged, place)
  } catch (error) {
    await undo(disk, path, journal)
    throw error
  }
  const { reload, reloadSeconds } = entry
  const hook = reload === undefined ? undefined : await runHook(reload, reloadSeconds, environment)
  if (reload !== undefined && hook?.ok === false) {
    await undo(disk, path, journal)
    return { hook, again: await runHook(reload, reloadSeconds, environment) }
  }
  const settled: Journal = { ...journal, phase: 'settled' }
  await writeJournal(disk, path, settled)
  await settle(disk, path, settled)
  if (entry.directory !== undefined) await prune(disk, entry.directory)
  return { hook, again: undefined }
}

/** Where a directory's versions lie; the directory itself is a link to one of them. */
const versionsOf = (directory: string): string => `${directory}.versions`

async function planned(
  { state }: Tools,
  { entry, version, fingerprint, contents }: Deployment,
): Promise<{ journal: Journal; files: readonly string[] }> {
  const id = randomBytes(4).toString('hex')
  const { directory } = entry
  const made = directory === undefined ? undefined : join(versionsOf(directory), `${version}-${id}`)
  const places = directory === undefined ? entry.files.map(({ path }) => path) : [directory]
  const swaps = await Promise.all(places.map((place) => swapOf(place, id)))
  const files = swaps.map(({ staged }) => staged)
  const record: Record = {
    version,
    fingerprint,
    files: entry.files.map((wish, place) => ({
      path: placeOf(entry, wish),
      content: wish.content,
      sha256: sha256(contents[place] as Uint8Array),
    })),
  }
  const journal: Journal = {
    phase: 'open',
    swaps,
    made,
    record: `${JSON.stringify(record)}\n`,
    recordPath: recordPath(state, entry),
  }
  return {
    journal,
    files: made === undefined ? files : entry.files.map(({ path }) => join(made, path)),
  }
}

async function swapOf(path: string, id: string): Promise<Swap> {
  const found = await statusOf(path)
  if (found?.isDirectory() === true)
    throw new Error(`${path} is a directory; move it away, so that a link or a file can take its place`)
  const beside = (what: string): string => join(dirname(path), `.${basename(path)}.${id}.${what}`)
  return {
    path,
    staged: beside('new'),
    kept: beside('old'),
    previous: `${path}.previous`,
    existed: found !== undefined,
  }
}

async function stage(
  { disk, owners }: Tools,
  { entry, contents }: Deployment,
  { made, swaps }: Journal,
  files: readonly string[],
): Promise<void> {
  for (const [place, wish] of entry.files.entries()) {
    const path = files[place] as string
    await disk.makeDirectory(dirname(path))
    const bytes = contents[place] as Uint8Array
    await disk.create(path, { bytes, mode: modeOf(wish), ...owners(wish) })
  }
  const [link] = swaps
  // Relative, so that the whole can be mounted elsewhere.
  if (made !== undefined && link !== undefined)
    await disk.makeLink(link.staged, join(basename(dirname(made)), basename(made)))
}

/** Removes versions that are neither current nor the one before. */
async function prune(on: Disk, directory: string): Promise<void> {
  const used = new Set<string>()
  for (const path of [directory, `${directory}.previous`])
    if ((await statusOf(path))?.isSymbolicLink() === true) used.add(basename(await readlink(path)))
  const versions = versionsOf(directory)
  for (const name of await readdir(versions)) if (!used.has(name)) await on.remove(join(versions, name))
}
