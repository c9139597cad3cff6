import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arnPatternOf } from '../../../../src/core/domain/policies/arn-patterns.ts'
import { patternOf, wildPieces } from '../../../../src/core/domain/policies/patterns.ts'
import type { Facts } from '../../../../src/core/domain/policies/policy.ts'
import { patternPieces } from '../../../../src/core/domain/policies/variables.ts'

const matches = (pattern: string, text: string) => patternOf(wildPieces(pattern))(text, {})
const covers = (pattern: string, arn: string, facts: Facts = {}) => {
  const pieces = patternPieces(pattern, true)
  if (typeof pieces === 'string') throw new Error(pieces)
  return arnPatternOf(pieces)(arn, facts)
}
const CERTIFICATE = 'arn:aws:acm:us-east-1:111122223333:certificate/a:b'

describe('wildcards', () => {
  test.each([
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['a*c', 'abcbc', true],
    ['a*c', 'abcb', false],
    ['a?c', 'abc', true],
    ['*ab*ab', 'ab', false],
    ['a*a', 'a', false],
    ['acm-pca:*', 'acm-pca:IssueCertificate', true],
    ['acm:*', 'acm-pca:IssueCertificate', false],
  ])('%s and %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  test('match as a regular expression has it', () => {
    const letters = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 })
    fc.assert(
      fc.property(letters('ab*?'), letters('ab'), (pattern, text) => {
        const oracle = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
        expect(matches(pattern, text)).toBe(oracle.test(text))
      }),
      { numRuns: 3000 },
    )
  })

  // A backtracking matcher takes longer than the universe for each.
  test.each([
    ['*?*?*?…', `${'*?'.repeat(1000)}b`],
    ['*a*a*a…', `${'*a'.repeat(1000)}b`],
    ['*a?a?a?…', `*${'a?'.repeat(1000)}b`],
    ['*aaaa…', `*${'a'.repeat(1900)}*b`],
  ])('catastrophic patterns take steps in proportion to what they are compared with: %s', (_, pattern) => {
    const arn = `arn:aws:acm:us-east-1:111122223333:certificate/${'a'.repeat(20_000)}`
    expect(matches(pattern, arn)).toBe(false)
    expect(covers(`arn:aws:acm:*:*:${pattern}`, arn)).toBe(false)
  })
})

describe('an ARN’s pattern', () => {
  test.each([
    ['*', true],
    [CERTIFICATE, true],
    ['arn:aws:acm:us-east-1:111122223333:*', true],
    ['arn:aws:acm:*:111122223333:certificate/*', true],
    ['arn:*:acm:*:*:certificate/?:b', true],
    ['arn:aws:acm:*:444455556666:*', false],
    ['arn:aws:acm', true],
    ['arn:aws:acm-pca', false],
    // over a colon
    ['arn:aws:*:certificate/a:b', false],
    ['arn:aws:acm:*:certificate/*', false],
    ['arn:aws:acm:us-east-1:1*b', false],
    ['arn:aws:acm:us-east-1:111122223333:certificate/A:b', false],
  ])('%s', (pattern, expected) => {
    expect(covers(pattern, CERTIFICATE)).toBe(expected)
  })

  test('matches nothing that is no ARN, unless it is “*”', () => {
    expect(covers('arn:*:*:*:*:*', 'certificate/1')).toBe(false)
    expect(covers('*', 'certificate/1')).toBe(true)
  })
})

describe('a variable', () => {
  const own = 'arn:aws:chancery::111122223333:zone/${aws:username}.example.com'
  const zone = (name: string) => `arn:aws:chancery::111122223333:zone/${name}`

  test('stands for the call’s value', () => {
    expect(covers(own, zone('alice.example.com'), { 'aws:username': 'alice' })).toBe(true)
    expect(covers(own, zone('bob.example.com'), { 'aws:username': 'alice' })).toBe(false)
  })

  test('is in any letter case, with blanks around its default', () => {
    const pattern = "arn:aws:chancery::111122223333:zone/${AWS:PrincipalTag/Team ,  'none'}"
    expect(covers(pattern, zone('red'), { 'aws:principaltag/team': 'red' })).toBe(true)
    expect(covers(pattern, zone('none'))).toBe(true)
  })

  test('whose value holds wildcards stands for these characters', () => {
    const facts = { 'aws:username': '*' }
    expect(covers(own, zone('bob.example.com'), facts)).toBe(false)
    expect(covers(own, zone('*.example.com'), facts)).toBe(true)
  })

  test('whose value holds colons doesn’t reach into the next field', () => {
    const pattern = 'arn:aws:chancery::${aws:PrincipalTag/account}:zone/x'
    const facts = { 'aws:principaltag/account': '111122223333:zone/y' }
    expect(covers(pattern, zone('y:zone/x'), facts)).toBe(false)
  })

  test('without a value matches nothing, and is known not to', () => {
    expect(covers(own, zone('alice.example.com'))).toBeUndefined()
    expect(covers(own, zone('alice.example.com'), { 'aws:username': ['alice', 'bob'] })).toBeUndefined()
    expect(covers(own, 'arn:aws:acm:us-east-1:111122223333:certificate/1')).toBe(false)
  })

  test('of an asterisk, a question mark, a dollar is that character', () => {
    const pattern = 'arn:aws:chancery::111122223333:zone/${*}${?}${$}{x}'
    expect(covers(pattern, zone('*?${x}'))).toBe(true)
    expect(covers(pattern, zone('ab${x}'))).toBe(false)
  })

  test.each(['${aws:username', '${}', '${nothing:known}', '${aws:TagKeys}', '${aws:username, none}'])(
    '%s is refused',
    (text) => {
      expect(patternPieces(text, true)).toMatch(/variable/)
    },
  )
})
