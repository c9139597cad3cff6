import { documentOf, type StatementDocument } from '../../../src/core/domain/policies/document.ts'

/** How many policies, and how many statements each has. */
const POLICIES = 20

/**
 * Twenty policies of twenty statements as a company with as many teams would write them, most of them with conditions.
 * `acm-pca:IssueCertificate` is allowed by the last one only, from 10.0.0.0/8 over TLS under an end-entity template, so
 * that a decision has to look at all; three statements of each policy speak about that action, one of them to deny it.
 */
export const benchPolicies = (
  account: string,
): readonly { readonly name: string; readonly document: string }[] =>
  Array.from({ length: POLICIES }, (_, i) => ({
    name: `team-${i}`,
    document: documentOf(statements(account, `team-${i}`, i === POLICIES - 1)),
  }))

const statements = (account: string, team: string, issues: boolean): StatementDocument[] => {
  const authorities = `arn:aws:acm-pca:*:${account}:certificate-authority`
  const managed = `arn:aws:acm:*:${account}:certificate/*`
  const own = { StringEquals: { 'aws:ResourceTag/team': team } }
  const inside = { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.168.0.0/16', '2001:db8::/32'] } }
  const allow = (action: string | string[], resource: string, condition?: object): StatementDocument => ({
    Effect: 'Allow',
    Action: action,
    Resource: resource,
    ...(condition === undefined ? {} : { Condition: condition }),
  })
  return [
    allow('acm:Describe*', managed),
    allow('acm:List*', '*'),
    allow(['acm:GetCertificate', 'acm:ExportCertificate'], managed, { ...own, ...inside }),
    allow('acm:RequestCertificate', managed, {
      'ForAllValues:StringLike': { 'acm:DomainNames': [`*.${team}.example.com`, `${team}.example.com`] },
      StringEquals: { 'acm:KeyAlgorithm': ['EC_prime256v1', 'RSA_3072'] },
    }),
    allow('acm:RenewCertificate', managed, own),
    allow('acm:DeleteCertificate', managed, { ...own, Bool: { 'aws:SecureTransport': true } }),
    allow('acm:AddTagsToCertificate', managed, {
      'ForAllValues:StringLike': { 'aws:TagKeys': [`${team}-*`] },
    }),
    allow('acm-pca:List*', '*'),
    allow(['acm-pca:Describe*', 'acm-pca:Get*'], `${authorities}/*`),
    allow('acm-pca:IssueCertificate', issues ? `${authorities}/*` : `${authorities}/00000000-${team}`, {
      StringLike: { 'acm-pca:TemplateArn': 'arn:aws:acm-pca:::template/EndEntity*/V1' },
      Bool: { 'aws:SecureTransport': true },
      ...inside,
    }),
    allow('acm-pca:RevokeCertificate', `${authorities}/*/certificate/*`, inside),
    {
      ...allow(['acm-pca:IssueCertificate', 'acm-pca:Update*', 'acm-pca:Delete*'], `${authorities}/*`),
      Effect: 'Deny',
      Condition: { StringLike: { 'acm-pca:TemplateArn': 'arn:aws:acm-pca:::template/*CACertificate*/V*' } },
    },
    allow('acm-pca:*', `${authorities}/11111111-${team}`),
    allow('chancery:List*', '*', inside),
    allow('chancery:Describe*', `arn:aws:chancery:*:${account}:*`),
    allow(
      ['chancery:CreateProfile', 'chancery:UpdateProfile'],
      `arn:aws:chancery:*:${account}:profile/${team}-*`,
    ),
    allow('chancery:*Webhook', `arn:aws:chancery:*:${account}:webhook/*`, {
      ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/${team}-*` },
    }),
    allow('chancery:PutRecords', `arn:aws:chancery::${account}:zone/\${aws:username}.${team}.example.com`),
    allow('sts:AssumeRole', `arn:aws:iam::${account}:role/${team}-*`, {
      DateLessThan: { 'aws:CurrentTime': '2031-01-01T00:00:00Z' },
    }),
    {
      Effect: 'Deny',
      Action: ['acm:Export*', 'chancery:ExportCertificate'],
      NotResource: [managed, `${authorities}/*`],
      Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } },
    },
  ]
}
