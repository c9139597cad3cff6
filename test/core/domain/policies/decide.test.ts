import { describe, expect, test } from 'vitest'
import type { Arn } from '../../../../src/core/domain/arns.ts'
import { decide, decideByResource, type Grants } from '../../../../src/core/domain/policies/decide.ts'
import { policyOf, type StatementDocument } from '../../../../src/core/domain/policies/document.ts'
import type { Policy, Who } from '../../../../src/core/domain/policies/policy.ts'

const policy = (name: string, ...statements: StatementDocument[]): Policy =>
  policyOf(
    name,
    statements.map((it) => ({
      Effect: 'Allow',
      ...('NotAction' in it ? {} : { Action: '*' }),
      ...('NotResource' in it ? {} : { Resource: '*' }),
      ...it,
    })),
  )
const resource = 'arn:aws:acm:us-east-1:111122223333:certificate/1' as Arn
const another = 'arn:aws:acm:us-east-1:111122223333:certificate/2' as Arn
const asked = (grants: Grants) => decide({ grants, action: 'acm:RenewCertificate', resource, facts: {} })

const all = policy('all', {})
const renewals = policy('renewals', { Action: 'acm:Describe*' }, { Sid: 'R', Action: ['acm:Renew*'] })
const others = policy('others', { Resource: another })
const denial = policy('denial', {}, { Effect: 'Deny', Action: 'acm:Renew*' })

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
  ])('is no where the %s denies, whatever allows: explicit deny wins over everything', (_, grants) => {
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

  test('takes actions in any letter case, resources as they are', () => {
    expect(asked({ identity: [policy('p', { Action: 'ACM:renewcertificate' })] }).allowed).toBe(true)
    const upper = resource.replace('certificate', 'Certificate')
    expect(asked({ identity: [policy('p', { Resource: upper })] }).allowed).toBe(false)
  })

  test.each<[string, StatementDocument, boolean]>([
    ['NotAction leaves out what it names', { NotAction: ['acm:Renew*', 'acm-pca:*'] }, false],
    ['NotAction means all others', { NotAction: 'acm-pca:*' }, true],
    ['NotResource leaves out what it names', { NotResource: [another, resource] }, false],
    ['NotResource means all others', { NotResource: another }, true],
  ])('%s', (_, statement, allowed) => {
    expect(asked({ identity: [policy('p', statement)] }).allowed).toBe(allowed)
    const denies = asked({ identity: [all, policy('p', { Effect: 'Deny', ...statement })] })
    expect(denies.because).toBe(allowed ? 'explicit_deny' : 'allowed')
  })

  test('asks every condition of a statement', () => {
    const conditions = (...regions: string[]) =>
      policy('p', {
        Condition: {
          StringEquals: { 'aws:RequestedRegion': regions },
          Bool: { 'aws:SecureTransport': true },
        },
      })
    const ask = (identity: Policy, secure: string) =>
      decide({
        grants: { identity: [identity] },
        action: 'acm:RenewCertificate',
        resource,
        facts: { 'aws:requestedregion': 'eu-central-1', 'aws:securetransport': secure },
      }).allowed
    expect(ask(conditions('us-east-1', 'eu-central-1'), 'true')).toBe(true)
    expect(ask(conditions('us-east-1'), 'true')).toBe(false)
    expect(ask(conditions('eu-central-1'), 'false')).toBe(false)
  })

  test('never takes a policy that names principals for one of the caller’s own', () => {
    const open = policyOf('p', [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }], 'resource')
    expect(asked({ identity: [open] }).allowed).toBe(false)
  })
})

describe('a policy that names principals', () => {
  const ALICE = 'arn:aws:iam::111122223333:user/alice'
  const ROOT = 'arn:aws:iam::111122223333:root'
  const alice: Who = { AWS: [ALICE, ROOT] }
  const service: Who = { Service: ['acm.amazonaws.com'] }
  const token: Who = { Federated: ['idp.example.com'] }
  const ask = (who: Who, ...statements: StatementDocument[]) =>
    decideByResource({
      policies: [
        policyOf(
          'p',
          statements.map((it) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...it })),
          'resource',
        ),
      ],
      who,
      action: 'acm-pca:IssueCertificate',
      resource,
      facts: {},
    })

  test.each<[string, Who, unknown, boolean]>([
    ['a user by ARN', alice, { AWS: ALICE }, true],
    ['an account by its digits', alice, { AWS: ['444455556666', '111122223333'] }, true],
    ['an account by its root', alice, { AWS: ROOT }, true],
    ['everybody', alice, '*', true],
    ['every AWS principal', alice, { AWS: '*' }, true],
    ['another user', alice, { AWS: `${ALICE}2` }, false],
    ['another account', alice, { AWS: '444455556666' }, false],
    ['a service', service, { Service: 'acm.amazonaws.com' }, true],
    ['a service, by a name of another kind', service, { Federated: 'acm.amazonaws.com' }, false],
    ['an identity provider', token, { Federated: 'idp.example.com' }, true],
    ['everybody, which is no service', service, '*', false],
  ])('allows %s', (_, who, named, allowed) => {
    expect(ask(who, { Principal: named }).allowed).toBe(allowed)
  })

  test('denies everybody, services and tokens of providers too', () => {
    for (const who of [alice, service, token]) {
      const named = { AWS: '111122223333', Service: 'acm.amazonaws.com', Federated: 'idp.example.com' }
      expect(ask(who, { Principal: named }).allowed).toBe(true)
      expect(ask(who, { Principal: named }, { Effect: 'Deny', Principal: '*' }).because).toBe('explicit_deny')
    }
  })

  test('NotPrincipal denies all but those it names', () => {
    const denial = (named: unknown) => ask(alice, { Principal: '*' }, { Effect: 'Deny', NotPrincipal: named })
    expect(denial({ AWS: ALICE }).allowed).toBe(true)
    expect(denial({ AWS: '111122223333' }).allowed).toBe(true)
    expect(denial({ AWS: '444455556666' }).because).toBe('explicit_deny')
  })
})
