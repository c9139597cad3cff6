import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Arn } from '../../../../src/core/domain/arns.ts'
import { decide } from '../../../../src/core/domain/policies/decide.ts'
import { parsePolicy } from '../../../../src/core/domain/policies/parse-policy.ts'
import { naiveDecision, type NaivePolicy, type NaiveStatement } from './naive.ts'

const some = <T>(each: fc.Arbitrary<T>, maxLength = 3) => fc.array(each, { minLength: 1, maxLength })

const actions = fc.constantFrom(
  'acm:Get*',
  'ACM:getA',
  'acm:?etB',
  '*',
  'acm-pca:*',
  'acm:Ge*A',
  'chancery:X',
)
const resources = fc.constantFrom(
  '*',
  'arn:aws:acm',
  'arn:aws:acm:*:1:x/a',
  'arn:aws:acm:us-east-1:1:x/*',
  'arn:aws:acm:us-east-1:1:x/${aws:username}',
  'arn:*:acm:us-?ast-1:1:?/${aws:username}*',
  'arn:aws:acm:*:*:*b',
)
const texts = fc.constantFrom('a', 'A', 'b', 'ab', '*', 'a*', '?', '${aws:username}', 'x${aws:username}*')
const strings = fc
  .tuple(
    fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom(
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
      'StringLike',
      'StringNotLike',
    ),
    fc.constantFrom('', 'IfExists'),
    fc.constantFrom('aws:RequestTag/t', 'aws:username'),
    some(texts),
  )
  .map(([set, operator, suffix, key, values]) => ({ [set + operator + suffix]: { [key]: values } }))
const sets = fc
  .tuple(
    fc.constantFrom('ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom('StringEquals', 'StringNotLike'),
    some(texts),
  )
  .map(([set, operator, values]) => ({ [set + operator]: { 'aws:TagKeys': values } }))
const numbers = fc
  .tuple(
    fc.constantFrom('NumericLessThan', 'NumericEquals', 'NumericNotEquals'),
    some(fc.constantFrom('1', '2')),
  )
  .map(([operator, values]) => ({ [operator]: { 'aws:RequestTag/t': values } }))
const nulls = fc
  .tuple(fc.constantFrom('true', 'false'), fc.constantFrom('aws:TagKeys', 'aws:RequestTag/t'))
  .map(([value, key]) => ({ Null: { [key]: [value] } }))
const conditions = fc
  .array(fc.oneof(strings, sets, numbers, nulls), { maxLength: 2 })
  .map((all): NaiveStatement['Condition'] => Object.assign({}, ...all) as NaiveStatement['Condition'])

const statement: fc.Arbitrary<NaiveStatement> = fc
  .tuple(
    fc.constantFrom('Allow', 'Allow', 'Deny'),
    fc.constantFrom('Action', 'NotAction'),
    some(actions),
    fc.constantFrom('Resource', 'NotResource'),
    some(resources),
    conditions,
  )
  .map(([Effect, action, named, resource, covered, Condition]) => ({
    Effect,
    [action]: named,
    [resource]: covered,
    Condition,
  }))
const policies = fc.array(some(statement), { maxLength: 2 })
const layers = fc.record({
  identity: policies,
  boundary: fc.option(policies, { nil: undefined }),
  session: fc.option(policies, { nil: undefined }),
})
const value = fc.constantFrom('a', 'A', 'ab', '*', '1', '2', 'xa*')
const call = fc.record({
  action: fc.constantFrom('acm:GetA', 'acm:GetB', 'chancery:X'),
  resource: fc.constantFrom(
    'arn:aws:acm:us-east-1:1:x/a',
    'arn:aws:acm:eu-east-1:1:x/ab',
    'arn:aws:acm:us-east-1:1:x/*',
  ),
  facts: fc.record(
    {
      'aws:username': value,
      'aws:requesttag/t': fc.oneof(value, fc.array(value, { maxLength: 2 })),
      'aws:tagkeys': fc.array(value, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
})

const parsed = (all: readonly NaivePolicy[]) =>
  all.map((Statement) => parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'identity'))

test('the engine decides as a naive reading of IAM’s rules does', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(layers, call, ({ identity, boundary, session }, { action, resource, facts }) => {
      const expected = naiveDecision({ identity, boundary, session }, { action, resource, facts })
      seen.add(expected)
      const grants = {
        identity: parsed(identity),
        ...(boundary === undefined ? {} : { boundary: parsed(boundary) }),
        ...(session === undefined ? {} : { session: parsed(session) }),
      }
      const decision = decide({ grants, action, resource: resource as Arn, facts })
      expect(decision.because).toBe(expected)
      expect(decision.allowed).toBe(expected === 'allowed')
    }),
    { numRuns: 6000 },
  )
  expect([...seen].sort()).toEqual(['allowed', 'boundary', 'explicit_deny', 'not_allowed', 'session'])
})
