import type { Policy } from './policy.ts'

/** Everything in one's account. */
export const ADMINISTRATOR_ACCESS: Policy = {
  name: 'AdministratorAccess',
  statements: [{ effect: 'Allow', actions: ['*'], resources: ['*'] }],
}

/** Work with certificates: asking for them, reading, renewing, exporting, revoking. */
export const ISSUER_ACCESS: Policy = {
  name: 'IssuerAccess',
  statements: [
    {
      effect: 'Allow',
      actions: [
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
        'acm:ImportCertificate',
        'acm:ExportCertificate',
        'acm:RenewCertificate',
        'acm:RevokeCertificate',
        'acm:AddTagsToCertificate',
        'acm:ResendValidationEmail',
        'chancery:AssociateCertificate',
        'chancery:ValidateCertificate',
      ],
      resources: ['*'],
    },
  ],
}

/** The fixed roles of tokens, and the policies they stand for. */
export const ROLES = ['administrator', 'issuer'] as const
export type Role = (typeof ROLES)[number]
export const ROLE_POLICIES: Readonly<Record<Role, Policy>> = {
  administrator: ADMINISTRATOR_ACCESS,
  issuer: ISSUER_ACCESS,
}
