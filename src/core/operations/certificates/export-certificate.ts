import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { ChanceryError, refuse, type Violation } from '../../domain/errors.ts'
import { pemEncode } from '../../x509/pem.ts'
import type { ExportForm, KeyUse } from '../../ports/key-vault.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { certificateAt, chainOfCertificate } from './read-certificates.ts'

export const EXPORT_FORMATS = ['pem', 'pkcs8-encrypted-pem', 'pkcs12'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export type ExportRequest = {
  readonly format: ExportFormat
  /** At least 12 characters; required for the encrypted formats, refused for `pem`. */
  readonly passphrase?: string
  /** PKCS#12: how key stores call the entry. */
  readonly friendlyName?: string
}
export type ExportedFile = {
  readonly mediaType: string
  readonly fileName: string
  readonly bytes: Uint8Array
}

const MIN_PASSPHRASE = 12
const MAX_PASSPHRASE = 1024

/** What is wrong with an export's options; `field` is the path to them, empty where they are the whole request. */
export function exportViolations(form: ExportRequest, field: string): Violation[] {
  const prefix = field === '' ? '' : `${field}.`
  if (!EXPORT_FORMATS.includes(form.format))
    return [{ code: 'format', field: `${prefix}format`, message: `there are ${EXPORT_FORMATS.join(', ')}` }]
  const path = `${prefix}passphrase`
  if (form.format === 'pem')
    return form.passphrase === undefined
      ? []
      : [
          {
            code: 'passphrase_unused',
            field: path,
            message: 'the format pem is in the clear; use pkcs8-encrypted-pem',
          },
        ]
  const length = form.passphrase === undefined ? 0 : Array.from(form.passphrase).length
  if (length < MIN_PASSPHRASE)
    return [
      { code: 'passphrase_short', field: path, message: `must have at least ${MIN_PASSPHRASE} characters` },
    ]
  if (length > MAX_PASSPHRASE)
    return [
      { code: 'passphrase_long', field: path, message: `must have at most ${MAX_PASSPHRASE} characters` },
    ]
  // Half of a surrogate pair becomes a replacement character, and nobody could type that again.
  if (form.passphrase?.isWellFormed() === false)
    return [{ code: 'passphrase_text', field: path, message: 'is not well-formed Unicode text' }]
  return []
}

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
  authorize(principal, 'chancery:ExportCertificate', arns.certificates(principal))
  refuse('request_invalid', exportViolations(request.form, ''))
  const certificate = await certificateAt(ports, principal, request.id)
  const chain = await chainOfCertificate(ports, certificate)
  return exportFile(ports, principal, { certificate, chain, form: request.form })
}

type Export = {
  readonly certificate: Certificate
  readonly chain: readonly Uint8Array[]
  readonly form: ExportRequest
}

/** The part of an export that issuing shares: rights and form were checked. */
export async function exportFile(
  ports: Pick<Ports, 'store' | 'vault' | 'random' | 'clock'>,
  principal: Principal,
  { certificate, chain, form }: Export,
): Promise<ExportedFile> {
  const key = certificate.key === undefined ? undefined : await ports.store.reads.keys.get(certificate.key)
  if (key === undefined)
    throw new ChanceryError(
      'state_conflict',
      'The service does not hold the private key of this certificate; its CSR was made elsewhere',
    )
  const now = ports.clock.now()
  const event = auditEvent('ExportCertificate', principal, {
    eventId: newUuid(ports.random, now),
    time: now,
    resources: [arns.certificate(certificate, certificate.authority, certificate.serial)],
    request: { format: form.format },
  })
  await ports.store.transact((writes) => [writes.audit.append(event)])
  const use: KeyUse = { caller: principal.id, service: 'acm-pca.amazonaws.com' }
  const all = [certificate.der, ...chain]
  const sealed = await ports.vault.seal(key, formOf(form, certificate, all), use)
  const name = certificate.serial.slice(0, 16)
  if (form.format === 'pkcs12')
    return { mediaType: 'application/x-pkcs12', fileName: `${name}.p12`, bytes: sealed }
  const label = form.format === 'pem' ? 'PRIVATE KEY' : 'ENCRYPTED PRIVATE KEY'
  const text = [...all.map((der) => pemEncode('CERTIFICATE', der)), pemEncode(label, sealed)].join('')
  return { mediaType: 'application/x-pem-file', fileName: `${name}.pem`, bytes: Buffer.from(text, 'latin1') }
}

function formOf(form: ExportRequest, certificate: Certificate, chain: readonly Uint8Array[]): ExportForm {
  const passphrase = form.passphrase ?? ''
  switch (form.format) {
    case 'pem':
      return { kind: 'pkcs8' }
    case 'pkcs8-encrypted-pem':
      return { kind: 'pkcs8-encrypted', passphrase }
    case 'pkcs12':
      return { kind: 'pkcs12', passphrase, friendlyName: form.friendlyName ?? certificate.serial, chain }
  }
}
