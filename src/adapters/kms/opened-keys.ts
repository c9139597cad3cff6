import type { KeyObject } from 'node:crypto'
import type { StoredKey } from '../../core/domain/keys.ts'
import type { SystemClock } from '../../core/ports/calendar.ts'

/** What says which key it is, and that it is still as it was. */
export type OpenableRow = Omit<StoredKey, 'algorithm' | 'createdAt'>

export type OpenedKeys = {
  /** The key as opened before, or what `open` makes of it; callers at the same time share one `open`. */
  get(key: OpenableRow, open: () => Promise<KeyObject>): Promise<KeyObject>
  /** Drops all, those being opened now included: they answer who waits for them and aren't kept. */
  clear(): void
}

type Entry = { readonly row: OpenableRow; readonly key: KeyObject; readonly openedAt: number }
type Opening = { readonly row: OpenableRow; readonly key: Promise<KeyObject> }

/**
 * Private keys in memory: at most `size`, the least recently used goes first, none for longer than `millis`. A timer
 * drops them when nobody asks any more, since a key that nobody uses is the last that should lie around.
 */
export function createOpenedKeys(size: number, millis: number, clock: SystemClock): OpenedKeys {
  const entries = new Map<string, Entry>()
  const openings = new Map<string, Opening>()
  let sweeper: NodeJS.Timeout | undefined

  const live = (entry: Entry): boolean => {
    const age = clock.now() - entry.openedAt
    // A clock that was set back says nothing about the age.
    return age >= 0 && age < millis
  }
  const sweep = (): void => {
    sweeper = undefined
    for (const [name, entry] of entries) if (!live(entry)) entries.delete(name)
    schedule()
  }
  const schedule = (): void => {
    if (sweeper === undefined && entries.size > 0) sweeper = setTimeout(sweep, millis).unref()
  }
  const keep = (name: string, entry: Entry): void => {
    entries.delete(name)
    entries.set(name, entry)
    const oldest = entries.keys().next()
    if (entries.size > size && oldest.done !== true) entries.delete(oldest.value)
    schedule()
  }
  const start = (name: string, row: OpenableRow, open: () => Promise<KeyObject>): Promise<KeyObject> => {
    const opening: Opening = { row, key: open() }
    openings.set(name, opening)
    const settle = (key?: KeyObject): void => {
      if (openings.get(name) !== opening) return
      openings.delete(name)
      if (key !== undefined && size > 0) keep(name, { row, key, openedAt: clock.now() })
    }
    opening.key.then(settle, () => settle())
    return opening.key
  }

  return {
    async get(key, open) {
      const name = nameOf(key)
      const entry = entries.get(name)
      if (entry !== undefined) {
        if (live(entry) && same(entry.row, key)) {
          entries.delete(name)
          entries.set(name, entry)
          return entry.key
        }
        entries.delete(name)
      }
      const opening = openings.get(name)
      if (opening !== undefined && same(opening.row, key)) return opening.key
      return start(name, key, open)
    },
    clear() {
      entries.clear()
      openings.clear()
      clearTimeout(sweeper)
      sweeper = undefined
    },
  }
}

/** The whole context: a row that claims another place must be opened, and fail, as if nothing were cached. */
const nameOf = ({ account, region, id, purpose }: OpenableRow): string =>
  `${account}/${region}/${id}/${purpose}`

/**
 * A row whose octets were changed is opened, and fails, likewise; one that was wrapped anew takes the place of the old
 * one, so that a key-encryption key that was rotated leaves nothing behind here.
 */
const same = (one: OpenableRow, other: OpenableRow): boolean =>
  one.provider === other.provider &&
  one.kekId === other.kekId &&
  one.kekVersion === other.kekVersion &&
  equal(one.sealed, other.sealed) &&
  equal(one.spki, other.spki)
const equal = (one: Uint8Array, other: Uint8Array): boolean =>
  one === other || Buffer.compare(one, other) === 0
