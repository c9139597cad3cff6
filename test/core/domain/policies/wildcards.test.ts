import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesPattern } from '../../../../src/core/domain/policies/wildcards.ts'

test.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['?', '', false],
  ['a*c', 'abcbc', true],
  ['a*c', 'abcb', false],
  ['a?c', 'abc', true],
  ['acm-pca:*', 'acm-pca:IssueCertificate', true],
  ['acm:*', 'acm-pca:IssueCertificate', false],
])('%s and %s', (pattern, text, matches) => {
  expect(matchesPattern(pattern, text)).toBe(matches)
})

const letters = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 })

test('as a regular expression has it', () => {
  fc.assert(
    fc.property(letters('ab*?'), letters('ab'), (pattern, text) => {
      const oracle = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
      expect(matchesPattern(pattern, text)).toBe(oracle.test(text))
    }),
    { numRuns: 2000 },
  )
})

test('many stars against a long text that doesn’t match end in a bounded number of steps', () => {
  // A backtracking matcher takes longer than the universe for this.
  expect(matchesPattern(`${'*a'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false)
})
