import { DER_MEDIA_TYPE } from '../../../contract/route.ts'
import type { Authority } from '../../../core/domain/authorities.ts'
import { createAuthority } from '../../../core/operations/authorities/create-authority.ts'
import { chainTo } from '../../../core/operations/authorities/cross-sign-authority.ts'
import { authorityTags, setAuthorityTags } from '../../../core/operations/authorities/authority-tags.ts'
import { createPendingAuthority } from '../../../core/operations/authorities/create-pending-authority.ts'
import {
  describeAuthority,
  getAuthorityCertificate,
  listAuthorities,
  listLentAuthorities,
} from '../../../core/operations/authorities/read-authorities.ts'
import { chainOf } from '../../../core/operations/authorities/signing-authority.ts'
import { updateAuthority } from '../../../core/operations/authorities/update-authority.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { etagMatches, etagOf } from '../../http/etags.ts'
import { FileReply, type Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { authorityJson, authoritySummaryJson } from '../json/authority-json.ts'
import { chainPem } from '../json/pem-texts.ts'
import { creationRequestOf, pageRequestOf, pendingRequestOf, revocationWishesOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'createAuthority'
  | 'listAuthorities'
  | 'describeAuthority'
  | 'updateAuthority'
  | 'getAuthorityCertificate'
  | 'getAuthorityChain'
  | 'getAuthorityTags'
  | 'setAuthorityTags'
>

/** Authorities. */
export function authorityHandlers(ports: Ports): Part {
  const { publicUrl } = ports.settings
  const json = (authority: Authority, issuers: readonly Uint8Array[]) =>
    authorityJson(authority, issuers, ports.calendar.now(), publicUrl)
  const issuersOf = async (authority: Authority) => (await chainOf(ports, authority)).slice(1)
  return {
    createAuthority: async ({ principal, body, idempotency }) => {
      if (body.certificate === 'external') {
        const pending = { ...pendingRequestOf(body), idempotency }
        return json(await createPendingAuthority(ports, principal, pending), [])
      }
      const authority = await createAuthority(ports, principal, {
        ...creationRequestOf(body),
        idempotency,
      })
      return json(authority, await issuersOf(authority))
    },

    listAuthorities: async ({ principal, query }) => {
      const { status, kind, includeDeleted } = query
      const filter = defined({ status, kind, includeDeleted: includeDeleted === 'true' })
      const list = query.owner === 'SELF' ? listAuthorities : listLentAuthorities
      const { items, next } = await list(ports, principal, pageRequestOf(query), filter)
      const now = ports.calendar.now()
      return { items: items.map((authority) => authoritySummaryJson(authority, now, publicUrl)), next }
    },

    describeAuthority: async ({ principal, params }) => {
      const { authority, chain } = await describeAuthority(ports, principal, params.authority)
      return json(authority, chain)
    },

    updateAuthority: async ({ principal, params, body, ifMatch }) => {
      const { revocation, ...rest } = body
      const request = {
        reference: params.authority,
        ...defined(rest),
        ...(revocation === undefined ? {} : { revocation: revocationWishesOf(revocation) }),
      }
      if (ifMatch === undefined) {
        const updated = await updateAuthority(ports, principal, request)
        return json(updated, await issuersOf(updated))
      }
      // An ETag is that of the whole answer, issuers included; those change only with its certificate.
      const { chain } = await describeAuthority(ports, principal, params.authority)
      const precondition = (current: Authority) =>
        etagMatches(ifMatch, etagOf(JSON.stringify(json(current, chain))))
      return json(await updateAuthority(ports, principal, { ...request, precondition }), chain)
    },

    getAuthorityTags: async ({ principal, params }) => ({
      tags: await authorityTags(ports, principal, params.authority),
    }),

    setAuthorityTags: async ({ principal, params, body }) => ({
      tags: await setAuthorityTags(ports, principal, { reference: params.authority, tags: body.tags }),
    }),

    getAuthorityCertificate: async ({ principal, params, mediaType }) => {
      const { certificate } = await getAuthorityCertificate(ports, principal, params.authority)
      return new FileReply(mediaType, mediaType === DER_MEDIA_TYPE ? certificate : chainPem(certificate))
    },

    getAuthorityChain: async ({ principal, params, query, mediaType }) => {
      const { authority } = await getAuthorityCertificate(ports, principal, params.authority)
      const chain = await chainTo(ports, principal, authority, query.anchor)
      return new FileReply(mediaType, chain.map(chainPem).join(''))
    },
  }
}
