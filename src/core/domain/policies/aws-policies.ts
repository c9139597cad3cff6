import type { StatementDocument } from './document.ts'

const AUTHORITIES = 'arn:aws*:acm-pca:*:*:certificate-authority/*'
const READING = [
  'acm-pca:DescribeCertificateAuthority',
  'acm-pca:DescribeCertificateAuthorityAuditReport',
  'acm-pca:GetCertificateAuthorityCsr',
  'acm-pca:GetCertificateAuthorityCertificate',
  'acm-pca:GetCertificate',
  'acm-pca:GetPolicy',
  'acm-pca:ListPermissions',
  'acm-pca:ListTags',
]
const LISTING = { Effect: 'Allow', Action: 'acm-pca:ListCertificateAuthorities', Resource: '*' }

/** Issuing under some templates only: allowed for these, denied for others whatever else a caller may. */
const issuingUnder = (template: string): StatementDocument[] => [
  {
    Effect: 'Allow',
    Action: 'acm-pca:IssueCertificate',
    Resource: AUTHORITIES,
    Condition: { StringLike: { 'acm-pca:TemplateArn': template } },
  },
  {
    Effect: 'Deny',
    Action: 'acm-pca:IssueCertificate',
    Resource: AUTHORITIES,
    Condition: { StringNotLike: { 'acm-pca:TemplateArn': template } },
  },
  {
    Effect: 'Allow',
    Action: ['acm-pca:RevokeCertificate', 'acm-pca:GetCertificate', 'acm-pca:ListPermissions'],
    Resource: AUTHORITIES,
  },
  LISTING,
]

/** What AWS calls by these names, for policies' sake that come from there. */
export const AWS_POLICIES: readonly (readonly [
  name: string,
  description: string,
  statements: readonly StatementDocument[],
])[] = [
  [
    'AWSPrivateCAFullAccess',
    'Everything about private authorities, issuing authority certificates included',
    [
      {
        Effect: 'Allow',
        // What AWS has no name for but is about authorities too.
        Action: ['acm-pca:*', 'chancery:*CertificateAuthority', 'chancery:IssueAuthorityCertificate'],
        Resource: '*',
      },
    ],
  ],
  [
    'AWSPrivateCAPrivilegedUser',
    'Issuing certificates of authorities from private authorities',
    [
      ...issuingUnder('arn:aws:acm-pca:::template/*CACertificate*/V*'),
      { Effect: 'Allow', Action: 'chancery:IssueAuthorityCertificate', Resource: AUTHORITIES },
    ],
  ],
  [
    'AWSPrivateCAUser',
    'Issuing end-entity certificates from private authorities',
    issuingUnder('arn:aws:acm-pca:::template/EndEntityCertificate/V*'),
  ],
  [
    'AWSPrivateCAAuditor',
    'Reading about private authorities, and making audit reports',
    [
      {
        Effect: 'Allow',
        Action: ['acm-pca:CreateCertificateAuthorityAuditReport', ...READING],
        Resource: AUTHORITIES,
      },
      LISTING,
    ],
  ],
  [
    'AWSPrivateCAReadOnly',
    'Reading about private authorities',
    [{ Effect: 'Allow', Action: READING, Resource: AUTHORITIES }, LISTING],
  ],
  [
    'AWSCertificateManagerFullAccess',
    'Everything about managed certificates',
    [
      {
        Effect: 'Allow',
        Action: ['acm:*', 'chancery:AssociateCertificate', 'chancery:ValidateCertificate'],
        Resource: '*',
      },
    ],
  ],
  [
    'AWSCertificateManagerReadOnly',
    'Reading about managed certificates',
    [
      {
        Effect: 'Allow',
        Action: [
          'acm:DescribeCertificate',
          'acm:ListCertificates',
          'acm:GetCertificate',
          'acm:ListTagsForCertificate',
          'acm:GetAccountConfiguration',
        ],
        Resource: '*',
      },
    ],
  ],
]
