import type { PageRequest } from '../../../core/ports/store.ts'
import { AwsRefusal } from '../refusals.ts'

/** Which page a list is asked for: as many items as there may be at most, when nothing is said. */
export const pageFrom = (
  most: number | undefined,
  token: string | undefined,
  limit: number,
): PageRequest => ({
  limit: Math.min(most ?? limit, limit),
  after: token,
})

/**
 * A page of a list that is short enough to be had whole. Its token is a position.
 * @throws AwsRefusal `InvalidNextTokenException`
 */
export function onePage<T>(
  all: readonly T[],
  most = all.length,
  token = '0',
): { readonly items: readonly T[]; readonly next: string | undefined } {
  if (!/^\d{1,6}$/.test(token))
    throw new AwsRefusal('InvalidNextTokenException', 'nextToken: is none of this list')
  const from = Number(token)
  const end = from + most
  return { items: all.slice(from, end), next: end < all.length ? String(end) : undefined }
}
