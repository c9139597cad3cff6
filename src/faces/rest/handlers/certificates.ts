import { DER_MEDIA_TYPE } from '../../../contract/route.ts'
import type {
  CertificateFilterQuery,
  Issuance,
  IssuanceQuery,
} from '../../../contract/schemas/certificates.ts'
import type { Principal } from '../../../core/domain/access.ts'
import { describeAuthority } from '../../../core/operations/authorities/read-authorities.ts'
import { exportCertificate } from '../../../core/operations/certificates/export-certificate.ts'
import {
  issueCertificate,
  type IssueCertificateRequest,
} from '../../../core/operations/certificates/issue-certificate.ts'
import {
  describeCertificate,
  searchCertificates,
  servedChain,
  type CertificateSearch,
} from '../../../core/operations/certificates/read-certificates.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { JSON_TYPE } from '../../http/media-types.ts'
import { invalid } from '../../http/refusal.ts'
import { FileReply, OctetBody, type Handlers } from '../../http/serve.ts'
import { defined, definedDeeply } from '../defined.ts'
import { certificateJson, certificateSummaryJson, exportedFileJson } from '../json/certificate-json.ts'
import { chainPem } from '../json/pem-texts.ts'
import { certificatePem } from '../../../core/operations/certificates/certificate-facts.ts'
import { csrInJson, csrOf } from '../csr-body.ts'
import { millisOf, pageRequestOf, serialOfQuery, validityOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'issueCertificate'
  | 'searchCertificates'
  | 'describeCertificate'
  | 'getCertificate'
  | 'getCertificateChain'
  | 'exportCertificate'
>

/** Certificates. */
export const certificateHandlers = (ports: Ports): Part => ({
  issueCertificate: async ({ principal, query, body, idempotency, mediaType }) => {
    const request = body instanceof OctetBody ? bareRequest(body, query) : issuanceRequest(body, query)
    const issued = await issueCertificate(
      ports,
      principal,
      idempotency === undefined ? request : { ...request, idempotency },
    )
    if (mediaType !== JSON_TYPE) return pemReply(mediaType, issued.certificate.der, issued.chain)
    const json = certificateJson(issued.certificate, issued.chain, ports.calendar.now())
    json.warnings = [...issued.warnings]
    return issued.exported === undefined ? json : { ...json, exported: exportedFileJson(issued.exported) }
  },

  searchCertificates: async ({ principal, query }) => {
    const filter = await filterOf(ports, principal, query)
    const { items, next } = await searchCertificates(ports, principal, { filter, page: pageRequestOf(query) })
    const now = ports.calendar.now()
    const withPem = query.include === 'pem'
    return {
      items: items.map((certificate) => {
        const json = certificateSummaryJson(certificate, now)
        return withPem ? { ...json, certificate: certificatePem(certificate.der) } : json
      }),
      next,
    }
  },

  describeCertificate: async ({ principal, params }) => {
    const { certificate, chain } = await describeCertificate(ports, principal, params)
    return certificateJson(certificate, chain, ports.calendar.now())
  },

  getCertificate: async ({ principal, params, mediaType }) => {
    const { der } = (await describeCertificate(ports, principal, params)).certificate
    return new FileReply(mediaType, mediaType === DER_MEDIA_TYPE ? der : certificatePem(der))
  },

  getCertificateChain: async ({ principal, params, mediaType }) => {
    const { certificate, chain } = await describeCertificate(ports, principal, params)
    return pemReply(mediaType, certificate.der, chain)
  },

  exportCertificate: async ({ principal, params, body, mediaType }) => {
    const file = await exportCertificate(ports, principal, {
      id: params.id,
      form: defined(body),
    })
    return mediaType === JSON_TYPE
      ? exportedFileJson(file)
      : new FileReply(file.mediaType, file.bytes, file.fileName)
  },
})

function pemReply(mediaType: string, der: Uint8Array, chain: readonly Uint8Array[]): FileReply {
  return new FileReply(mediaType, certificatePem(der) + servedChain(chain).map(chainPem).join(''))
}

function bareRequest(body: OctetBody, query: IssuanceQuery): IssueCertificateRequest {
  const { days, ...rest } = query
  return { csr: csrOf(body), ...defined(rest), ...(days === undefined ? {} : { validity: { days } }) }
}

function issuanceRequest(body: Issuance, query: IssuanceQuery): IssueCertificateRequest {
  const stray = Object.entries(query).find(([, value]) => value !== undefined)
  if (stray !== undefined)
    throw invalid(stray[0], 'unexpected', 'goes with a bare CSR; a JSON body says it itself')
  const { csr, names, subject, passthrough, validity, export: form, ...rest } = body
  return {
    ...defined(rest),
    ...(csr === undefined ? {} : { csr: csrInJson(csr) }),
    ...(names === undefined ? {} : { names: defined(names) }),
    ...(subject === undefined ? {} : { subject: defined(subject) }),
    ...(passthrough === undefined ? {} : { passthrough: definedDeeply(passthrough) }),
    ...(validity === undefined ? {} : { validity: validityOf(validity) }),
    ...(form === undefined ? {} : { export: defined(form) }),
  }
}

/** The filter of a search. An authority may be named in any way that the rest of the API knows. */
async function filterOf(
  ports: Ports,
  principal: Principal,
  query: CertificateFilterQuery,
): Promise<CertificateSearch> {
  const { name, serial, authority, status, expiresBefore, expiresAfter } = query
  return {
    ...defined({ name, status }),
    ...(serial === undefined ? {} : { serial: serialOfQuery(serial) }),
    ...(authority === undefined
      ? {}
      : { authority: (await describeAuthority(ports, principal, authority)).authority.id }),
    ...(expiresBefore === undefined ? {} : { expiresBefore: millisOf(expiresBefore) }),
    ...(expiresAfter === undefined ? {} : { expiresAfter: millisOf(expiresAfter) }),
  }
}
