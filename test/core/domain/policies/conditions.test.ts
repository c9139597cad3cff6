import { describe, expect, test } from 'vitest'
import { parsePolicy } from '../../../../src/core/domain/policies/parse-policy.ts'
import type { Facts } from '../../../../src/core/domain/policies/policy.ts'

function holds(condition: object, facts: Facts, effect = 'Allow'): boolean {
  const document = {
    Version: '2012-10-17',
    Statement: { Effect: effect, Action: '*', Resource: '*', Condition: condition },
  }
  const [statement] = parsePolicy(JSON.stringify(document), 'identity').statements
  return statement?.conditions.every((each) => each.holds(facts)) === true
}

const TAG = 'aws:RequestTag/team'
const tag = (value: string | readonly string[]): Facts => ({ 'aws:requesttag/team': value })

describe('operators', () => {
  test.each<[string, string, unknown, string, boolean]>([
    ['StringEquals', TAG, ['blue', 'red'], 'red', true],
    ['StringEquals', TAG, 'red', 'Red', false],
    ['StringEquals', TAG, 'r*', 'red', false],
    ['StringNotEquals', TAG, ['blue', 'red'], 'red', false],
    ['StringNotEquals', TAG, ['blue', 'red'], 'green', true],
    ['StringEqualsIgnoreCase', TAG, 'rEd', 'Red', true],
    ['StringNotEqualsIgnoreCase', TAG, 'rEd', 'Red', false],
    ['StringLike', TAG, ['b*', 'r?d'], 'red', true],
    ['StringLike', TAG, 'r?d', 'reed', false],
    ['StringNotLike', TAG, 'r?d', 'reed', true],
    ['NumericEquals', TAG, '10', '10.0', true],
    ['NumericNotEquals', TAG, 10, '10.0', false],
    ['NumericLessThan', TAG, 10, '9', true],
    ['NumericLessThan', TAG, 10, '10', false],
    ['NumericLessThanEquals', TAG, 10, '10', true],
    ['NumericGreaterThan', TAG, -1.5, '-1', true],
    ['NumericGreaterThanEquals', TAG, 10, '9', false],
    ['DateEquals', 'aws:CurrentTime', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', true],
    ['DateNotEquals', 'aws:CurrentTime', '2026-01-01', '2026-01-01T00:00:00.000Z', false],
    ['DateLessThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z', '2025-12-31T23:59:59.999Z', true],
    ['DateLessThanEquals', 'aws:CurrentTime', '1767225600', '2026-01-01T00:00:00.000Z', true],
    ['DateGreaterThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z', false],
    ['DateGreaterThanEquals', 'aws:EpochTime', '2026-01-01T00:00:00Z', '1767225600', true],
    ['NumericGreaterThan', 'aws:EpochTime', '1767225599', '1767225600', true],
    ['Bool', 'aws:SecureTransport', true, 'true', true],
    ['Bool', 'aws:SecureTransport', 'False', 'true', false],
    ['IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '203.0.113.0/24'], '203.0.113.255', true],
    ['IpAddress', 'aws:SourceIp', '203.0.113.0/24', '203.0.114.0', false],
    ['IpAddress', 'aws:SourceIp', '203.0.113.7', '::ffff:203.0.113.7', true],
    ['IpAddress', 'aws:SourceIp', '2001:db8::/32', '2001:db8:1::1', true],
    ['IpAddress', 'aws:SourceIp', '2001:db8::/32', '2001:db9::1', false],
    ['IpAddress', 'aws:SourceIp', '0.0.0.0/0', '2001:db8::1', false],
    ['IpAddress', 'aws:SourceIp', '::/0', '203.0.113.7', false],
    ['NotIpAddress', 'aws:SourceIp', '203.0.113.0/24', '203.0.113.7', false],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/ci-*', 'arn:aws:iam::111122223333:role/ci-a', true],
    [
      'ArnEquals',
      'aws:PrincipalArn',
      'arn:aws:iam::*:role/ci-*',
      'arn:aws:iam::111122223333:role/ci-a',
      true,
    ],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:*', 'arn:aws:sts::111122223333:role/ci-a', false],
    ['ArnNotLike', 'aws:PrincipalArn', 'arn:*:iam::*:role/ci-*', 'arn:aws:iam::111122223333:user/ci-a', true],
    ['ArnNotEquals', 'aws:PrincipalArn', 'arn:*:iam::*:role/ci-*', 'arn:aws:iam::1:role/ci-a', false],
  ])('%s %s %j: %s → %s', (operator, key, value, given, expected) => {
    const facts = { [key.toLowerCase()]: given }
    expect(holds({ [operator]: { [key]: value } }, facts)).toBe(expected)
    // What denies is met alike.
    expect(holds({ [operator]: { [key]: value } }, facts, 'Deny')).toBe(expected)
  })

  test('keys are in any letter case', () => {
    expect(holds({ StringEquals: { 'AWS:requesttag/TEAM': 'red' } }, tag('red'))).toBe(true)
  })
})

describe('a key that the call doesn’t have', () => {
  test.each<[string, unknown, boolean]>([
    ['StringEquals', 'red', false],
    ['StringEqualsIfExists', 'red', true],
    ['StringNotEquals', 'red', true],
    ['StringNotEqualsIfExists', 'red', true],
    ['StringLike', '*', false],
    ['StringNotLike', '*', true],
    ['NumericLessThan', '5', false],
    ['NumericLessThanIfExists', '5', true],
    ['ArnLikeIfExists', 'arn:aws:iam::1:*', true],
    ['Null', 'true', true],
    ['Null', 'false', false],
    ['ForAllValues:StringEquals', 'red', true],
    ['ForAllValues:StringNotEquals', 'red', true],
    ['ForAnyValue:StringEquals', 'red', false],
    ['ForAnyValue:StringNotEquals', 'red', false],
    // IfExists is about single values.
    ['ForAnyValue:StringEqualsIfExists', 'red', false],
  ])('%s %s → %s', (operator, value, expected) => {
    for (const effect of ['Allow', 'Deny'])
      for (const facts of [{}, tag([])])
        expect(holds({ [operator]: { [TAG]: value } }, facts, effect)).toBe(expected)
  })

  test('IfExists compares a value that is there', () => {
    expect(holds({ StringEqualsIfExists: { [TAG]: 'red' } }, tag('blue'))).toBe(false)
    expect(holds({ StringEqualsIfExists: { [TAG]: 'red' } }, tag('red'))).toBe(true)
  })

  test('Null “false” asks that it be there, whatever it is', () => {
    expect(holds({ Null: { [TAG]: false } }, tag(''))).toBe(true)
    expect(holds({ Null: { [TAG]: 'true' } }, tag(''))).toBe(false)
  })
})

describe('sets', () => {
  const keys = (...values: string[]): Facts => ({ 'aws:tagkeys': values })
  const asked = (operator: string, value: unknown, facts: Facts) =>
    holds({ [operator]: { 'aws:TagKeys': value } }, facts)

  test('ForAllValues is met by an empty set, so say Null beside it', () => {
    expect(asked('ForAllValues:StringEquals', ['a', 'b'], keys())).toBe(true)
    const both = {
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] },
      Null: { 'aws:TagKeys': 'false' },
    }
    expect(holds(both, keys())).toBe(false)
    expect(holds(both, keys('a'))).toBe(true)
  })

  test.each<[string, unknown, string[], boolean]>([
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
    ['ForAllValues:StringNotEquals', ['a', 'b'], ['a', 'd'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'd'], false],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'd'], true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
    ['ForAnyValue:StringLike', 'x*', ['a', 'xyz'], true],
  ])('%s %j: %j → %s', (operator, value, given, expected) => {
    expect(asked(operator, value, keys(...given))).toBe(expected)
  })

  test('several values for a key thought to have one: all must match to allow, one is enough to deny', () => {
    const condition = { StringEquals: { [TAG]: 'red' } }
    expect(holds(condition, tag(['red', 'blue']))).toBe(false)
    expect(holds(condition, tag(['red', 'blue']), 'Deny')).toBe(true)
    expect(holds(condition, tag(['red']))).toBe(true)
  })
})

describe('variables in conditions', () => {
  const own = { StringEquals: { [TAG]: '${aws:username}' } }
  const notOwn = { StringNotEquals: { [TAG]: '${aws:username}' } }

  test('stand for the call’s value', () => {
    expect(holds(own, { ...tag('alice'), 'aws:username': 'alice' })).toBe(true)
    expect(holds(own, { ...tag('bob'), 'aws:username': 'alice' })).toBe(false)
    expect(
      holds({ StringLike: { [TAG]: '${aws:username}-*' } }, { ...tag('a*-1'), 'aws:username': 'a*' }),
    ).toBe(true)
    const arn = 'arn:aws:iam::111122223333:role/x'
    const same = { ArnEquals: { 'aws:RequestTag/maker': '${aws:PrincipalArn}' } }
    expect(holds(same, { 'aws:requesttag/maker': arn, 'aws:principalarn': arn })).toBe(true)
  })

  test('without a value neither allow, nor keep from denying', () => {
    expect(holds(own, tag('alice'))).toBe(false)
    expect(holds(notOwn, tag('alice'))).toBe(false)
    expect(holds(notOwn, tag('alice'), 'Deny')).toBe(true)
  })

  test('a call’s value of the wrong kind neither allows, nor keeps from denying', () => {
    const notTen = { NumericNotEquals: { [TAG]: 10 } }
    expect(holds(notTen, tag('ten'))).toBe(false)
    expect(holds(notTen, tag('ten'), 'Deny')).toBe(true)
    expect(holds({ NumericLessThan: { [TAG]: 10 } }, tag('1e0'))).toBe(false)
  })
})
