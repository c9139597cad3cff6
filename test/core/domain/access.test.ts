import { describe, expect, test } from 'vitest'
import { authorize, type Principal } from '../../../src/core/domain/access.ts'
import { ACTIONS, type Action } from '../../../src/core/domain/actions.ts'
import { arns, type Arn } from '../../../src/core/domain/arns.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { AccountId, Region } from '../../../src/core/domain/ids.ts'
import { aPrincipal } from '../../support/test-ports.ts'

const MINE = '111122223333' as AccountId
const THEIRS = '444455556666' as AccountId
const region = 'us-east-1' as Region

const PRINCIPALS: Record<string, Principal> = {
  issuer: aPrincipal({ account: MINE }),
  administrator: aPrincipal({ account: MINE, role: 'administrator' }),
  installation: aPrincipal({ account: MINE, role: 'administrator', installation: true }),
}
const CERTIFICATES: readonly Action[] = [
  'acm-pca:DescribeCertificateAuthority',
  'acm-pca:GetCertificateAuthorityCertificate',
  'acm-pca:ListCertificateAuthorities',
  'acm-pca:IssueCertificate',
  'acm-pca:GetCertificate',
  'acm-pca:RevokeCertificate',
  'chancery:ListCertificates',
  'chancery:ExportCertificate',
  'chancery:DescribeInstallation',
  'chancery:DescribeSerial',
  'chancery:DescribeProfile',
  'chancery:ListProfiles',
  'chancery:ListEvents',
  'chancery:DescribeEvent',
  'acm:RequestCertificate',
  'acm:DescribeCertificate',
  'acm:GetCertificate',
  'acm:ListCertificates',
  'acm:SearchCertificates',
  'acm:ImportCertificate',
  'acm:ExportCertificate',
  'acm:RenewCertificate',
  'acm:RevokeCertificate',
  'acm:AddTagsToCertificate',
  'acm:RemoveTagsFromCertificate',
  'acm:ListTagsForCertificate',
  'acm:ListCertificateDomainValidations',
  'acm:UpdateCertificateOptions',
  'acm:ResendValidationEmail',
  'chancery:AssociateCertificate',
  'chancery:ValidateCertificate',
]
const INSTALLATION: readonly Action[] = [
  'chancery:CreateAccount',
  'chancery:ListAccounts',
  'chancery:AcknowledgeRestore',
  'chancery:SetCalendar',
  'chancery:DescribeKms',
  'chancery:RotateKms',
  'chancery:OrderDnsFault',
  'chancery:OrderMailFaults',
  'chancery:ExportAuditTrail',
  'chancery:MakeAuditCheckpoint',
  'chancery:ArchiveAuditTrail',
  'chancery:ArchiveCertificates',
  'organizations:CreateOrganization',
  'organizations:DeleteOrganization',
  'organizations:InviteAccountToOrganization',
  'organizations:RemoveAccountFromOrganization',
  'chancery:ExportAuditTrail',
  'chancery:MakeAuditCheckpoint',
  'chancery:ArchiveAuditTrail',
]
const TOKENS: readonly Action[] = [
  'chancery:CreateToken',
  'chancery:ListTokens',
  'chancery:RevokeToken',
  'chancery:RotateToken',
]
/** The other half of the answer is the role's trust policy. */
const ACROSS: readonly Action[] = ['sts:AssumeRole']

function allowed(principal: Principal, action: Action, arn: Arn): boolean {
  try {
    authorize(principal, action, arn)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(ChanceryError)
    expect(error).toMatchObject({ code: 'forbidden', details: { action } })
    return false
  }
}
const granted = (name: string, arn: Arn): readonly Action[] =>
  ACTIONS.filter((action) => allowed(PRINCIPALS[name] as Principal, action, arn))

describe('in one’s own account', () => {
  const arn = arns.authorities({ account: MINE, region })
  test.each([
    ['issuer', ACTIONS.filter((action) => CERTIFICATES.includes(action))],
    ['administrator', ACTIONS.filter((action) => !INSTALLATION.includes(action))],
    ['installation', ACTIONS],
  ])('%s', (name, actions) => {
    expect(granted(name, arn)).toEqual(actions)
  })
})

describe('in another account', () => {
  const arn = arns.tokens(THEIRS)
  test.each([
    ['issuer', []],
    ['administrator', ACROSS],
    ['installation', ACTIONS.filter((action) => [...INSTALLATION, ...TOKENS, ...ACROSS].includes(action))],
  ])('%s', (name, actions) => {
    expect(granted(name, arn)).toEqual(actions)
  })
})

test('the installation as a whole is for everybody to describe, and for its administrator to change', () => {
  const arn = arns.installation()
  for (const name of Object.keys(PRINCIPALS))
    expect(granted(name, arn)).toContain('chancery:DescribeInstallation')
  expect(granted('administrator', arn)).not.toContain('chancery:CreateAccount')
})
