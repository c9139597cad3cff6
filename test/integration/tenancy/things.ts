import Database from 'better-sqlite3'
import { randomBytes, randomUUID } from 'node:crypto'
import type { Client } from '../../../src/contract/client.ts'
import type { Things } from './calls.ts'

/** Puts one of everything into the account of an administrator of a simulated installation, named after a label. */
export async function furnish(admin: Client, database: string, label = 'theirs'): Promise<Things> {
  const domain = `${label}.example`
  const authority = await admin.createAuthority({
    body: { kind: 'root', name: label, subject: { commonName: label } },
  })
  const bucket = `${label}-reports`
  const certificate = await admin.issueCertificate({
    body: { names: { dns: [domain] }, key: { algorithm: 'EC_prime256v1' } },
  })
  const managed = await admin.requestManagedCertificate({ body: { domainName: domain } })
  const markedKey = randomBytes(32).toString('hex')
  await admin.markKeyCompromised({ body: { spkiSha256: markedKey } })
  await admin.createMailbox({ body: { address: `hostmaster@${domain}` } })
  await admin.createZone({ body: { apex: domain } })
  await admin.createProfile({ body: { name: label, base: 'tls' } })
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: authority.account }, Action: 'sts:AssumeRole' }],
  }
  const document = { ...trust, Statement: [{ Effect: 'Allow', Action: 'acm:*', Resource: '*' }] }
  await admin.createUser({ body: { name: label } })
  await admin.createGroup({ body: { name: label } })
  await admin.createRole({ body: { name: label, trust } })
  await admin.createPolicy({ body: { name: label, document } })
  const sharePermission = label
  await admin.createSharePermission({
    body: { name: sharePermission, actions: ['acm-pca:GetCertificate'] },
  })
  // On a share with somebody else: that it can be lent shows nobody that it is there.
  const share = await admin.createShare({
    body: { name: label, authorities: [authority.id], principals: ['123456789012'] },
  })
  const role = `arn:aws:iam::${authority.account}:role/${label}`
  const stack = await admin.putStack({
    params: { stack: `stack-${randomUUID()}` },
    body: {
      ...{ revision: 0, status: 'COMPLETE', operation: 'x', parameters: {} },
      ...{ resources: {}, outputs: {}, leftovers: [] },
    },
  })
  const mapping = { authority: label, kind: 'dns' as const, value: domain, role }
  await admin.createIdentityProvider({
    body: {
      ...{ name: label, issuer: `https://${domain}`, jwksUrl: `https://${domain}/keys` },
      rules: [{ claims: { sub: 'a' }, role }],
    },
  })
  return {
    identityProvider: label,
    certificateMapping: (await admin.createCertificateMapping({ body: mapping })).id,
    share: share.id,
    invitation: anInvitationIn(database, authority.account, share.id),
    sharePermission,
    user: label,
    group: label,
    role: label,
    policy: label,
    accessKey: (await admin.createAccessKey({ params: { user: label } })).id,
    markedKey,
    authority: authority.id,
    authorityArn: authority.arn,
    authorityName: label,
    certificate: certificate.id,
    serial: certificate.serial,
    token: (await admin.createToken({ body: { name: label, role: 'issuer' } })).id,
    profile: label,
    stack: stack.name,
    webhook: (await admin.createWebhook({ body: { url: 'https://hooks.example.com/' } })).id,
    event: anEventIn(database, authority.account),
    zone: domain,
    managed: managed.id,
    managedArn: managed.arn,
    mailbox: `hostmaster@${domain}`,
    report: (await admin.createAuditReport({ params: { authority: label }, body: { format: 'CSV', bucket } }))
      .id,
    bucket,
  }
}

/** As if something had happened to a certificate of the account. */
function anEventIn(database: string, account: string): string {
  const id = randomUUID()
  const db = new Database(database)
  db.prepare(
    `INSERT INTO CertificateEvent (id, accountId, region, certificateId, name, time, detail, dedupeKey, recordedAt)
       VALUES (?, ?, 'us-east-1', ?, 'EXPIRED', 0, '{"domainName":"theirs.example","names":[]}', ?, 0)`,
  ).run(id, account, randomUUID(), id)
  db.close()
  return id
}

/** As if somebody else had shared something with the account. */
function anInvitationIn(database: string, account: string, share: string): string {
  const id = randomUUID()
  const db = new Database(database)
  db.prepare(
    `INSERT INTO ShareInvitation (id, shareId, shareName, senderId, accountId, region, status, createdAt, expiresAt)
       VALUES (?, ?, 'x', '123456789012', ?, 'us-east-1', 'PENDING', 0, 9e15)`,
  ).run(id, share, account)
  db.close()
  return id
}

/** Of the same shape as what is theirs, and nobody's. */
export const nobodys = (theirs: Things, of: keyof Things): string =>
  ({
    authority: randomUUID(),
    authorityArn: theirs.authorityArn.replace(theirs.authority, randomUUID()),
    authorityName: 'nobody',
    certificate: `${theirs.certificate.split('.')[0]}.${randomBytes(16).toString('hex')}`,
    serial: randomBytes(16).toString('hex'),
    token: randomUUID(),
    markedKey: randomBytes(32).toString('hex'),
    profile: 'nobody',
    stack: 'nobody',
    identityProvider: 'nobody',
    certificateMapping: randomUUID(),
    event: randomUUID(),
    zone: 'nobody.example',
    mailbox: 'hostmaster@nobody.example',
    managed: randomUUID(),
    managedArn: theirs.managedArn.replace(theirs.managed, randomUUID()),
    webhook: randomUUID(),
    share: randomUUID(),
    invitation: randomUUID(),
    sharePermission: 'nobody',
    report: randomUUID(),
    bucket: 'nobodys-reports',
    user: 'nobody',
    group: 'nobody',
    role: 'nobody',
    policy: 'nobody',
    accessKey: 'AKIA' + randomBytes(8).toString('hex').toUpperCase(),
  })[of]
