import { AWS_POLICIES } from './aws-policies.ts'
import { documentOf, type StatementDocument } from './document.ts'
import { parsePolicy } from './parse-policy.ts'
import type { Policy } from './policy.ts'

/** A policy that every account has; nobody changes it. */
export type BuiltInPolicy = {
  readonly policy: Policy
  readonly description: string
  /** The policy as a person reads it. */
  readonly document: string
}

const allow = (actions: readonly string[]): StatementDocument => ({
  Effect: 'Allow',
  Action: actions,
  Resource: '*',
})

const ISSUER_ACTIONS = [
  'acm-pca:DescribeCertificateAuthority',
  'acm-pca:GetCertificateAuthorityCertificate',
  'acm-pca:ListCertificateAuthorities',
  'acm-pca:IssueCertificate',
  'acm-pca:GetCertificate',
  'acm-pca:RevokeCertificate',
  'chancery:ListCertificates',
  'chancery:ExportCertificate',
  'chancery:DescribeInstallation',
  'chancery:DescribeProfile',
  'chancery:ListProfiles',
  'chancery:DescribeSerial',
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
const READ_ACTIONS = ['acm', 'acm-pca', 'chancery', 'iam', 'kms', 'organizations', 'ram', 's3', 'sts']
  .flatMap((service) => ['Describe', 'Get', 'List', 'Search'].map((verb) => `${service}:${verb}*`))
  .concat('chancery:ReadAuditReport')

const OWN: readonly (readonly [
  name: string,
  description: string,
  statements: readonly StatementDocument[],
])[] = [
  ['AdministratorAccess', 'Everything in one’s account', [allow(['*'])]],
  [
    'IssuerAccess',
    'Work with certificates: asking for them, reading, renewing, exporting, revoking',
    [allow(ISSUER_ACTIONS)],
  ],
  ['ReadOnlyAccess', 'Reading whatever the account has, but for secrets', [allow(READ_ACTIONS)]],
]

/** By name; those of AWS under AWS’s names. */
export const BUILT_IN_POLICIES: ReadonlyMap<string, BuiltInPolicy> = new Map(
  [...OWN, ...AWS_POLICIES].map(([name, description, statements]) => {
    const document = documentOf(statements)
    return [name, { policy: parsePolicy(document, 'identity', name), description, document }]
  }),
)

const builtIn = (name: string): Policy => (BUILT_IN_POLICIES.get(name) as BuiltInPolicy).policy

/** Everything in one's account. */
export const ADMINISTRATOR_ACCESS: Policy = builtIn('AdministratorAccess')
/** Work with certificates. */
export const ISSUER_ACCESS: Policy = builtIn('IssuerAccess')

/** The fixed roles of tokens, and the policies they stand for. */
export const ROLES = ['administrator', 'issuer'] as const
export type Role = (typeof ROLES)[number]
export const ROLE_POLICIES: Readonly<Record<Role, Policy>> = {
  administrator: ADMINISTRATOR_ACCESS,
  issuer: ISSUER_ACCESS,
}
