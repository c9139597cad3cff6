import { describe, expect, test } from 'vitest'
import { examplesIn, missingLine } from '../../scripts/examples-in.ts'

const PAGE = `# Title

\`\`\`sh
not run
\`\`\`

\`\`\`sh run server
npm start
\`\`\`

1. In a list:

   \`\`\`sh run
   echo one \\
     two
   \`\`\`

   \`\`\`text output
   serial: …
   (done)
   \`\`\`

\`\`\`json
{}
\`\`\`
`

describe('runnable examples of a page', () => {
  test('only the marked fences, in order, without their indent', () => {
    expect(examplesIn(PAGE)).toEqual([
      { line: 7, script: 'npm start', server: true, output: [] },
      { line: 13, script: 'echo one \\\n  two', server: false, output: [/serial: .*/, /\(done\)/] },
    ])
  })

  test.each(['sh runn', 'bash run', 'sh run srv', 'text outputs'])('"%s" is a misspelt mark', (mark) => {
    expect(() => examplesIn(`\`\`\`${mark}\nx\n\`\`\``)).toThrow(`line 1: a fence may say`)
  })

  test('output without a block before it, or behind a server, is refused', () => {
    expect(() => examplesIn('```text output\nx\n```')).toThrow('line 1')
    expect(() => examplesIn('```sh run server\nx\n```\n```text output\nx\n```')).toThrow('line 4')
  })

  test('lines must come in their order', () => {
    expect(missingLine('a\nnoise\nb1\n', [/a/, /b./])).toBeUndefined()
    expect(missingLine('b1\na\n', [/a/, /b./])).toEqual(/b./)
    expect(missingLine('a\n', [/a/, /a/])).toEqual(/a/)
    expect(missingLine('', [/x/])).toEqual(/x/)
  })
})
