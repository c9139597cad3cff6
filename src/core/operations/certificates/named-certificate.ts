import type { Principal } from '../../domain/access.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import { certificateIdOf, serialFrom, serialOf } from '../../domain/ids.ts'
import { sameOctets } from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { pemDecode } from '../../x509/pem.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { reachAuthority } from '../sharing/reach-authority.ts'
import { visibleCertificate } from './read-certificates.ts'

/** A certificate by its serial, or by itself. */
export type CertificateName =
  | {
      /** Hex in any common spelling. */
      readonly serial: string
      /** Who issued it: needed where several authorities have issued the serial (RFC 5280 §4.1.2.2). */
      readonly authority?: string
    }
  | {
      /** PEM, or DER in base64. */
      readonly certificate: string
    }

/**
 * A certificate of the caller’s account, or of one of its authorities, by what its holder knows of it. Identity is issuer and serial: a copy of a certificate is
 * no more than its name.
 * @throws request_invalid naming `serial`, `authority` or `certificate`; not_found
 */
export async function namedCertificate(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  name: CertificateName,
): Promise<Certificate> {
  if ('certificate' in name) {
    const given = certificateFrom(name.certificate)
    const here = (await sameSerial(ports, given)).find(
      ({ account, lender, region }) =>
        (account === principal.account || lender === principal.account) && region === principal.region,
    )
    return here ?? notIssuedHere()
  }
  const serial = serialFrom(name.serial)
  if (serial === undefined)
    return refused('serial', 'serial', 'up to 40 hex digits are expected, with or without colons')
  if (name.authority !== undefined) {
    const { authority } = await reachAuthority(ports, principal, name.authority)
    return visibleCertificate(ports, principal, certificateIdOf(authority.id, serial))
  }
  const page = { limit: 2, after: undefined }
  const { search } = ports.store.reads.certificates
  const [only, another] = (await search(principal, { serial }, ports.calendar.now(), page)).items
  if (another !== undefined)
    return refused('serial_ambiguous', 'authority', 'is needed: several authorities have issued this serial')
  return only?.certificate ?? notIssuedHere()
}

/** What was issued here with the serial of a certificate, and is that very certificate; whosever it is. */
export async function sameSerial(
  { store }: Pick<Ports, 'store'>,
  { der, serialOctets }: ParsedCertificate,
): Promise<readonly Certificate[]> {
  const found = await store.reads.certificates.withSerial(serialOf(serialOctets))
  return found.filter((each) => sameOctets(each.der, der))
}

/** @throws request_invalid naming `certificate` */
export function certificateFrom(text: string): ParsedCertificate {
  const isPem = text.includes('-----BEGIN ')
  const [block] = isPem ? pemDecode(text, ['CERTIFICATE'], 'certificate') : []
  const der = block?.der ?? new Uint8Array(Buffer.from(text, 'base64'))
  if (der.length === 0) return refused('certificate_form', 'certificate', 'must be PEM, or DER in base64')
  return parseCertificate(der, 'certificate')
}

export function notIssuedHere(): never {
  throw new ChanceryError('not_found', 'There is no such certificate here')
}

function refused(code: string, field: string, message: string): never {
  refuse('request_invalid', [{ code, field, message }])
  throw new Error('a violation always throws')
}
