import type { IdentityProviderMembers } from '../../../contract/schemas/federation.ts'
import type { Arn } from '../../../core/domain/arns.ts'
import type { IdentityProvider } from '../../../core/domain/identity-providers.ts'
import {
  createCertificateMapping,
  deleteCertificateMapping,
  describeCertificateMapping,
  listCertificateMappings,
} from '../../../core/operations/access/certificate-mappings.ts'
import type { ProviderMembers } from '../../../core/operations/access/identity-provider-request.ts'
import {
  createIdentityProvider,
  deleteIdentityProvider,
  describeIdentityProvider,
  listIdentityProviders,
  replaceIdentityProvider,
} from '../../../core/operations/access/identity-providers.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { etagMatches, etagOf } from '../../http/etags.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { certificateMappingJson, identityProviderJson } from '../json/federation-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'createIdentityProvider'
  | 'listIdentityProviders'
  | 'describeIdentityProvider'
  | 'replaceIdentityProvider'
  | 'deleteIdentityProvider'
  | 'createCertificateMapping'
  | 'listCertificateMappings'
  | 'describeCertificateMapping'
  | 'deleteCertificateMapping'
>

/** Identity providers and certificate mappings. */
export const federationHandlers = (ports: Ports): Part => ({
  createIdentityProvider: async ({ principal, body, idempotency }) => {
    const { name, ...members } = body
    const request = { name, ...membersOf(members), idempotency }
    return identityProviderJson(await createIdentityProvider(ports, principal, request))
  },

  listIdentityProviders: async ({ principal, query }) => {
    const { items, next } = await listIdentityProviders(ports, principal, pageRequestOf(query))
    return { items: items.map(identityProviderJson), next }
  },

  describeIdentityProvider: async ({ principal, params }) =>
    identityProviderJson(await describeIdentityProvider(ports, principal, params.identityProvider)),

  replaceIdentityProvider: async ({ principal, params, body, ifMatch }) => {
    const precondition = (current: IdentityProvider): boolean =>
      ifMatch === undefined || etagMatches(ifMatch, etagOf(JSON.stringify(identityProviderJson(current))))
    const request = { name: params.identityProvider, ...membersOf(body) }
    return identityProviderJson(await replaceIdentityProvider(ports, principal, request, precondition))
  },

  deleteIdentityProvider: async ({ principal, params }) => {
    await deleteIdentityProvider(ports, principal, params.identityProvider)
    return undefined
  },

  createCertificateMapping: async ({ principal, body, idempotency }) =>
    certificateMappingJson(await createCertificateMapping(ports, principal, { ...body, idempotency })),

  listCertificateMappings: async ({ principal, query }) => {
    const { items, next } = await listCertificateMappings(ports, principal, pageRequestOf(query))
    return { items: items.map(certificateMappingJson), next }
  },

  describeCertificateMapping: async ({ principal, params }) =>
    certificateMappingJson(await describeCertificateMapping(ports, principal, params.certificateMapping)),

  deleteCertificateMapping: async ({ principal, params }) => {
    await deleteCertificateMapping(ports, principal, params.certificateMapping)
    return undefined
  },
})

const membersOf = ({ jwks, rules, ...rest }: IdentityProviderMembers): ProviderMembers => ({
  ...defined(rest),
  issuer: rest.issuer,
  ...(jwks === undefined ? {} : { jwks: JSON.stringify(jwks) }),
  rules: rules.map(({ claims, role }) => ({ claims, role: role as Arn })),
})
