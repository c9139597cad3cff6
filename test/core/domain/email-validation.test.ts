import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  approvingAddresses,
  mailDomain,
  validationDomainProblem,
} from '../../../src/core/domain/email-validation.ts'

describe('the five mailboxes (CA/Browser Forum BR §3.2.2.4.4)', () => {
  test('are those of the validation domain', () => {
    expect(approvingAddresses('example.com')).toEqual([
      'admin@example.com',
      'administrator@example.com',
      'hostmaster@example.com',
      'postmaster@example.com',
      'webmaster@example.com',
    ])
  })

  test.each([
    ['example.com', 'example.com'],
    ['www.example.com', 'example.com'],
    ['*.example.com', 'example.com'],
    ['*.www.example.com', 'example.com'],
    ['www.www.example.com', 'www.example.com'],
    ['wwww.example.com', 'wwww.example.com'],
    ['a.www.example.com', 'a.www.example.com'],
    // What is left would be a top-level name, whose mail is somebody else's.
    ['www.com', 'www.com'],
    ['xn--mller-kva.example', 'xn--mller-kva.example'],
  ])('of %s are those of %s', (domain, expected) => {
    expect(mailDomain(domain)).toBe(expected)
  })
})

describe('a validation domain', () => {
  test.each([
    ['example.com', 'example.com'],
    ['*.example.com', 'example.com'],
    ['a.b.example.com', 'b.example.com'],
    ['a.b.example.com', 'example.com'],
    ['a.xn--mller-kva.example', 'xn--mller-kva.example'],
  ])('of %s may be %s', (domain, validationDomain) => {
    expect(validationDomainProblem(domain, validationDomain)).toBeUndefined()
  })

  test.each([
    ['example.com', 'com', /two labels/],
    ['example.com', 'www.example.com', /must be example.com or/],
    ['notexample.com', 'example.com', /must be notexample.com or/],
    ['a.example.com', 'b.example.com', /must be a.example.com or/],
    ['a.example.com', '*.example.com', /asterisk/],
    ['example.com', 'example.com.evil.test', /must be/],
    ['example.com', '', /two labels/],
  ])('of %s is not %s', (domain, validationDomain, message) => {
    expect(validationDomainProblem(domain, validationDomain)).toMatch(message)
  })

  test('is the name or above it, label by label, whatever the names are', () => {
    const label = fc.stringMatching(/^[a-z]{1,3}$/)
    const name = fc.array(label, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(name, name, (domain, above) => {
        const fits =
          above.length >= 2 &&
          above.length <= domain.length &&
          above.every((each, at) => each === domain.at(at - above.length))
        expect(validationDomainProblem(domain.join('.'), above.join('.')) === undefined).toBe(fits)
      }),
      {
        numRuns: 2000,
        examples: [
          [
            ['a', 'b', 'c'],
            ['b', 'c'],
          ],
        ],
      },
    )
  })
})
