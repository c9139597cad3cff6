import type { PageRequest } from '../../../core/ports/store.ts'

/** Which page a list is asked for: as many items as there may be at most, when nothing is said. */
export const pageFrom = (
  most: number | undefined,
  token: string | undefined,
  limit: number,
): PageRequest => ({
  limit: Math.min(most ?? limit, limit),
  after: token,
})
