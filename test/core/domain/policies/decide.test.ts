import { describe, expect, test } from 'vitest'
import type { Arn } from '../../../../src/core/domain/arns.ts'
import { decide, type Grants } from '../../../../src/core/domain/policies/decide.ts'
import type { Policy, Statement } from '../../../../src/core/domain/policies/policy.ts'

const policy = (name: string, ...statements: Partial<Statement>[]): Policy => ({
  name,
  statements: statements.map((it) => ({ effect: 'Allow', actions: ['*'], resources: ['*'], ...it })),
})
const resource = 'arn:aws:acm:us-east-1:111122223333:certificate/1' as Arn
const asked = (grants: Grants) => decide({ grants, action: 'acm:RenewCertificate', resource, facts: {} })

const all = policy('all', {})
const renewals = policy('renewals', { actions: ['acm:Describe*'] }, { sid: 'R', actions: ['acm:Renew*'] })
const others = policy('others', { resources: ['arn:aws:acm:us-east-1:111122223333:certificate/2'] })
const denial = policy('denial', {}, { effect: 'Deny', actions: ['acm:Renew*'] })

describe('a decision', () => {
  test('is no where nothing allows', () => {
    expect(asked({ identity: [] })).toEqual({ allowed: false, because: 'not_allowed' })
    expect(asked({ identity: [others] })).toEqual({ allowed: false, because: 'not_allowed' })
  })

  test('names the statement that allows', () => {
    const by = { policy: 'renewals', statement: 1, sid: 'R' }
    expect(asked({ identity: [others, renewals] })).toEqual({ allowed: true, because: 'allowed', by })
  })

  test.each<[string, Grants]>([
    ['identity', { identity: [all, denial] }],
    ['boundary', { identity: [all], boundary: [denial] }],
    ['session', { identity: [all], session: [all, denial] }],
  ])('is no where the %s denies, whatever allows', (_, grants) => {
    const by = { policy: 'denial', statement: 1 }
    expect(asked(grants)).toEqual({ allowed: false, because: 'explicit_deny', by })
  })

  test('takes identity, boundary and session together', () => {
    expect(asked({ identity: [all], boundary: [others] }).because).toBe('boundary')
    expect(asked({ identity: [all], boundary: [all], session: [others] }).because).toBe('session')
    expect(asked({ identity: [others], boundary: [all], session: [all] }).because).toBe('not_allowed')
    expect(asked({ identity: [renewals], boundary: [all], session: [all] }).allowed).toBe(true)
    expect(asked({ identity: [all], session: [] }).because).toBe('session')
  })
})
