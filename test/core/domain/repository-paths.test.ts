import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caFileAt, caFilePath, repositorySegments } from '../../../src/core/domain/repository-paths.ts'

const ID = '01900000-0000-7000-8000-00000000000a'
const OTHER = '01900000-0000-7000-8000-000000000002'
const SERIAL = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'
const read = (path: string) => {
  const segments = repositorySegments(path)
  return segments === undefined ? undefined : caFileAt(segments)
}

describe('files of CA certificates', () => {
  test.each([
    [`/ca/${ID}.cer`, { kind: 'certificate', authority: ID, form: 'cer' }],
    [`/ca/${ID}.p7c`, { kind: 'certificate', authority: ID, form: 'p7c' }],
    [`/ca/${ID}-by-${OTHER}.pem`, { kind: 'cross', authority: ID, issuer: OTHER, form: 'pem' }],
    [`/ca/${ID}-chain.pem`, { kind: 'chain', authority: ID, root: false, form: 'pem' }],
    [`/ca/${ID}-chain-with-root.p7c`, { kind: 'chain', authority: ID, root: true, form: 'p7c' }],
    [`/ca/${ID}/${SERIAL}.cer`, { kind: 'numbered', authority: ID, serial: SERIAL }],
    ['/roots.pem', { kind: 'roots', form: 'pem' }],
  ])('%s', (path, file) => {
    expect(read(path)).toEqual(file)
    expect(caFilePath(file as never)).toBe(path)
    // The directories before it are decoration.
    expect(read(`/pki/of-old${path}`)).toEqual(file)
  })

  test.each([
    '/ca',
    '/ca/',
    `/ca/${ID}`,
    `/ca/${ID}.der`,
    `/ca/${ID}.CER`,
    `/ca/${ID.toUpperCase()}.cer`,
    `/ca/${ID}.cer/`,
    `//ca/${ID}.cer`,
    `/../ca/${ID}.cer`,
    `/ca/./${ID}.cer`,
    `/ca/%2e%2e/${ID}.cer`,
    `/ca/${ID}%00.cer`,
    `/ca\\${ID}.cer`,
    `/ca/${ID}-by-${ID}-by-${ID}.cer`,
    `/ca/${ID}-by-.cer`,
    `/ca/${ID}-chain.cer`,
    `/ca/${ID}/${SERIAL}.pem`,
    `/ca/${SERIAL}.cer`,
    `/ca/${ID}/00${SERIAL}.cer`,
    '/roots.cer',
    '/roots-chain.pem',
    '/__proto__.pem',
    `/${'a/'.repeat(16)}${ID}.cer`,
    `/${'a'.repeat(500)}/${ID}.cer`,
  ])('%s is none', (path) => {
    expect(read(path)).toBeUndefined()
  })

  test('whatever is asked: an answer or none, and only of characters that a name has', () => {
    const bit = fc.constantFrom(
      ID,
      SERIAL,
      '-by-',
      '-chain',
      '.cer',
      '.pem',
      '.p7c',
      '/',
      '..',
      '%2f',
      '\\',
      'roots',
    )
    const path = fc.array(fc.oneof(bit, fc.string({ unit: 'binary' })), { maxLength: 12 })
    fc.assert(
      fc.property(path, (bits) => {
        const text = `/${bits.join('')}`
        const file = read(text)
        if (file === undefined) return
        expect(text.endsWith(caFilePath(file).replace(/^\/ca\//, '/'))).toBe(true)
        expect(text).not.toMatch(/\.\.\/|%|\\/)
      }),
      { numRuns: 2000 },
    )
  })
})
