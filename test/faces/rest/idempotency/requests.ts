import type { Client, RequestOf } from '../../../../src/contract/client.ts'
import type { OperationId, RouteOf } from '../../../../src/contract/routes.ts'
import { certificatePem } from '../../../../src/core/operations/certificates/certificate-facts.ts'
import { issueCertificate } from '../../../../src/core/operations/certificates/issue-certificate.ts'
import type { TestPorts } from '../../../support/test-ports.ts'

/** The operations whose routes take `Idempotency-Key`. */
export type KeyedId = {
  [Id in OperationId]: RouteOf<Id>['idempotent'] extends true ? Id : never
}[OperationId]

export type World = { readonly given: TestPorts; readonly admin: Client }

type Made<Id extends OperationId> = Omit<RequestOf<Id>, 'idempotencyKey' | 'ifMatch' | 'accept' | 'signal'>
type Requests = {
  readonly [Id in KeyedId]: (world: World, name: string) => Promise<Made<Id>> | Made<Id>
}

const allowing = (action: string) => ({
  Version: '2012-10-17' as const,
  Statement: [{ Effect: 'Allow' as const, Action: action, Resource: '*' }],
})
const trust = {
  Version: '2012-10-17' as const,
  Statement: [{ Effect: 'Allow' as const, Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
}

async function anAuthority({ admin }: World, name: string, kind: 'root' | 'subordinate'): Promise<string> {
  const parent = kind === 'root' ? {} : { parent: 'root' }
  const { id } = await admin.createAuthority({
    body: { kind, ...parent, name, subject: { commonName: name } },
  })
  return id
}

async function aRole({ admin }: World, name: string): Promise<string> {
  return (await admin.createRole({ body: { name, trust } })).arn
}

/** A certificate with its key, as another program would have it. */
async function files({ given: { ports, admin } }: World, name: string) {
  const { certificate, chain, exported } = await issueCertificate(ports, admin, {
    key: { algorithm: 'EC_prime256v1' },
    names: { dns: [`${name}.example.com`] },
    profile: 'tls',
    export: { format: 'pem', parts: ['key'] },
  })
  return {
    certificate: certificatePem(certificate.der),
    chain: chain.map(certificatePem).join(''),
    key: Buffer.from(exported?.bytes ?? []).toString('latin1'),
  }
}

/** For each operation with a key: a request that it carries out, another one for each name, with all that it takes. */
export const REQUESTS: Requests = {
  createUser: (_, name) => ({ body: { name } }),
  createGroup: (_, name) => ({ body: { name } }),
  createRole: (_, name) => ({ body: { name, trust } }),
  createPolicy: (_, name) => ({ body: { name, document: allowing('acm:*') } }),
  createPolicyVersion: async ({ admin }, name) => {
    await admin.createPolicy({ body: { name, document: allowing('acm:*') } })
    return { params: { policy: name }, body: { document: allowing('acm-pca:*') } }
  },
  createAccessKey: async ({ admin }, name) => {
    await admin.createUser({ body: { name } })
    return { params: { user: name } }
  },
  createToken: (_, name) => ({ body: { name, role: 'issuer' } }),
  rotateToken: async ({ admin }, name) => {
    const { id } = await admin.createToken({ body: { name, role: 'issuer' } })
    return { params: { id }, body: {} }
  },
  createAccount: (_, name) => ({ body: { name } }),
  createOrganization: async ({ admin }, name) => {
    await admin.deleteOrganization().catch(() => undefined)
    const { id } = await admin.createAccount({ body: { name } })
    return { body: { managementAccount: id } }
  },
  createIdentityProvider: async (world, name) => ({
    body: {
      name,
      issuer: `https://${name}.example.com/`,
      jwksUrl: `https://${name}.example.com/keys`,
      rules: [{ claims: { sub: 'somebody' }, role: await aRole(world, name) }],
    },
  }),
  createCertificateMapping: async (world, name) => ({
    body: {
      authority: 'issuing',
      kind: 'dns',
      value: `${name}.example.com`,
      role: await aRole(world, name),
    },
  }),
  createWebhook: (_, name) => ({ body: { url: `https://hooks.example.com/${name}` } }),
  rotateWebhookSecret: async ({ admin }, name) => {
    const { id } = await admin.createWebhook({ body: { url: `https://hooks.example.com/${name}` } })
    return { params: { webhook: id } }
  },
  createShare: (_, name) => ({ body: { name } }),
  createSharePermission: (_, name) => ({ body: { name, actions: ['acm-pca:GetCertificate'] } }),
  addPermissionVersion: async ({ admin }, name) => {
    await admin.createSharePermission({ body: { name, actions: ['acm-pca:GetCertificate'] } })
    return { params: { permission: name }, body: { actions: ['acm-pca:IssueCertificate'] } }
  },
  createServicePermission: async (world, name) => {
    const params = { authority: await anAuthority(world, name, 'root') }
    await world.admin.deleteServicePermission({ params }).catch(() => undefined)
    return { params, body: {} }
  },
  createProfile: (_, name) => ({ body: { name, base: 'tls-server' } }),
  createAuthority: (_, name) => ({ body: { kind: 'root', name, subject: { commonName: name } } }),
  issueCertificate: (_, name) => ({
    body: { names: { dns: [`${name}.example.com`] }, key: { algorithm: 'EC_prime256v1' } },
  }),
  requestManagedCertificate: (_, name) => ({ body: { domainName: `${name}.example.com` } }),
  importManagedCertificate: async (world, name) => ({ body: await files(world, name) }),
  reimportManagedCertificate: async (world, name) => {
    const body = await files(world, name)
    const { id } = await world.admin.importManagedCertificate({ body })
    return { params: { id }, body }
  },
  renewManagedCertificate: async ({ admin }, name) => {
    const { id } = await admin.requestManagedCertificate({ body: { domainName: `${name}.example.com` } })
    return { params: { id } }
  },
  renewAuthority: async (world, name) => ({
    params: { authority: await anAuthority(world, name, 'subordinate') },
    body: {},
  }),
  crossSignAuthority: async (world, name) => ({
    params: { authority: await anAuthority(world, name, 'root') },
    body: { issuer: 'root' },
  }),
  startRotation: async (world, name) => ({
    params: { authority: await anAuthority(world, name, 'subordinate') },
    body: {},
  }),
  advanceRotation: async (world, name) => {
    const params = { authority: await anAuthority(world, name, 'subordinate') }
    await world.admin.startRotation({ params, body: {} })
    return { params, body: {} }
  },
  // The authority is part of the key's scope here: the other request is about the same one.
  createAuditReport: async (world, name) => {
    const [authority = name, other] = name.split('-other')
    if (other === undefined) await anAuthority(world, authority, 'root')
    return { params: { authority }, body: { format: other === undefined ? 'CSV' : 'JSON' } }
  },
  createZone: (_, name) => ({ body: { apex: `${name}.test` } }),
  orderDnsFault: (_, name) => ({ body: { name: `${name}.test`, kind: 'servfail' } }),
  createMailbox: (_, name) => ({ body: { address: `somebody@${name}.test` } }),
  orderMailFault: (_, name) => ({ body: { target: `${name}.test`, kind: 'bounce' } }),
}
