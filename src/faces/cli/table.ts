import { visible } from './visible.ts'

export type Column<T> = {
  readonly title: string
  readonly value: (row: T) => string
  readonly align?: 'right'
}

const widthOf = (text: string): number => Array.from(text).length

/**
 * Rows under aligned titles, two blanks between columns, no blanks at line ends. Cell texts are made safe for a
 * terminal. An empty list gives just the titles.
 * @param title turns the line of titles into what is printed, e.g. bold
 */
export function tableOf<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  title: (line: string) => string = (line) => line,
): string {
  const cells = rows.map((row) => columns.map((column) => visible(column.value(row))))
  const widths = columns.map((column, at) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[at] ?? '')), widthOf(column.title)),
  )
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, at) => {
        const blanks = ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text)))
        return columns[at]?.align === 'right' ? blanks + text : text + blanks
      })
      .join('  ')
      .trimEnd()
  return [title(line(columns.map((column) => column.title))), ...cells.map(line)].join('\n') + '\n'
}

/** Facts about one thing, a line each, with aligned values; those without a value are left out. */
export function factsOf(facts: readonly (readonly [label: string, value: string | undefined])[]): string {
  const present = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined)
  const width = Math.max(0, ...present.map(([label]) => widthOf(label)))
  return present
    .map(([label, value]) => `${label}${' '.repeat(width - widthOf(label))}  ${visible(value)}\n`)
    .join('')
}
