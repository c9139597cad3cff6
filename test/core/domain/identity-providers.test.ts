import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Arn } from '../../../src/core/domain/arns.ts'
import {
  claimPatternViolations,
  claimsProblem,
  matchesClaim,
  rolesFor,
  type IdentityProvider,
} from '../../../src/core/domain/identity-providers.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'

const NOW = Date.UTC(2030, 0, 1)
const SECONDS = NOW / 1000
const provider: IdentityProvider = {
  account: '111122223333' as AccountId,
  name: 'github',
  issuer: 'https://token.actions.example.com',
  audiences: ['chancery:111122223333', 'other'],
  algorithms: ['RS256'],
  keys: { set: '{"keys":[]}' },
  rules: [],
  revision: 1,
  createdAt: NOW,
  updatedAt: NOW,
}
const good = { iss: provider.issuer, aud: 'other', sub: 'repo:a/b', exp: SECONDS + 300, iat: SECONDS }

describe('claims of a verified token (RFC 7519 §4.1)', () => {
  it.each<readonly [string, object, string | undefined]>([
    ['as they should be', {}, undefined],
    ['audience in a list', { aud: ['x', 'chancery:111122223333'] }, undefined],
    ['no begin', { iat: undefined }, undefined],
    ['half a minute over', { exp: SECONDS - 29 }, undefined],
    ['begins in half a minute', { nbf: SECONDS + 29 }, undefined],
    ['another issuer', { iss: 'https://token.actions.example.com/' }, 'issuer'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['a wrong audience', { aud: 'chancery:999988887777' }, 'audience'],
    ['a part of an audience', { aud: 'othe' }, 'audience'],
    ['no audience', { aud: undefined }, 'audience'],
    ['an audience that is an object', { aud: { 0: 'other' } }, 'audience'],
    ['no subject', { sub: undefined }, 'subject'],
    ['an empty subject', { sub: '' }, 'subject'],
    ['expired', { exp: SECONDS - 31 }, 'expired'],
    ['no end', { exp: undefined }, 'expired'],
    ['an end that is text', { exp: String(SECONDS + 300) }, 'expired'],
    ['an end beyond all times', { exp: 1e300 }, 'expired'],
    ['not good yet', { nbf: SECONDS + 31 }, 'not good yet'],
    ['issued in the future', { iat: SECONDS + 31 }, 'not good yet'],
    ['a begin that is text', { nbf: 'now' }, 'not good yet'],
  ])('%s', (_, change, problem) => {
    const found = claimsProblem({ ...good, ...change }, provider, NOW)
    if (problem === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(problem)
  })
})

describe('patterns for claims', () => {
  it.each<readonly [string, unknown, boolean]>([
    ['repo:org/app:ref:refs/heads/main', 'repo:org/app:ref:refs/heads/main', true],
    ['repo:org/app:ref:refs/heads/main', 'repo:org/app:ref:refs/heads/mai', false],
    ['repo:org/*:ref:refs/heads/main', 'repo:org/app:ref:refs/heads/main', true],
    ['repo:org/*:ref:refs/heads/main', 'repo:org/app/x:ref:refs/heads/main', false],
    ['repo:org/*:ref:refs/heads/main', 'repo:org/a:ref:refs/heads/b:ref:refs/heads/main', false],
    ['repo:org/*:ref:refs/heads/main', 'repo:org/:ref:refs/heads/main', false],
    ['repo:org/*', 'repo:org-evil/app', false],
    ['repo:org/**', 'repo:org/app:environment:prod', true],
    ['repo:org/**', 'repo:org/', false],
    ['repo:org/**', 'repo:org', false],
    ['repo:org/*', 'repo:org:app', false],
    ['*', 'anything', true],
    ['*', 'any:thing', false],
    ['system:serviceaccount:prod:*', 'system:serviceaccount:prod:web', true],
    ['system:serviceaccount:prod:*', 'system:serviceaccount:production:web', false],
    ['admins', ['users', 'admins'], true],
    ['admins', ['users', ['admins']], false],
    ['true', true, true],
    ['true', 'true', true],
    ['17', 17, true],
    ['17', undefined, false],
    ['17', { valueOf: 17 }, false],
    ['x', null, false],
  ])('%s and %j: %s', (pattern, claim, expected) => {
    expect(matchesClaim(pattern, claim)).toBe(expected)
  })

  it('match literally what has no stars', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, value) => {
        fc.pre(!pattern.includes('*'))
        expect(matchesClaim(pattern, value)).toBe(pattern === value)
        expect(matchesClaim(value.replaceAll('*', ''), value.replaceAll('*', ''))).toBe(true)
      }),
    )
  })

  it.each(['a*', '*a', 'a:**:b', '**:a', '***'])('refuse %s when they are written', (pattern) => {
    expect(claimPatternViolations(pattern, 'rules[0].claims.sub')).toHaveLength(1)
  })
  it.each(['a', '*', 'a:*:b', 'a/**', '**'])('take %s', (pattern) => {
    expect(claimPatternViolations(pattern, 'rules[0].claims.sub')).toEqual([])
  })

  it('give the roles of those rules of which somebody has all claims', () => {
    const role = (name: string) => `arn:aws:iam::111122223333:role/${name}` as Arn
    const rules = [
      { claims: { sub: 'a', team: 'x' }, role: role('one') },
      { claims: { sub: 'a' }, role: role('two') },
      { claims: { sub: '*' }, role: role('two') },
    ]
    expect(rolesFor({ sub: 'a' }, rules)).toEqual([role('two'), role('two')])
    expect(rolesFor({ sub: 'a', team: 'x' }, rules)).toEqual([role('one'), role('two'), role('two')])
    expect(rolesFor({ team: 'x' }, rules)).toEqual([])
    // A claim that every object inherits is none.
    expect(rolesFor({ sub: 'a' }, [{ claims: { constructor: '*' }, role: role('one') }])).toEqual([])
  })
})
