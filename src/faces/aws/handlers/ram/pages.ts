import type { Page, PageRequest } from '../../../../core/ports/store.ts'
import { AwsRefusal } from '../../refusals.ts'

/** As many as an answer has when nothing is said. */
const USUAL = 100
/** Asked for at once while everything is gathered. */
const AT_ONCE = 100

/** Everything of a list. Those of RAM are bounded, since shares and permissions are. */
export async function everyOf<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const all: T[] = []
  let after: string | undefined
  do {
    const { items, next } = await list({ limit: AT_ONCE, after })
    all.push(...items)
    after = next
  } while (after !== undefined)
  return all
}

type Asked = { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined }
type Cut<T> = { readonly items: readonly T[]; readonly nextToken: string | undefined }

/**
 * The part of a list that is asked for. A token names the last item that was told, so that those that come and go meanwhile
 * neither hide others nor repeat them.
 * @param keyOf what says which is which, unique in the list
 * @throws AwsRefusal `InvalidNextTokenException`
 */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  { maxResults = USUAL, nextToken }: Asked,
): Cut<T> {
  const sorted = all
    .map((item) => ({ key: keyOf(item), item }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const after = nextToken === undefined ? undefined : keyIn(nextToken)
  const rest = after === undefined ? sorted : sorted.filter(({ key }) => key > after)
  const page = rest.slice(0, maxResults)
  const last = page.at(-1)
  return {
    items: page.map(({ item }) => item),
    nextToken: rest.length > page.length && last !== undefined ? tokenOf(last.key) : undefined,
  }
}

const tokenOf = (key: string): string => Buffer.from(JSON.stringify(['ram', key])).toString('base64url')

function keyIn(token: string): string {
  try {
    const [kind, key] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[]
    if (kind === 'ram' && typeof key === 'string') return key
  } catch {
    // Not ours: falls through to the error below.
  }
  throw new AwsRefusal(
    'InvalidNextTokenException',
    'nextToken: not one of this list; start again without one',
  )
}
