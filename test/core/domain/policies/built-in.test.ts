import { describe, expect, test } from 'vitest'
import { ACTIONS } from '../../../../src/core/domain/actions.ts'
import type { Arn } from '../../../../src/core/domain/arns.ts'
import { BUILT_IN_POLICIES } from '../../../../src/core/domain/policies/built-in.ts'
import { decide } from '../../../../src/core/domain/policies/decide.ts'
import type { Facts, Policy } from '../../../../src/core/domain/policies/policy.ts'

const AUTHORITY = 'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/1' as Arn
const builtIn = (name: string): Policy => BUILT_IN_POLICIES.get(name)?.policy as Policy
const may = (name: string, action: string, facts: Facts = {}, resource = AUTHORITY) =>
  decide({ grants: { identity: [builtIn(name)] }, action, resource, facts }).allowed
const under = (template: string): Facts => ({
  'acm-pca:templatearn': `arn:aws:acm-pca:::template/${template}`,
})

describe('built-in policies', () => {
  test('are documents that a person can read, under their names', () => {
    for (const [name, { policy, document, description }] of BUILT_IN_POLICIES) {
      expect(policy.name).toBe(name)
      expect(document).toMatch(/^\{\n {2}"Version": "2012-10-17"/)
      expect(description).not.toBe('')
    }
  })

  test('AdministratorAccess allows every action', () => {
    expect(ACTIONS.filter((action) => !may('AdministratorAccess', action))).toEqual([])
  })

  test('ReadOnlyAccess changes nothing and reveals no secret', () => {
    const read = ACTIONS.filter((action) => may('ReadOnlyAccess', action))
    expect(read).toContain('acm-pca:DescribeCertificateAuthority')
    expect(read.filter((action) => !/:(?:Describe|Get|List|Search|ReadAuditReport)/.test(action))).toEqual([])
  })

  test('AWSPrivateCAUser issues end-entity certificates and nothing else', () => {
    const issue = (facts?: Facts) => may('AWSPrivateCAUser', 'acm-pca:IssueCertificate', facts)
    expect(issue(under('EndEntityCertificate/V1'))).toBe(true)
    expect(issue(under('EndEntityClientAuthCertificate/V1'))).toBe(false)
    expect(issue(under('RootCACertificate/V1'))).toBe(false)
    expect(issue()).toBe(false)
    expect(may('AWSPrivateCAUser', 'acm-pca:DeleteCertificateAuthority')).toBe(false)
  })

  test('AWSPrivateCAPrivilegedUser issues certificates of authorities, whatever else is allowed', () => {
    const issue = (template: string) =>
      decide({
        grants: { identity: [builtIn('AWSPrivateCAPrivilegedUser'), builtIn('AdministratorAccess')] },
        action: 'acm-pca:IssueCertificate',
        resource: AUTHORITY,
        facts: under(template),
      }).because
    expect(issue('SubordinateCACertificate_PathLen0/V1')).toBe('allowed')
    expect(issue('EndEntityCertificate/V1')).toBe('explicit_deny')
  })

  test.each([
    ['AWSPrivateCAReadOnly', 'acm-pca:GetCertificate', 'acm-pca:CreateCertificateAuthorityAuditReport'],
    ['AWSPrivateCAAuditor', 'acm-pca:CreateCertificateAuthorityAuditReport', 'acm-pca:RevokeCertificate'],
    ['AWSPrivateCAFullAccess', 'chancery:RotateCertificateAuthority', 'acm:RequestCertificate'],
    ['AWSCertificateManagerFullAccess', 'acm:ExportCertificate', 'acm-pca:IssueCertificate'],
    ['AWSCertificateManagerReadOnly', 'acm:DescribeCertificate', 'acm:ExportCertificate'],
    ['IssuerAccess', 'acm-pca:IssueCertificate', 'acm-pca:CreateCertificateAuthority'],
  ])('%s allows %s, not %s', (name, allowed, refused) => {
    expect(may(name, allowed)).toBe(true)
    expect(may(name, refused)).toBe(false)
  })
})
