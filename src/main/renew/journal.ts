import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { statusOf, writeOwn, type Disk } from './disk.ts'

/** One name that a deployment gives to something else. */
export type Swap = {
  readonly path: string
  /** What takes its place, under another name beside it. */
  readonly staged: string
  /** Another name for what is there now, while the deployment isn't settled. */
  readonly kept: string
  /** The name that what was there has afterwards. */
  readonly previous: string
  readonly existed: boolean
}
/** A deployment in the making. As long as it stands on disk, the next run begins by undoing it, or by tidying up. */
export type Journal = {
  /** `open`: to be undone; `settled`: its hook was content. */
  readonly phase: 'open' | 'settled'
  readonly swaps: readonly Swap[]
  /** A directory that was made for it. */
  readonly made: string | undefined
  /** What is known about the files once it is settled: the text of the record, and where it goes. */
  readonly record: string
  readonly recordPath: string
}

const SUFFIX = '.journal'
export const journalPath = (state: string, key: string): string => join(state, `${key}${SUFFIX}`)

export const writeJournal = (on: Disk, path: string, journal: Journal): Promise<void> =>
  writeOwn(on, path, `${JSON.stringify(journal)}\n`)

/** Puts everything back as it was; may be begun again at any point of itself. */
export async function undo(on: Disk, path: string, journal: Journal): Promise<void> {
  for (const { path: place, kept, existed } of journal.swaps) {
    if (!existed) await on.remove(place)
    else if ((await statusOf(kept)) !== undefined) await on.replace(kept, place)
  }
  await tidy(on, path, journal)
}

/** Keeps what was there as the previous version, writes the record, and forgets the journal. */
export async function settle(on: Disk, path: string, journal: Journal): Promise<void> {
  for (const { kept, previous } of journal.swaps)
    if ((await statusOf(kept)) !== undefined) await on.replace(kept, previous)
  await writeOwn(on, journal.recordPath, journal.record)
  await on.remove(path)
}

async function tidy(on: Disk, path: string, { swaps, made }: Journal): Promise<void> {
  // A kept name is left where it and its place are names of one file: rename(2) does nothing then.
  for (const { staged, kept } of swaps) {
    await on.remove(staged)
    await on.remove(kept)
  }
  if (made !== undefined) await on.remove(made)
  await on.remove(path)
}

/** Deals with what interrupted runs left behind; how many deployments were undone. */
export async function recover(on: Disk, state: string): Promise<number> {
  let undone = 0
  for (const path of await journalsIn(state)) {
    const journal = JSON.parse(await readFile(path, 'utf8')) as Journal
    if (journal.phase === 'settled') await settle(on, path, journal)
    else {
      await undo(on, path, journal)
      undone++
    }
  }
  await sweep(on, state)
  return undone
}

/** Files of the program's own that a crash left before they had their names. */
async function sweep(on: Disk, state: string): Promise<void> {
  if ((await statusOf(state)) === undefined) return
  for (const name of await readdir(state))
    if (name.startsWith('.') && !name.startsWith('.lock.')) await on.remove(join(state, name))
}

/** Journals that stand in the state directory; none when there is no such directory yet. */
export async function journalsIn(state: string): Promise<readonly string[]> {
  if ((await statusOf(state)) === undefined) return []
  const names = await readdir(state)
  return names
    .filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
    .map((name) => join(state, name))
}
