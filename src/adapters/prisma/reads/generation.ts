import type { Database } from 'better-sqlite3'

export type GenerationRead = {
  /** As it was at some moment of this turn of the event loop, after the last `forget`. */
  current(): number
  /** Whoever asks from now on has it read again. */
  forget(): void
}

/**
 * What every cached decision asks first, read once for all that ask in one turn of the event loop: after another
 * connection's commit a read costs 20 to 50 µs, and a request makes three to six.
 *
 * That nobody notices rests on three things. A request's reads are never older than the request: its arrival forgets
 * what was read before (`Store.refresh`), also where one turn reads several requests from a socket, or where a timer or
 * an immediate of the turn before has read already. A caller's reads are never older than its own commits: each forgets,
 * before its promise is settled. And nobody who waits for something goes on by what was read before it: by then another
 * turn has begun, and each ends with an immediate that forgets. So what another process has committed and told its
 * caller holds in each request that comes after; only a request that was under way at that moment may not see it until
 * its next turn, as it may not when it has just read.
 */
export function generationRead(db: Database): GenerationRead {
  const statement = db.prepare('SELECT value FROM Generation WHERE id = 1').pluck()
  let known: number | undefined
  let ending = false
  const forget = (): void => {
    known = undefined
  }
  return {
    current: () => {
      known ??= (statement.get() as number | undefined) ?? 0
      if (!ending) {
        ending = true
        setImmediate(() => {
          ending = false
          forget()
        })
      }
      return known
    },
    forget,
  }
}
