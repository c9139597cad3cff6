import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../../src/core/domain/errors.ts'
import { decide } from '../../../../src/core/domain/policies/decide.ts'
import { parsePolicy } from '../../../../src/core/domain/policies/parse-policy.ts'
import { LONGEST_POLICY, type PolicyKind } from '../../../../src/core/domain/policies/policy.ts'
import type { Arn } from '../../../../src/core/domain/arns.ts'

const STATEMENT = { Effect: 'Allow', Action: 'acm:*', Resource: '*' }
const written = (statement: object, more: object = { Version: '2012-10-17' }): string =>
  JSON.stringify({ ...more, Statement: [statement] })

/** What is said about a policy: `code field: message`. */
function refused(text: string, kind: PolicyKind = 'identity'): string[] {
  try {
    parsePolicy(text, kind, 'p', 'document')
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    expect(error.code).toBe('request_invalid')
    return error.violations.map(({ code, field, message }) => `${code} ${field}: ${message}`)
  }
  return []
}

describe('a policy', () => {
  test('may have one statement without a list, a name, and no version', () => {
    expect(
      parsePolicy(JSON.stringify({ Id: 'x', Statement: STATEMENT }), 'identity').statements,
    ).toHaveLength(1)
  })

  test('is frozen', () => {
    const policy = parsePolicy(written(STATEMENT), 'identity')
    expect(Object.isFrozen(policy) && Object.isFrozen(policy.statements)).toBe(true)
    expect(policy.statements.every((each) => Object.isFrozen(each))).toBe(true)
  })

  test('that can’t be understood is refused with line and column', () => {
    const text = `{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "allow",
    "Action": ["acm:*", "RequestCertificate"],
    "Resource": "certificate/1",
    "Condition": { "StringIs": { "aws:username": "a" }, "Bool": { "aws:Nothing": "true" } }
  }]
}`
    expect(refused(text)).toEqual([
      'effect document.Statement[0].Effect: is neither “Allow” nor “Deny” (line 4, column 15)',
      'action document.Statement[0].Action[1]: “RequestCertificate” is no action: write it as acm-pca:IssueCertificate (line 5, column 25)',
      'resource document.Statement[0].Resource: “certificate/1” is no ARN: write one, with * and ? in it, or “*” (line 6, column 17)',
      'operator document.Statement[0].Condition.StringIs: is no condition operator of IAM (line 7, column 20)',
      expect.stringMatching(
        /^key document.Statement\[0\].Condition.Bool.aws:Nothing: .* \(line 7, column 67\)$/,
      ),
    ])
  })
})

describe('what is refused', () => {
  test.each<[string, string, RegExp]>([
    [
      'an unknown version',
      written(STATEMENT, { Version: '2026-01-01' }),
      /^version document.Version: .*2012-10-17.*column 12/,
    ],
    ['a version that is no text', written(STATEMENT, { Version: 20121017 }), /^version/],
    ['an unknown member', written(STATEMENT, { Principals: [] }), /^unknown document.Principals/],
    ['an unknown member of a statement', written({ ...STATEMENT, Actions: 'x' }), /^unknown .*\[0\].Actions/],
    ['no statement', '{"Version":"2012-10-17"}', /^missing document: has no Statement/],
    ['an empty list of statements', '{"Statement":[]}', /^length document.Statement/],
    ['a statement that is none', '{"Statement":["x"]}', /^type document.Statement\[0\]/],
    ['no policy', '[]', /^type document: is not an object/],
    [
      'no text at all',
      '',
      /^json document: is not JSON: the text ends where a value was expected \(line 1, column 1\)/,
    ],
    [
      'a comma too much',
      '{"Statement":[],}',
      /^json document: is not JSON: “}” stands where .* \(line 1, column 17\)/,
    ],
    ['something behind the end', '{} {}', /^json .*the end.*column 4/],
    ['a byte order mark', `\uFEFF${written(STATEMENT)}`, /^json/],
    ['a control character in a string', '{"Id":"a\nb"}', /^json .*line 1, column 9/],
    ['half of a surrogate pair', '{"Id":"\\ud800"}', /^unicode/],
    [
      'duplicate JSON keys',
      '{"Statement":{"Effect":"Deny","Effect":"Allow"}}',
      /^repeated .*“Effect” is there twice \(line 1, column 31\)/,
    ],
    ['duplicate JSON keys in disguise', '{"Id":"1","\\u0049d":"2"}', /^repeated .*“Id”/],
    [
      'Action and NotAction',
      written({ ...STATEMENT, NotAction: 'x' }),
      /^missing .*either Action or NotAction/,
    ],
    ['neither Resource nor NotResource', written({ Effect: 'Allow', Action: '*' }), /^missing .*Resource/],
    ['an empty list of actions', written({ ...STATEMENT, Action: [] }), /^length .*Action/],
    ['an action that is a number', written({ ...STATEMENT, Action: [1] }), /^type .*Action\[0\]/],
    ['a variable in an action', written({ ...STATEMENT, Action: 'acm:${aws:username}' }), /^action/],
    ['a principal in an identity’s policy', written({ ...STATEMENT, Principal: '*' }), /^principal/],
    [
      'an unknown variable',
      written({ ...STATEMENT, Resource: 'arn:aws:acm:*:*:${aws:nothing}' }),
      /^variable .*“\$\{aws:nothing\}”/,
    ],
    [
      'a variable in the older language',
      written({ ...STATEMENT, Resource: 'arn:aws:acm:*:*:${aws:username}' }, {}),
      /^version .*2012-10-17/,
    ],
    ['a long pattern', written({ ...STATEMENT, Resource: `arn:${'*?'.repeat(2000)}` }), /^length/],
    [
      'a statement’s name that stands twice',
      JSON.stringify({
        Statement: [
          { Sid: 'a', ...STATEMENT },
          { Sid: 'a', ...STATEMENT },
        ],
      }),
      /^repeated document.Statement\[1\].Sid/,
    ],
    ['a statement’s name beyond ASCII', written({ Sid: '\u0000', ...STATEMENT }), /^sid/],
  ])('%s', (_, text, expected) => {
    expect(refused(text)[0]).toMatch(expected)
  })

  test.each<[string, unknown, RegExp]>([
    ['no object', 'x', /^type/],
    ['an operator without keys', { StringEquals: {} }, /^type/],
    ['an operator in another letter case', { stringequals: { 'aws:username': 'a' } }, /^operator/],
    ['Null with IfExists', { NullIfExists: { 'aws:username': 'true' } }, /^operator/],
    ['Null for a set', { 'ForAnyValue:Null': { 'aws:username': 'true' } }, /^operator/],
    ['ForNoValues', { 'ForNoValues:StringEquals': { 'aws:TagKeys': 'a' } }, /^operator/],
    ['IfExists twice', { StringEqualsIfExistsIfExists: { 'aws:username': 'a' } }, /^operator/],
    ['Null of something else', { Null: { 'aws:username': 'yes' } }, /^value/],
    ['Null of two', { Null: { 'aws:username': ['true', 'false'] } }, /^value/],
    ['an unknown key', { StringEquals: { 'aws:Usrname': 'a' } }, /^key .*aws:Usrname/],
    ['an unknown service’s key', { StringEquals: { 's3:prefix': 'a' } }, /^key/],
    ['no values', { StringEquals: { 'aws:username': [] } }, /^length/],
    ['a value that is null', { StringEquals: { 'aws:username': null } }, /^type/],
    ['a number that is none', { NumericLessThan: { 'aws:RequestTag/size': 'ten' } }, /^value .*no number/],
    [
      'a date that is none',
      { DateLessThan: { 'aws:CurrentTime': '2026-13-01T00:00:00Z' } },
      /^value .*no date/,
    ],
    ['a date without a zone', { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00' } }, /^value/],
    ['a truth value that is none', { Bool: { 'aws:SecureTransport': 'yes' } }, /^value/],
    ['a block of addresses that is none', { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } }, /^value/],
    ['an address with leading zeros', { IpAddress: { 'aws:SourceIp': '010.0.0.1' } }, /^value/],
    ['a variable among addresses', { IpAddress: { 'aws:SourceIp': '${aws:username}' } }, /^value/],
    ['an ARN that is none', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*' } }, /^value .*six fields/],
    ['text compared with addresses', { StringEquals: { 'aws:SourceIp': '10.0.0.0/8' } }, /^operator/],
    ['a date compared with text', { DateLessThan: { 'aws:PrincipalArn': '2026-01-01' } }, /^operator/],
    [
      'a key of several values without a set operator',
      { StringEquals: { 'aws:TagKeys': 'a' } },
      /^operator .*ForAnyValue/,
    ],
  ])('a condition with %s', (_, condition, expected) => {
    expect(refused(written({ ...STATEMENT, Condition: condition }))[0]).toMatch(expected)
  })

  test.each<[string, PolicyKind, object, RegExp]>([
    ['no principal', 'resource', {}, /^missing .*Principal/],
    ['NotPrincipal that allows', 'resource', { NotPrincipal: { AWS: '111122223333' } }, /^principal .*Deny/],
    [
      'a pattern of principals',
      'resource',
      { Principal: { AWS: 'arn:aws:iam::111122223333:user/*' } },
      /^principal/,
    ],
    ['an account of eleven digits', 'resource', { Principal: { AWS: '11112222333' } }, /^principal/],
    ['an unknown kind of principal', 'resource', { Principal: { CanonicalUser: 'x' } }, /^unknown/],
    ['an empty list of principals', 'resource', { Principal: { AWS: [] } }, /^length/],
    ['every service', 'resource', { Principal: { Service: '*' } }, /^principal/],
    ['a resource in a trust', 'trust', { Principal: '*', Action: 'sts:AssumeRole' }, /^trust .*Resource/],
    ['another action in a trust', 'trust', { Principal: '*', Action: 'acm:*' }, /^trust .*Resource/],
    ['a principal in a scope', 'scope', { Principal: '*' }, /^principal/],
  ])('%s', (_, kind, more, expected) => {
    expect(refused(written({ ...STATEMENT, ...more }), kind).some((each) => expected.test(each))).toBe(true)
  })

  test('no more than twenty things at once', () => {
    expect(refused(JSON.stringify({ Statement: Array(100).fill({}) }))).toHaveLength(20)
  })
})

describe('attacks', () => {
  test.each(['identity', 'resource', 'trust', 'scope'] as const)(
    'policy documents of a megabyte are refused before they are read: %s',
    (kind) => {
      const text = written({ ...STATEMENT, Action: Array(100_000).fill('acm:*') })
      expect(text.length).toBeGreaterThan(800_000)
      expect(refused(text, kind)).toEqual([
        `length document: has ${text.length} characters; this kind of policy has at most ${LONGEST_POLICY[kind]}`,
      ])
      expect(refused('['.repeat(1_000_000), kind)[0]).toMatch(/^length/)
    },
  )

  test('deep nesting is refused where it goes too deep', () => {
    const deep = `{"Statement":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
    expect(refused(deep)).toEqual(['depth document: is nested deeper than 8 levels (line 1, column 21)'])
    expect(refused('{"a":'.repeat(3_000))[0]).toMatch(/^depth/)
  })

  test('catastrophic patterns in the longest policy decide at once', () => {
    const pattern = `arn:aws:acm:*:*:${'*?a'.repeat(300)}b`
    const text = written({
      ...STATEMENT,
      Resource: Array(19).fill(pattern),
      Condition: { StringLike: { 'aws:UserAgent': Array(2).fill(`${'*a?'.repeat(300)}b`) } },
    })
    const resource = `arn:aws:acm:us-east-1:111122223333:${'a'.repeat(2000)}` as Arn
    const decision = decide({
      grants: { identity: [parsePolicy(text, 'identity')] },
      action: 'acm:RequestCertificate',
      resource,
      facts: { 'aws:useragent': 'a'.repeat(16_384) },
    })
    expect(decision.allowed).toBe(false)
  })

  test('members named like those of every object are members', () => {
    expect(refused('{"__proto__":{"Statement":[]},"Statement":[]}')[0]).toMatch(/^unknown document.__proto__/)
    expect(
      refused(written({ ...STATEMENT, Condition: { constructor: { 'aws:username': 'a' } } }))[0],
    ).toMatch(/^operator/)
  })

  test('foreign text in a refusal is short and holds nothing that a terminal obeys', () => {
    const [message = ''] = refused(written({ ...STATEMENT, Action: `\u001b[31m${'x'.repeat(5000)}` }))
    expect(message).not.toMatch(/\p{Cc}/u)
    expect(message.length).toBeLessThan(250)
  })

  test('whatever octet of a policy changes, it is understood or refused', () => {
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'A',
          Effect: 'Allow',
          NotAction: ['acm:*'],
          Resource: 'arn:aws:acm:*:*:${aws:username}/*',
          Condition: {
            'ForAllValues:StringLike': { 'acm:DomainNames': ['*.example.com'] },
            IpAddress: { 'aws:SourceIp': '::1/128' },
          },
        },
      ],
    })
    const mutation = fc.tuple(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3 }))
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const mutated = mutations.reduce(
          (now, [at, length, put]) => now.slice(0, at) + put + now.slice(at + length),
          text,
        )
        for (const kind of ['identity', 'resource', 'trust'] as const) refused(mutated, kind)
      }),
      { numRuns: 3000 },
    )
  })
})
