import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/assurance.md'), 'utf8')

type Line = { readonly ticked: boolean; readonly text: string }
/** The items of the page, each with the lines that belong to it. */
const lines: readonly Line[] = page.split(/\n(?=- \[)|\n(?=#)/).flatMap((part) => {
  const item = /^- \[([ x])\] ([^]*)/.exec(part)
  return item === null ? [] : [{ ticked: item[1] === 'x', text: (item[2] ?? '').replace(/\s+/g, ' ') }]
})

/** `file`: "name"; "another name of that file". */
function testsNamedIn(text: string): { file: string; name: string }[] {
  return text.split(/`(?=test\/)/).flatMap((part) => {
    const file = /^(test\/[^`]+\.ts)`/.exec(part)?.[1]
    return file === undefined ? [] : [...part.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name }))
  })
}

/** Whether a file has a test of that name, whichever quotes it uses. */
function exists({ file, name }: { file: string; name: string }): boolean {
  const path = join(ROOT, file)
  if (!existsSync(path)) return false
  const source = readFileSync(path, 'utf8')
  return ["'", '"', '`'].some(
    (quote) => source.includes(`(${quote}${name}${quote},`) || multiline(source, quote, name),
  )
}
/** A call that the formatter broke behind its bracket. */
const multiline = (source: string, quote: string, name: string): boolean =>
  source.split('\n').some((line) => line.trim() === `${quote}${name}${quote},`)

describe('docs/assurance.md', () => {
  test('names a test that exists for each line that it ticks', () => {
    const ticked = lines.filter((line) => line.ticked)
    expect(ticked.length).toBeGreaterThan(25)
    expect(ticked.filter(({ text }) => testsNamedIn(text).length === 0)).toEqual([])
    expect(ticked.flatMap(({ text }) => testsNamedIn(text)).filter((named) => !exists(named))).toEqual([])
  })

  test('says what each other line waits for', () => {
    const open = lines.filter((line) => !line.ticked)
    expect(open.length).toBeGreaterThan(0)
    expect(open.filter(({ text }) => !/ — comes with \w/.test(text))).toEqual([])
  })
})
