/** One certificate of a names file. */
export type NamesLine = { readonly line: number; readonly names: readonly string[] }

/**
 * The certificates a names file asks for: one a line, its names separated by blanks; empty lines and lines that start
 * with `#` say nothing. A byte order mark and CRLF are understood.
 */
export function namesLines(text: string): NamesLine[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((content, at) => ({ line: at + 1, content: content.trim() }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'))
    .map(({ line, content }) => ({ line, names: content.split(/\s+/) }))
}
