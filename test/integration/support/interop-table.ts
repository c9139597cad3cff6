/** What the run itself counted, so that the page can't say what wasn't tried. */
export class InteropTable {
  readonly #rows: readonly string[]
  readonly #columns: readonly string[]
  readonly #heading: string
  readonly #counts = new Map<string, number>()
  readonly #excuses = new Map<string, string>()

  /** @param heading of the column of rows */
  constructor(rows: readonly string[], columns: readonly string[], heading = 'authority') {
    this.#heading = heading
    this.#rows = rows
    this.#columns = columns
  }

  /** Called right after an assertion about so many certificates has held. */
  held(row: string, column: string, certificates: number): void {
    const key = `${row}/${column}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + certificates)
  }

  /** Called right after the tool has shown that it can't. */
  cannot(row: string, column: string, why: string): void {
    this.#excuses.set(`${row}/${column}`, why)
  }

  /** Cells that nothing was tried for. */
  empty(): string[] {
    return this.#rows.flatMap((row) =>
      this.#columns.map((column) => `${row}/${column}`).filter((key) => this.#text(key) === ''),
    )
  }

  #text(key: string): string {
    const excuse = this.#excuses.get(key)
    if (excuse !== undefined) return excuse
    const count = this.#counts.get(key) ?? 0
    return count === 0 ? '' : String(count)
  }

  markdown(): string {
    const lines = [
      [this.#heading, ...this.#columns],
      ['---', ...this.#columns.map(() => '---')],
      ...this.#rows.map((row) => [row, ...this.#columns.map((column) => this.#text(`${row}/${column}`))]),
    ]
    return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
  }
}
