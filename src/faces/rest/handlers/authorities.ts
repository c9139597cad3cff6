import { DER_MEDIA_TYPE } from '../../../contract/route.ts'
import type { Principal } from '../../../core/domain/access.ts'
import { ChanceryError } from '../../../core/domain/errors.ts'
import type { Authority } from '../../../core/domain/authorities.ts'
import { createAuthority } from '../../../core/operations/authorities/create-authority.ts'
import { describeAuthority, listAuthorities } from '../../../core/operations/authorities/read-authorities.ts'
import { chainOf } from '../../../core/operations/authorities/signing-authority.ts'
import { updateAuthority } from '../../../core/operations/authorities/update-authority.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { etagMatches, etagOf } from '../../http/etags.ts'
import { FileReply, type Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { authorityJson, authoritySummaryJson } from '../json/authority-json.ts'
import { chainPem } from '../json/pem-texts.ts'
import { pageRequestOf, validityOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'createAuthority'
  | 'listAuthorities'
  | 'describeAuthority'
  | 'updateAuthority'
  | 'getAuthorityCertificate'
  | 'getAuthorityChain'
>

/** Authorities. */
export function authorityHandlers(ports: Ports): Part {
  const { publicUrl } = ports.settings
  const json = (authority: Authority, issuers: readonly Uint8Array[]) =>
    authorityJson(authority, issuers, ports.calendar.now(), publicUrl)
  const issuersOf = async (authority: Authority) => (await chainOf(ports, authority)).slice(1)
  const certificates = async (principal: Principal, reference: string) => {
    const { authority, chain } = await describeAuthority(ports, principal, reference)
    if (authority.certificate === undefined)
      throw new ChanceryError('state_conflict', `authority: “${authority.name}” has no certificate yet`)
    return { der: authority.certificate.der, issuers: chain }
  }
  return {
    createAuthority: async ({ principal, body, idempotency }) => {
      const { validity, subject, nameConstraints, policies, ...rest } = body
      const authority = await createAuthority(ports, principal, {
        ...defined(rest),
        subject: defined(subject),
        ...(validity === undefined ? {} : { validity: validityOf(validity) }),
        ...(nameConstraints === undefined ? {} : { nameConstraints: constraintsOf(nameConstraints) }),
        ...(policies === undefined ? {} : { policies: policies.map(defined) }),
        ...(idempotency === undefined ? {} : { idempotency }),
      })
      return json(authority, await issuersOf(authority))
    },

    listAuthorities: async ({ principal, query }) => {
      const { items, next } = await listAuthorities(ports, principal, pageRequestOf(query))
      const now = ports.calendar.now()
      return { items: items.map((authority) => authoritySummaryJson(authority, now, publicUrl)), next }
    },

    describeAuthority: async ({ principal, params }) => {
      const { authority, chain } = await describeAuthority(ports, principal, params.authority)
      return json(authority, chain)
    },

    updateAuthority: async ({ principal, params, body, ifMatch }) => {
      const request = { reference: params.authority, ...defined(body) }
      if (ifMatch === undefined) {
        const updated = await updateAuthority(ports, principal, request)
        return json(updated, await issuersOf(updated))
      }
      // An ETag is that of the whole answer, issuers included; those never change.
      const { chain } = await describeAuthority(ports, principal, params.authority)
      const precondition = (current: Authority) =>
        etagMatches(ifMatch, etagOf(JSON.stringify(json(current, chain))))
      return json(await updateAuthority(ports, principal, { ...request, precondition }), chain)
    },

    getAuthorityCertificate: async ({ principal, params, mediaType }) => {
      const { der } = await certificates(principal, params.authority)
      return new FileReply(mediaType, mediaType === DER_MEDIA_TYPE ? der : chainPem(der))
    },

    getAuthorityChain: async ({ principal, params, mediaType }) => {
      const { der, issuers } = await certificates(principal, params.authority)
      return new FileReply(mediaType, [der, ...issuers].map(chainPem).join(''))
    },
  }
}

type Body = Parameters<Part['createAuthority']>[0]['body']

function constraintsOf({ permitted, excluded }: NonNullable<Body['nameConstraints']>) {
  return {
    ...(permitted === undefined ? {} : { permitted: defined(permitted) }),
    ...(excluded === undefined ? {} : { excluded: defined(excluded) }),
  }
}
