import { randomUUID } from 'node:crypto'
import type { OperationId } from '../../../src/contract/routes.ts'

/** What an account has, each in the form that a route takes. */
export type Things = Readonly<
  Record<
    | 'authority'
    | 'authorityArn'
    | 'authorityName'
    | 'certificate'
    | 'serial'
    | 'token'
    | 'markedKey'
    | 'profile'
    | 'stack'
    | 'event'
    | 'zone'
    | 'managed'
    | 'managedArn'
    | 'mailbox'
    | 'webhook'
    | 'share'
    | 'invitation'
    | 'sharePermission'
    | 'report'
    | 'bucket'
    | 'user'
    | 'group'
    | 'role'
    | 'policy'
    | 'accessKey'
    | 'identityProvider'
    | 'certificateMapping',
    string
  >
>
export type Call = {
  readonly id: OperationId
  readonly of: keyof Things
  /** `$` stands for the thing, `~` for the name of their authority. */
  readonly path: string
  readonly body?: unknown
}

const POLICY = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

/** Every route that takes an id, and what to send it. The first test sees to it that none is missing. */
export const CALLS: readonly Call[] = [
  { id: 'revokeToken', of: 'token', path: '/v1/tokens/$' },
  { id: 'describeCompromisedKey', of: 'markedKey', path: '/v1/compromised-keys/$' },
  {
    id: 'markKeyCompromised',
    of: 'certificate',
    path: '/v1/compromised-keys',
    body: { certificateId: '$' },
  },
  { id: 'revokeNamed', of: 'serial', path: '/v1/revocations', body: { serial: '$' } },
  ...(['authority', 'authorityArn', 'authorityName'] as const).flatMap((of): Call[] => [
    { id: 'describeAuthority', of, path: '/v1/authorities/$' },
    { id: 'updateAuthority', of, path: '/v1/authorities/$', body: { status: 'DISABLED' } },
    { id: 'getAuthorityCertificate', of, path: '/v1/authorities/$/certificate' },
    {
      id: 'importCertificates',
      of,
      path: '/v1/authorities/$/certificates/import',
      body: { certificates: ['x'] },
    },
    {
      id: 'importRevocations',
      of,
      path: '/v1/authorities/$/revocations/import',
      body: { revocations: [{ serial: '1', revokedAt: '2020-01-01T00:00:00Z', reason: 'superseded' }] },
    },
    {
      id: 'revokeNamed',
      of,
      path: '/v1/revocations',
      body: { serial: '5a0c3f7b9d1e24680f8b5b8e3f0a4c8e', authority: '$' },
    },
    { id: 'describeSerial', of, path: '/v1/authorities/$/serials/1' },
    { id: 'getAuthorityChain', of, path: '/v1/authorities/$/chain' },
    { id: 'getAuthorityCsr', of, path: '/v1/authorities/$/csr' },
    {
      id: 'importAuthorityCertificate',
      of,
      path: '/v1/authorities/$/certificate',
      body: { certificate: 'none' },
    },
    { id: 'deleteAuthority', of, path: '/v1/authorities/$' },
    { id: 'restoreAuthority', of, path: '/v1/authorities/$/restore', body: {} },
    {
      id: 'issueCertificate',
      of,
      path: '/v1/certificates',
      body: { authority: '$', key: { algorithm: 'EC_prime256v1' }, names: { dns: ['a.example'] } },
    },
    {
      id: 'createAuthority',
      of,
      path: '/v1/authorities',
      body: { kind: 'subordinate', parent: '$', name: 'stolen', subject: { commonName: 'Stolen' } },
    },
    { id: 'searchCertificates', of, path: '/v1/certificates?authority=$' },
    { id: 'renewAuthority', of, path: '/v1/authorities/$/renew', body: {} },
    {
      id: 'crossSignAuthority',
      of,
      path: '/v1/authorities/$/cross-certificates',
      body: { issuer: 'issuing' },
    },
    { id: 'listCrossCertificates', of, path: '/v1/authorities/$/cross-certificates' },
    { id: 'startRotation', of, path: '/v1/authorities/$/rotation', body: {} },
    { id: 'describeRotation', of, path: '/v1/authorities/$/rotation' },
    { id: 'advanceRotation', of, path: '/v1/authorities/$/rotation/advance', body: {} },
    { id: 'reverseRotation', of, path: '/v1/authorities/$/rotation/reverse' },
    { id: 'createAuditReport', of, path: '/v1/authorities/$/audit-reports', body: { format: 'CSV' } },
    { id: 'listAuditReports', of, path: '/v1/authorities/$/audit-reports' },
    { id: 'getAuthorityTags', of, path: '/v1/authorities/$/tags' },
    { id: 'setAuthorityTags', of, path: '/v1/authorities/$/tags', body: { tags: {} } },
    { id: 'getAuthorityPolicy', of, path: '/v1/authorities/$/policy' },
    { id: 'putAuthorityPolicy', of, path: '/v1/authorities/$/policy', body: { policy: 'x' } },
    { id: 'deleteAuthorityPolicy', of, path: '/v1/authorities/$/policy' },
    { id: 'listServicePermissions', of, path: '/v1/authorities/$/service-permissions' },
    { id: 'createServicePermission', of, path: '/v1/authorities/$/service-permissions', body: {} },
    {
      id: 'deleteServicePermission',
      of,
      path: '/v1/authorities/$/service-permissions/acm.amazonaws.com',
    },
    {
      id: 'requestManagedCertificate',
      of,
      path: '/v1/managed-certificates',
      body: { authority: '$', domainName: 'a.example' },
    },
    { id: 'createShare', of, path: '/v1/shares', body: { name: 'stolen', authorities: ['$'] } },
  ]),
  { id: 'describeAuditReport', of: 'report', path: '/v1/authorities/~/audit-reports/$' },
  { id: 'readAuditReport', of: 'report', path: '/v1/authorities/~/audit-reports/$/file' },
  { id: 'deleteAuditReport', of: 'report', path: '/v1/authorities/~/audit-reports/$' },
  { id: 'deleteBucket', of: 'bucket', path: '/v1/buckets/$' },
  { id: 'describeShare', of: 'share', path: '/v1/shares/$' },
  { id: 'updateShare', of: 'share', path: '/v1/shares/$', body: { name: 'stolen' } },
  {
    id: 'associateShare',
    of: 'share',
    path: '/v1/shares/$/associate',
    body: { principals: ['123456789012'] },
  },
  {
    id: 'disassociateShare',
    of: 'share',
    path: '/v1/shares/$/disassociate',
    body: { principals: ['123456789012'] },
  },
  { id: 'leaveShare', of: 'share', path: '/v1/shares/$/leave' },
  { id: 'deleteShare', of: 'share', path: '/v1/shares/$' },
  { id: 'acceptInvitation', of: 'invitation', path: '/v1/share-invitations/$/accept' },
  { id: 'rejectInvitation', of: 'invitation', path: '/v1/share-invitations/$/reject' },
  { id: 'describeSharePermission', of: 'sharePermission', path: '/v1/share-permissions/$' },
  { id: 'deleteSharePermission', of: 'sharePermission', path: '/v1/share-permissions/$' },
  {
    id: 'addPermissionVersion',
    of: 'sharePermission',
    path: '/v1/share-permissions/$/versions',
    body: { actions: ['acm-pca:GetCertificate'] },
  },
  {
    id: 'setDefaultPermissionVersion',
    of: 'sharePermission',
    path: '/v1/share-permissions/$/versions/1/make-default',
  },
  {
    id: 'deletePermissionVersion',
    of: 'sharePermission',
    path: '/v1/share-permissions/$/versions/1',
  },
  { id: 'describeEvent', of: 'event', path: '/v1/events/$' },
  { id: 'describeWebhook', of: 'webhook', path: '/v1/webhooks/$' },
  { id: 'updateWebhook', of: 'webhook', path: '/v1/webhooks/$', body: { state: 'PAUSED' } },
  { id: 'rotateWebhookSecret', of: 'webhook', path: '/v1/webhooks/$/rotate-secret' },
  { id: 'testWebhook', of: 'webhook', path: '/v1/webhooks/$/test' },
  { id: 'listDeliveries', of: 'webhook', path: '/v1/webhooks/$/deliveries' },
  { id: 'redeliver', of: 'webhook', path: `/v1/webhooks/$/deliveries/${randomUUID()}/redeliver` },
  { id: 'deleteWebhook', of: 'webhook', path: '/v1/webhooks/$' },
  { id: 'describeProfile', of: 'profile', path: '/v1/profiles/$' },
  { id: 'updateProfile', of: 'profile', path: '/v1/profiles/$', body: { base: 'email' } },
  { id: 'deleteProfile', of: 'profile', path: '/v1/profiles/$' },
  { id: 'describeStack', of: 'stack', path: '/v1/stacks/$' },
  {
    id: 'putStack',
    of: 'stack',
    path: '/v1/stacks/$',
    body: {
      ...{ revision: 1, status: 'COMPLETE', operation: 'x', parameters: {} },
      ...{ resources: {}, outputs: {}, leftovers: [] },
    },
  },
  { id: 'deleteStack', of: 'stack', path: '/v1/stacks/$?revision=1' },
  { id: 'describeIdentityProvider', of: 'identityProvider', path: '/v1/identity-providers/$' },
  {
    id: 'replaceIdentityProvider',
    of: 'identityProvider',
    path: '/v1/identity-providers/$',
    body: { issuer: 'https://idp.example.com', jwksUrl: 'https://idp.example.com/keys', rules: [] },
  },
  { id: 'deleteIdentityProvider', of: 'identityProvider', path: '/v1/identity-providers/$' },
  { id: 'describeCertificateMapping', of: 'certificateMapping', path: '/v1/certificate-mappings/$' },
  { id: 'deleteCertificateMapping', of: 'certificateMapping', path: '/v1/certificate-mappings/$' },
  { id: 'deleteMailbox', of: 'mailbox', path: '/v1/simulation/mailboxes/$' },
  { id: 'listMailMessages', of: 'mailbox', path: '/v1/simulation/mailboxes/$/messages' },
  { id: 'readMailMessage', of: 'mailbox', path: `/v1/simulation/mailboxes/$/messages/${randomUUID()}` },
  { id: 'describeZone', of: 'zone', path: '/v1/simulation/zones/$' },
  { id: 'listRecords', of: 'zone', path: '/v1/simulation/zones/$/records' },
  {
    id: 'putRecords',
    of: 'zone',
    path: '/v1/simulation/zones/$/records',
    body: { name: '$', type: 'A', values: ['192.0.2.66'] },
  },
  { id: 'deleteRecords', of: 'zone', path: '/v1/simulation/zones/$/records?name=$' },
  { id: 'deleteZone', of: 'zone', path: '/v1/simulation/zones/$' },
  { id: 'describeCertificate', of: 'certificate', path: '/v1/certificates/$' },
  { id: 'getCertificate', of: 'certificate', path: '/v1/certificates/$/certificate' },
  { id: 'getCertificateChain', of: 'certificate', path: '/v1/certificates/$/chain' },
  { id: 'revokeCertificate', of: 'certificate', path: '/v1/certificates/$/revoke', body: {} },
  { id: 'liftHold', of: 'certificate', path: '/v1/certificates/$/lift-hold' },
  {
    id: 'exportCertificate',
    of: 'certificate',
    path: '/v1/certificates/$/export',
    body: { format: 'pem' },
  },
  {
    id: 'exportCertificate',
    of: 'certificate',
    path: '/v1/certificates/$/export',
    body: { format: 'pkcs12', passphrase: 'correct horse battery' },
  },
  ...managedCalls('managed'),
  ...managedCalls('managedArn'),
  ...identityCalls(),
]

function managedCalls(of: keyof Things): Call[] {
  const path = '/v1/managed-certificates/$'
  return [
    { id: 'describeManagedCertificate', of, path },
    { id: 'deleteManagedCertificate', of, path },
    {
      id: 'reimportManagedCertificate',
      of,
      path: `${path}/import`,
      body: { certificate: 'none', key: 'none' },
    },
    { id: 'getManagedCertificate', of, path: `${path}/certificate` },
    { id: 'getManagedChain', of, path: `${path}/chain` },
    { id: 'listManagedVersions', of, path: `${path}/versions` },
    { id: 'getManagedVersion', of, path: `${path}/versions/1/certificate` },
    { id: 'renewManagedCertificate', of, path: `${path}/renew` },
    { id: 'getRenewalInfo', of, path: `${path}/renewal-info` },
    { id: 'exportManagedCertificate', of, path: `${path}/export`, body: { format: 'pem' } },
    { id: 'revokeManagedCertificate', of, path: `${path}/revoke`, body: {} },
    { id: 'setManagedTags', of, path: `${path}/tags`, body: { tags: {} } },
    {
      id: 'associateManagedCertificate',
      of,
      path: `${path}/associations`,
      body: { resourceArn: 'arn:aws:cloudfront:::distribution/D1' },
    },
    {
      id: 'dissociateManagedCertificate',
      of,
      path: `${path}/associations?resourceArn=${encodeURIComponent('arn:aws:cloudfront:::distribution/D1')}`,
    },
    { id: 'resendValidationEmail', of, path: `${path}/resend`, body: { domain: 'a.example' } },
    { id: 'validateManagedCertificate', of, path: `${path}/validate` },
    { id: 'listValidationEvidence', of, path: `${path}/evidence` },
  ]
}

/** Of who there is in an account, and what they may. */
function identityCalls(): Call[] {
  return [
    { id: 'rotateToken', of: 'token', path: '/v1/tokens/$/rotate', body: {} },
    { id: 'describeUser', of: 'user', path: '/v1/users/$' },
    { id: 'updateUser', of: 'user', path: '/v1/users/$', body: { tags: {} } },
    { id: 'deleteUser', of: 'user', path: '/v1/users/$' },
    { id: 'createAccessKey', of: 'user', path: '/v1/users/$/access-keys' },
    { id: 'listAccessKeys', of: 'user', path: '/v1/users/$/access-keys' },
    {
      id: 'updateAccessKey',
      of: 'accessKey',
      path: '/v1/users/~/access-keys/$',
      body: { status: 'INACTIVE' },
    },
    { id: 'deleteAccessKey', of: 'accessKey', path: '/v1/users/~/access-keys/$' },
    { id: 'createToken', of: 'user', path: '/v1/tokens', body: { name: 'stolen', user: '$' } },
    { id: 'describeGroup', of: 'group', path: '/v1/groups/$' },
    { id: 'deleteGroup', of: 'group', path: '/v1/groups/$' },
    { id: 'listGroupMembers', of: 'group', path: '/v1/groups/$/members' },
    { id: 'addGroupMember', of: 'group', path: '/v1/groups/$/members/somebody' },
    { id: 'removeGroupMember', of: 'group', path: '/v1/groups/$/members/somebody' },
    { id: 'describeRole', of: 'role', path: '/v1/roles/$' },
    { id: 'updateRole', of: 'role', path: '/v1/roles/$', body: { description: 'stolen' } },
    { id: 'deleteRole', of: 'role', path: '/v1/roles/$' },
    {
      id: 'createToken',
      of: 'role',
      path: '/v1/tokens',
      body: { name: 'stolen', assumes: { role: '$', session: 'stolen' } },
    },
    { id: 'describePolicy', of: 'policy', path: '/v1/policies/$' },
    { id: 'deletePolicy', of: 'policy', path: '/v1/policies/$' },
    { id: 'createPolicyVersion', of: 'policy', path: '/v1/policies/$/versions', body: { document: POLICY } },
    { id: 'listPolicyVersions', of: 'policy', path: '/v1/policies/$/versions' },
    { id: 'deletePolicyVersion', of: 'policy', path: '/v1/policies/$/versions/1' },
    {
      id: 'setDefaultPolicyVersion',
      of: 'policy',
      path: '/v1/policies/$/default-version',
      body: { version: 1 },
    },
    { id: 'listPolicyAttachments', of: 'policy', path: '/v1/policies/$/attachments' },
    { id: 'createUser', of: 'policy', path: '/v1/users', body: { name: 'stolen', boundary: '$' } },
    ...(['user', 'group', 'role'] as const).flatMap((kind): Call[] => [
      { id: 'attachPolicy', of: kind, path: `/v1/policies/IssuerAccess/attachments/${kind}/$` },
      { id: 'detachPolicy', of: kind, path: `/v1/policies/IssuerAccess/attachments/${kind}/$` },
    ]),
  ]
}
