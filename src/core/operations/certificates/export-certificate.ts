import type { Principal } from '../../domain/access.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { issuerPlaceOf, type Certificate } from '../../domain/certificates.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import { exportViolations, partsOf, type ExportRequest } from '../../domain/exports.ts'
import type { KeyId } from '../../domain/ids.ts'
import type { KeyUse } from '../../ports/key-vault.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { fileOf, sealedFormOf, type ExportedFile } from './exported-file.ts'
import { authorizeOnCertificate } from './authorize-certificate.ts'
import { certificateAt, chainOfCertificate, servedChain } from './read-certificates.ts'

/** A certificate as it leaves: an issued one, or the current version of a managed one. */
export type Exportable = {
  readonly der: Uint8Array
  /** Its issuers, root last; the root stays here, see `servedChain`, unless it is to go along. */
  readonly chain: readonly Uint8Array[]
  readonly withRoot?: boolean | undefined
  /** Undefined where the service doesn't hold it. */
  readonly key: KeyId | undefined
  /** Names the file, and the entry of a key store that nobody named. */
  readonly name: string
  /** Stands in the audit event. */
  readonly arn: Arn
  /** Which service's certificate it is. */
  readonly service: KeyUse['service']
}

/** Of a serial number, enough to tell files apart. */
const NAME_DIGITS = 16

/** An issued certificate, ready to be exported. */
export const exportableOf = (certificate: Certificate, chain: readonly Uint8Array[]): Exportable => ({
  der: certificate.der,
  chain,
  key: certificate.key,
  name: certificate.serial.slice(0, NAME_DIGITS),
  arn: arns.certificate(issuerPlaceOf(certificate), certificate.authority, certificate.serial),
  service: 'acm-pca.amazonaws.com',
})

/**
 * The certificate with its chain and its private key in the form asked for. Every export is on the record before the
 * key leaves.
 * @throws not_found; state_conflict when the service doesn't hold the key; request_invalid
 */
export async function exportCertificate(
  ports: Pick<Ports, 'store' | 'vault' | 'random' | 'clock'>,
  principal: Principal,
  request: { readonly id: string; readonly form: ExportRequest },
): Promise<ExportedFile> {
  await authorizeOnCertificate(ports, principal, 'chancery:ExportCertificate', request.id)
  refuse('request_invalid', exportViolations(request.form, ''))
  const certificate = await certificateAt(ports, principal, request.id)
  const chain = await chainOfCertificate(ports, certificate)
  return exportFile(ports, principal, exportableOf(certificate, chain), request.form)
}

/**
 * The part of an export that others share: rights and form were checked. The chain is the same in every form.
 * @throws state_conflict when the key is asked for and the service doesn't hold it, kms_unavailable
 */
export async function exportFile(
  ports: Pick<Ports, 'store' | 'vault' | 'random' | 'clock'>,
  principal: Principal,
  exportable: Exportable,
  form: ExportRequest,
): Promise<ExportedFile> {
  const parts = partsOf(form)
  const key = exportable.key === undefined ? undefined : await ports.store.reads.keys.get(exportable.key)
  const withKey = parts.includes('key')
  if (withKey && key === undefined)
    throw new ChanceryError(
      'state_conflict',
      'The service does not hold the private key of this certificate; its CSR was made elsewhere',
    )
  const now = ports.clock.now()
  const event = auditEvent('ExportCertificate', principal, {
    eventId: newUuid(ports.random, now),
    time: now,
    resources: [exportable.arn],
    request: { format: form.format, parts },
  })
  await ports.store.transact((writes) => [writes.audit.append(event)])
  const { chain } = exportable
  const all = [exportable.der, ...(exportable.withRoot === true ? chain : servedChain(chain))]
  const use: KeyUse = { caller: principal.id, service: exportable.service }
  const sealed =
    withKey && key !== undefined
      ? await ports.vault.seal(key, sealedFormOf(form, exportable.name, all), use)
      : undefined
  return fileOf(form, exportable.name, all, sealed)
}
