import type { Handle } from './addon.ts'

export type SessionPool = {
  /** Lends a session for one piece of work, in the order of asking. */
  use<T>(work: (session: Handle) => T | Promise<T>): Promise<T>
}

/**
 * At most `size` sessions, opened when they are first needed. One in which anything failed is closed and never lent
 * again: PKCS #11 §5.1 leaves it open what state an operation that failed leaves behind.
 */
export function createSessionPool(
  size: number,
  open: () => Handle,
  close: (session: Handle) => void,
): SessionPool {
  const idle: Handle[] = []
  const waiting: (() => void)[] = []
  let lent = 0
  return {
    async use(work) {
      // A place that becomes free goes to who waits longest, without being free in between.
      if (lent >= size) await new Promise<void>((resolve) => waiting.push(resolve))
      else lent++
      try {
        const session = idle.pop() ?? open()
        try {
          const result = await work(session)
          idle.push(session)
          return result
        } catch (error) {
          closeQuietly(close, session)
          throw error
        }
      } finally {
        const next = waiting.shift()
        if (next === undefined) lent--
        else next()
      }
    },
  }
}

/** What can't be closed is gone already. */
function closeQuietly(close: (session: Handle) => void, session: Handle): void {
  try {
    close(session)
  } catch {
    // The failure that led here is the one to be told.
  }
}
