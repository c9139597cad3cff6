import { readFileSync, writeFileSync } from 'node:fs'
import { KMS_NAMES, type KmsName } from '../../../src/core/domain/kms.ts'

const PAGE = new URL('../../../docs/kms.md', import.meta.url)
const BEGIN = '<!-- written by the conformance suite -->\n'
const END = '<!-- end -->\n'

/** What the page says of one provider: the cell of each check, in the page's order. */
type Column = ReadonlyMap<string, string>

/** What the suite itself saw, so that the page can't say what wasn't tried. */
export class ConformanceColumn {
  readonly #name: KmsName
  readonly #checks: string[] = []
  readonly #cells = new Map<string, string>()

  constructor(name: KmsName) {
    this.#name = name
  }

  /** There is this check; whoever doesn't try it must say why. */
  row(check: string): void {
    this.#checks.push(check)
  }

  /** Called right after the assertions of a check have held; `cell` where the provider was shown not to have it. */
  held(check: string, cell = '✓'): void {
    if (!this.#checks.includes(check)) throw new Error(`the table has no row “${check}”`)
    this.#cells.set(check, cell)
  }

  /** Checks that nothing was tried for. */
  empty(): string[] {
    return this.#checks.filter((check) => !this.#cells.has(check))
  }

  /** What the run saw and what the page says, to be compared. With UPDATE_DOCS=1 the page is written first. */
  seenAndWritten(): { seen: [string, string][]; written: [string, string][] } {
    const seen = this.#checks.map((check): [string, string] => [check, this.#cells.get(check) ?? ''])
    if (process.env['UPDATE_DOCS'] === '1') this.#write(new Map(seen))
    return { seen, written: [...(pageColumns().get(this.#name) ?? [])] }
  }

  #write(seen: Column): void {
    const columns = new Map(pageColumns()).set(this.#name, seen)
    const names = KMS_NAMES.filter((name) => columns.has(name))
    const lines = [
      ['check', ...names],
      ['---', ...names.map(() => '---')],
      ...this.#checks.map((check) => [check, ...names.map((name) => columns.get(name)?.get(check) ?? '')]),
    ]
    const table = lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
    const { before, after } = page()
    writeFileSync(PAGE, `${before}${BEGIN}${table}${END}${after}`)
  }
}

/** The page's columns by the provider's name. */
export function pageColumns(): ReadonlyMap<string, Column> {
  const rows = page()
    .table.split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  const [names = [], , ...checks] = rows
  return new Map(
    names
      .slice(1)
      .map((name, place) => [name, new Map(checks.map((cells) => [cells[0] ?? '', cells[place + 1] ?? '']))]),
  )
}

function page(): { before: string; table: string; after: string } {
  const text = readFileSync(PAGE, 'utf8')
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin === -1 || end < begin) throw new Error('docs/kms.md has lost the marks around its table')
  return {
    before: text.slice(0, begin),
    table: text.slice(begin + BEGIN.length, end),
    after: text.slice(end + END.length),
  }
}
