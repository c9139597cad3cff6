import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { Store } from '../../../src/core/ports/store.ts'

export type When = 'before' | 'after'
/** A store whose n-th commit fails: before it is made, or so that nobody hears that it was. */
export function failing(
  store: Store,
  n: number,
  when: When,
): { readonly store: Store; readonly commits: () => number } {
  let commits = 0
  const broken = () => new ChanceryError('unavailable', 'the disk is full', { retryAfterSeconds: 1 })
  return {
    commits: () => commits,
    store: {
      ...store,
      transact: async (build) => {
        const fails = ++commits === n
        if (fails && when === 'before') throw broken()
        await store.transact(build)
        if (fails) throw broken()
      },
    },
  }
}
