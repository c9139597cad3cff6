import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  COMPROMISE_STATEMENT,
  spkiHashFrom,
  spkiHashesIn,
} from '../../../src/core/domain/compromised-keys.ts'
import { SUBJECT_UPPER_BOUNDS } from '../../../src/core/domain/names.ts'

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)] as const

test('the statement fits a common name (RFC 5280 Appendix A.1)', () => {
  expect(COMPROMISE_STATEMENT.length).toBeLessThanOrEqual(SUBJECT_UPPER_BOUNDS.commonName)
})

test('a hash is 64 hex digits of either case', () => {
  expect(spkiHashFrom(A.toUpperCase())).toBe(A)
  for (const text of ['', A.slice(1), `${A}a`, `g${A.slice(1)}`, ` ${A}`])
    expect(spkiHashFrom(text)).toBeUndefined()
})

describe('a file of hashes', () => {
  test('one a line, with remarks, blanks and any line ends', () => {
    const text = `# compromised\n\n${A}\r\n  ${B.toUpperCase()}  # found on a laptop\n${A}\n`
    expect(spkiHashesIn(text)).toEqual({ hashes: [A, B], problems: [] })
    expect(spkiHashesIn('')).toEqual({ hashes: [], problems: [] })
  })

  test('names each wrong line by its number', () => {
    const { hashes, problems } = spkiHashesIn(`${A}\nnot a hash\n#\n${B}${B}\n`)
    expect(hashes).toEqual([A])
    expect(problems.map((problem) => /^line (\d+) /.exec(problem)?.[1])).toEqual(['2', '4'])
  })

  test('property: every line is a hash, nothing, or a problem', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(A), fc.string(), fc.constant('# x'))), (lines) => {
        const joined = lines.map((line) => line.replaceAll(/[\r\n]/g, ''))
        const { hashes, problems } = spkiHashesIn(joined.join('\n'))
        const telling = joined.filter((line) => line.replace(/#.*$/, '').trim() !== '')
        expect(problems).toHaveLength(telling.filter((line) => line.replace(/#.*$/, '').trim() !== A).length)
        expect(hashes).toEqual(telling.some((line) => line.replace(/#.*$/, '').trim() === A) ? [A] : [])
      }),
    )
  })
})
