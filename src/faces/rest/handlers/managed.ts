import { DER_MEDIA_TYPE } from '../../../contract/route.ts'
import type { MANAGED_ROUTES } from '../../../contract/routes/managed.ts'
import type { ManagedCertificate } from '../../../core/domain/managed-certificates.ts'
import { servedChain } from '../../../core/operations/certificates/read-certificates.ts'
import { certificatePem } from '../../../core/operations/certificates/certificate-facts.ts'
import { associate, dissociate } from '../../../core/operations/managed/associations.ts'
import { deleteManaged } from '../../../core/operations/managed/delete-managed.ts'
import { exportManaged } from '../../../core/operations/managed/export-managed.ts'
import { importManaged, reimportManaged } from '../../../core/operations/managed/import-managed.ts'
import {
  currentFile,
  describeManaged,
  evidenceOf,
  listManaged,
  listVersions,
  versionFileAt,
  viewOf,
  type VersionFile,
} from '../../../core/operations/managed/read-managed.ts'
import { renewManaged } from '../../../core/operations/managed/renew-managed.ts'
import { plannedRenewals, renewalInfo } from '../../../core/operations/managed/renewal-plans.ts'
import { requestManaged } from '../../../core/operations/managed/request-managed.ts'
import { revokeManaged } from '../../../core/operations/managed/revoke-managed.ts'
import { setManagedTags } from '../../../core/operations/managed/tags.ts'
import { validateNow } from '../../../core/operations/managed/validate-now.ts'
import { resendApproval } from '../../../core/operations/validation/request-approval.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { JSON_TYPE } from '../../http/media-types.ts'
import { FileReply, type Handlers } from '../../http/serve.ts'
import { defined, definedDeeply } from '../defined.ts'
import { exportedFileJson } from '../json/certificate-json.ts'
import {
  evidenceJson,
  managedJson,
  managedSummaryJson,
  managedVersionJson,
  plannedRenewalJson,
  renewalInfoJson,
} from '../json/managed-json.ts'
import { chainPem } from '../json/pem-texts.ts'
import { millisOf, pageRequestOf } from '../requests.ts'

type Part = Pick<Handlers, keyof typeof MANAGED_ROUTES>

/** Managed certificates. */
export function managedHandlers(ports: Ports): Part {
  const answered = async (managed: ManagedCertificate) =>
    managedJson(await viewOf(ports, managed), ports.calendar.now())
  return {
    requestManagedCertificate: async ({ principal, body, idempotency }) =>
      answered(await requestManaged(ports, principal, { ...definedDeeply(body), idempotency })),
    importManagedCertificate: async ({ principal, body, idempotency }) =>
      answered(await importManaged(ports, principal, { ...defined(body), idempotency })),
    reimportManagedCertificate: async ({ principal, params, body, idempotency }) =>
      answered(await reimportManaged(ports, principal, { ...defined(body), id: params.id, idempotency })),
    deleteManagedCertificate: async ({ principal, params }) => {
      await deleteManaged(ports, principal, params.id)
      return undefined
    },
    renewManagedCertificate: async ({ principal, params, idempotency }) =>
      answered(await renewManaged(ports, principal, params.id, { idempotency })),
    validateManagedCertificate: async ({ principal, params }) =>
      answered(await validateNow(ports, principal, params.id)),
    revokeManagedCertificate: async ({ principal, params, body }) =>
      answered(await revokeManaged(ports, principal, { id: params.id, reason: body.reason })),
    resendValidationEmail: async ({ principal, params, body }) =>
      answered(await resendApproval(ports, principal, params.id, defined(body))),
    setManagedTags: async ({ principal, params, body }) =>
      answered(await setManagedTags(ports, principal, { id: params.id, tags: body.tags })),
    associateManagedCertificate: async ({ principal, params, body }) =>
      answered(await associate(ports, principal, { id: params.id, resourceArn: body.resourceArn })),
    dissociateManagedCertificate: async ({ principal, params, query }) =>
      answered(await dissociate(ports, principal, { id: params.id, resourceArn: query.resourceArn })),
    exportManagedCertificate: async ({ principal, params, body, mediaType }) => {
      const file = await exportManaged(ports, principal, { id: params.id, form: defined(body) })
      return mediaType === JSON_TYPE
        ? exportedFileJson(file)
        : new FileReply(file.mediaType, file.bytes, file.fileName)
    },
    ...readHandlers(ports),
  }
}

type Reading =
  | 'listManagedCertificates'
  | 'describeManagedCertificate'
  | 'getManagedCertificate'
  | 'getManagedChain'
  | 'listManagedVersions'
  | 'getManagedVersion'
  | 'getRenewalInfo'
  | 'listPlannedRenewals'
  | 'listValidationEvidence'

const readHandlers = (ports: Ports): Pick<Handlers, Reading> => ({
  listManagedCertificates: async ({ principal, query }) => {
    const { kind, status, domainName, inUse, expiresBefore } = query
    const filter = defined({
      kind,
      status,
      domainName,
      inUse: inUse === undefined ? undefined : inUse === 'true',
      expiresBefore: expiresBefore === undefined ? undefined : millisOf(expiresBefore),
    })
    const { items, next } = await listManaged(ports, principal, { filter, page: pageRequestOf(query) })
    const now = ports.calendar.now()
    return { items: items.map((each) => managedSummaryJson(each, now)), next }
  },
  describeManagedCertificate: async ({ principal, params }) =>
    managedJson(await describeManaged(ports, principal, params.id), ports.calendar.now()),
  getManagedCertificate: async ({ principal, params, mediaType }) =>
    certificateReply(mediaType, await currentFile(ports, principal, params.id)),
  getManagedChain: async ({ principal, params, mediaType }) => {
    const { der, chain } = await currentFile(ports, principal, params.id)
    return new FileReply(mediaType, certificatePem(der) + servedChain(chain).map(chainPem).join(''))
  },
  listManagedVersions: async ({ principal, params, query }) => {
    const { items, next } = await listVersions(ports, principal, {
      id: params.id,
      page: pageRequestOf(query),
    })
    return { items: items.map(managedVersionJson), next }
  },
  getManagedVersion: async ({ principal, params, mediaType }) =>
    certificateReply(mediaType, await versionFileAt(ports, principal, params)),
  getRenewalInfo: async ({ principal, params }) =>
    renewalInfoJson(await renewalInfo(ports, principal, params.id)),
  listPlannedRenewals: async ({ principal, query }) => {
    const { items, next } = await plannedRenewals(ports, principal, {
      days: query.days,
      page: pageRequestOf(query),
    })
    return { items: items.map(plannedRenewalJson), next }
  },
  listValidationEvidence: async ({ principal, params, query }) => {
    const found = await evidenceOf(ports, principal, { id: params.id, version: query.version })
    return { items: found.map(evidenceJson) }
  },
})

const certificateReply = (mediaType: string, { der }: VersionFile): FileReply =>
  new FileReply(mediaType, mediaType === DER_MEDIA_TYPE ? der : certificatePem(der))
