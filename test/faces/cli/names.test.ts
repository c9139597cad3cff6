import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jobsOf } from '../../../src/faces/cli/commands/certificate-bulk.ts'
import { stemOf, targetsIn } from '../../../src/faces/cli/file-names.ts'
import { namesLines } from '../../../src/faces/cli/names-file.ts'
import { namesGiven, typedName } from '../../../src/faces/cli/names-given.ts'

describe('names', () => {
  test.each([
    ['www.example.com', 'dns', 'www.example.com'],
    ['*.example.com', 'dns', '*.example.com'],
    ['10.0.0.1', 'ip', '10.0.0.1'],
    ['2001:db8::1', 'ip', '2001:db8::1'],
    ['[::1]', 'ip', '::1'],
    ['someone@example.com', 'email', 'someone@example.com'],
    ['spiffe://example.com/api', 'uri', 'spiffe://example.com/api'],
    ['https://user@example.com/', 'uri', 'https://user@example.com/'],
    ['urn:uuid:0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10', 'uri', 'urn:uuid:0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'],
    ['dns:10', 'dns', '10'],
    ['email:a@b.test', 'email', 'a@b.test'],
    ['uri:tag:x', 'uri', 'tag:x'],
    ['300.0.0.1', 'dns', '300.0.0.1'],
    ['-', 'dns', '-'],
  ])('%s is %s', (text, type, value) => expect(typedName(text)).toEqual({ type, value }))

  test('are sorted by type, in the order given', () => {
    expect(namesGiven(['b.test', '::1', 'a.test'])).toEqual({ dns: ['b.test', 'a.test'], ip: ['::1'] })
    expect(namesGiven([])).toEqual({})
  })
})

describe('a names file', () => {
  test('has a certificate a line; comments and empty lines say nothing but count', () => {
    expect(namesLines('\ufeff# hosts\r\na.test  b.test\t10.0.0.1\r\n\r\n  # more\n c.test \n')).toEqual([
      { line: 2, names: ['a.test', 'b.test', '10.0.0.1'] },
      { line: 5, names: ['c.test'] },
    ])
    expect(namesLines('')).toEqual([])
  })

  test('gives back what was written, with line numbers', () => {
    const word = fc.stringMatching(/^[a-z0-9.*-]{1,10}$/)
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 4 })), (wanted) => {
        const read = namesLines(wanted.map((names) => names.join(' ')).join('\n'))
        expect(read.map(({ names }) => names)).toEqual(wanted)
        expect(read.map(({ line }) => line)).toEqual(wanted.map((_, at) => at + 1))
      }),
    )
  })

  test('two lines never write the same files', () => {
    const lines = namesLines('a.test x.test\nb.test\nA.test\na.test')
    const { jobs, failed } = jobsOf('/w', lines, { outDir: 'out' })
    expect(jobs.map(({ line }) => line)).toEqual([1, 2])
    expect(failed.map(({ line, failure }) => [line, failure.message.includes('line 1')])).toEqual([
      [3, true],
      [4, true],
    ])
    expect(jobs[0]?.targets).toEqual({
      cert: undefined,
      chain: '/w/out/a.test.pem',
      key: '/w/out/a.test-key.pem',
    })
  })
})

describe('file names', () => {
  test.each([
    ['www.example.com', 'www.example.com'],
    ['*.example.com', '_wildcard.example.com'],
    ['2001:db8::1', '2001_db8__1'],
    ['spiffe://example.com/api', 'example.com_api'],
    ['../../etc/passwd', '__.._etc_passwd'],
    ['-rf', '_rf'],
    ['münchen.test', 'm_nchen.test'],
  ])('%s is kept in %s', (name, stem) => expect(stemOf(name)).toBe(stem))

  test('never leave their directory, hide, or grow too long', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (name) => {
        const { chain = '', key = '' } = targetsIn('/out', name, true)
        for (const path of [chain, key]) {
          expect(join(path, '..')).toBe('/out')
          expect(path.slice('/out/'.length)).toMatch(/^[A-Za-z0-9_@][A-Za-z0-9._@-]{0,160}$/)
        }
      }),
      { numRuns: 150 },
    )
  })
})
