import { PKCS10_MEDIA_TYPE } from '../../../contract/route.ts'
import { arns } from '../../../core/domain/arns.ts'
import type { Authority } from '../../../core/domain/authorities.ts'
import { isoOf } from '../../../core/domain/time.ts'
import { authorityCsr } from '../../../core/operations/authorities/authority-csr.ts'
import { deleteAuthority } from '../../../core/operations/authorities/delete-authority.ts'
import { importAuthorityCertificate } from '../../../core/operations/authorities/import-certificate.ts'
import { restoreAuthority } from '../../../core/operations/authorities/restore-authority.ts'
import { chainOf } from '../../../core/operations/authorities/signing-authority.ts'
import { requestPem } from '../../../core/operations/certificates/certificate-facts.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { FileReply, OctetBody, type Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { certificateInPem } from '../certificate-body.ts'
import { authorityJson } from '../json/authority-json.ts'

type Part = Pick<
  Handlers,
  'deleteAuthority' | 'restoreAuthority' | 'getAuthorityCsr' | 'importAuthorityCertificate'
>

/** What becomes of authorities, and certificates from outside. */
export function authorityLifeCycleHandlers(ports: Ports): Part {
  const json = async (authority: Authority) => {
    const issuers = (await chainOf(ports, authority)).slice(1)
    return authorityJson(authority, issuers, ports.calendar.now(), ports.settings.publicUrl)
  }
  return {
    deleteAuthority: async ({ principal, params, query }) => {
      const request = { reference: params.authority, ...defined(query) }
      const { authority, restorableUntil, warnings } = await deleteAuthority(ports, principal, request)
      return {
        id: authority.id,
        arn: arns.authority(authority, authority.id),
        name: authority.name,
        status: 'DELETED',
        ...(restorableUntil === undefined ? {} : { restorableUntil: isoOf(restorableUntil) }),
        warnings: [...warnings],
      }
    },

    restoreAuthority: async ({ principal, params, body }) =>
      json(await restoreAuthority(ports, principal, { reference: params.authority, ...defined(body) })),

    getAuthorityCsr: async ({ principal, params, mediaType }) => {
      const der = await authorityCsr(ports, principal, params.authority)
      return new FileReply(mediaType, mediaType === PKCS10_MEDIA_TYPE ? der : requestPem(der))
    },

    importAuthorityCertificate: async ({ principal, params, body }) => {
      const certificates = body instanceof OctetBody ? certificateInPem(body) : defined(body)
      const request = { reference: params.authority, ...certificates }
      return json(await importAuthorityCertificate(ports, principal, request))
    },
  }
}
