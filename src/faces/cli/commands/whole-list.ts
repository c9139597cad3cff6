import { jsonLine, type Context } from '../context.ts'

type Paged = { readonly limit: number; readonly cursor?: string }
type PageAnswer<T> = {
  readonly value: { readonly items: readonly T[]; readonly next?: string | undefined }
  readonly text: string
}

const PAGE = 1000

/**
 * All of a list that is short by nature, page after page. With `--json` it prints one document of the API's shape, in
 * the API's words, and returns nothing.
 */
export async function wholeList<T>(
  context: Context,
  page: (query: Paged) => Promise<PageAnswer<T>>,
): Promise<T[] | undefined> {
  const items: T[] = []
  const texts: string[] = []
  let cursor: string | undefined
  do {
    const answer = await page({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    items.push(...answer.value.items)
    texts.push(answer.text)
    cursor = answer.value.next
  } while (cursor !== undefined)
  if (!context.json) return items
  const [only = ''] = texts
  context.print(
    texts.length === 1 ? jsonLine(only) : `${JSON.stringify({ items: texts.flatMap(itemsIn) })}\n`,
  )
  return undefined
}

const itemsIn = (text: string): unknown[] => (JSON.parse(text) as { items: unknown[] }).items
