import type { Page, PageRequest } from '../../../core/ports/page.ts'
import { cursorOf, positionIn } from '../cursor.ts'

/**
 * A page of rows in the order of one text column. One row more than asked for tells whether there is another page.
 * @param rows those after a text, at most so many
 * @param key the text of a row
 */
export function pageInOrder<Row, T>(
  page: PageRequest,
  order: string,
  rows: (after: string, limit: number) => readonly Row[],
  key: (row: Row) => string,
  map: (row: Row) => T,
): Page<T> {
  const after = page.after === undefined ? '' : (positionIn(page.after, order, 'string')[0] as string)
  const found = rows(after, page.limit + 1)
  const shown = found.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    items: shown.map(map),
    next: found.length > page.limit && last !== undefined ? cursorOf(order, key(last)) : undefined,
  }
}
