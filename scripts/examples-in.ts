/** A fenced block that is run: its shell text, where it begins, and what must be seen of it. */
export type Example = {
  readonly line: number
  readonly script: string
  /** A server: runs in the background until the end of its page; the next block waits until it is ready. */
  readonly server: boolean
  /** Patterns of lines that must come, in this order, in what the block prints. */
  readonly output: readonly RegExp[]
}

const OPEN = /^( *)```(\w+) (.+)$/
const CLOSE = /^ *```\s*$/

/** A line as the page shows it; `…` stands for anything. */
function pattern(line: string): RegExp {
  const parts = line.trim().split('…')
  return new RegExp(parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('.*'))
}

/**
 * The runnable blocks of a page, in their order:
 *
 * - ` ```sh run ` is run, in one shell with all others of its page, and must succeed;
 * - ` ```sh run server ` stays in the background; what follows waits until `/health/ready` answers on port 8080;
 * - ` ```text output ` right behind a block holds lines that it must print, in this order; `…` stands for anything.
 *
 * Fences without these words are prose. Throws on a fence that says something else after its language, so that a
 * misspelt mark doesn't silently run nothing.
 */
export function examplesIn(page: string): Example[] {
  const examples: Example[] = []
  const lines = page.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const open = OPEN.exec(lines[at] ?? '')
    if (open === null) continue
    const [, indent = '', language = '', mark = ''] = open
    const line = at + 1
    const body: string[] = []
    for (at += 1; at < lines.length && !CLOSE.test(lines[at] ?? ''); at += 1) {
      body.push((lines[at] ?? '').slice(indent.length))
    }
    const kind = `${language} ${mark.trim()}`
    const last = examples.at(-1)
    if (kind === 'sh run' || kind === 'sh run server') {
      examples.push({ line, script: body.join('\n'), server: kind.endsWith('server'), output: [] })
    } else if (kind === 'text output' && last !== undefined && !last.server) {
      examples[examples.length - 1] = {
        ...last,
        output: body.filter((text) => text.trim() !== '').map(pattern),
      }
    } else {
      throw new Error(
        `line ${line}: a fence may say "sh run", "sh run server" or "text output", not "${kind}"`,
      )
    }
  }
  return examples
}

/** The first pattern that `printed` lacks, given the order; undefined when all are there. */
export function missingLine(printed: string, output: readonly RegExp[]): RegExp | undefined {
  const lines = printed.split('\n')
  let from = 0
  for (const wanted of output) {
    const found = lines.findIndex((line, index) => index >= from && wanted.test(line))
    if (found < 0) return wanted
    from = found + 1
  }
  return undefined
}
