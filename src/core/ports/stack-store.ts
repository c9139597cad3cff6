import type { Stack } from '../domain/stacks.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

/** Writes about stacks. */
export type StackWrites = {
  readonly stacks: {
    /** Conflict `exists` when the place has a stack of that name. */
    add(stack: Stack): Write
    /** In place of the revision before; conflict `stale` when that isn't the one that stands. */
    replace(stack: Stack): Write
    /** Conflict `stale` when it isn't there in that revision. */
    remove(stack: Stack): Write
  }
}

/** Reads about the same. */
export type StackReads = {
  readonly stacks: {
    byName(place: Place, name: string): Promise<Stack | undefined>
    /** By name. */
    list(place: Place, page: PageRequest): Promise<Page<Stack>>
  }
}
