import type { Principal } from '../../domain/access.ts'
import { refuse } from '../../domain/errors.ts'
import { certificateIdOf, serialFrom, type CertificateId, type Serial } from '../../domain/ids.ts'
import type { Revocation } from '../../domain/certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'
import { gapsIn, type Gap } from '../installation/restores.ts'

/** What is on record about a serial of an authority. */
export type SerialStanding = { readonly serial: Serial } & (
  | { readonly status: 'issued'; readonly certificate: CertificateId; readonly archive?: string }
  | {
      readonly status: 'revoked'
      /** The file that it was moved to after it had expired. */
      readonly archive?: string
      /** Undefined where the serial is all that is known of it. */
      readonly certificate: CertificateId | undefined
      readonly revocation: Revocation
    }
  /** Not issued, as far as this database goes, which knows nothing of the gaps. */
  | { readonly status: 'unknown'; readonly gaps: readonly Gap[] }
)

/**
 * Whether a serial was issued, by an authority in any state. After a restore, one that isn't on record may have been
 * issued after the backup: it is unknown rather than not issued.
 * @throws not_found, request_invalid for what is no serial
 */
export async function describeSerial(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly authority: string; readonly serial: string },
): Promise<SerialStanding> {
  await authorizeOnAuthority(ports, principal, 'chancery:DescribeSerial', request.authority)
  const authority = await findAuthority(ports, principal, request.authority)
  const serial = serialFrom(request.serial)
  if (serial === undefined) {
    const message = 'up to 40 hex digits are expected, with or without colons'
    refuse('request_invalid', [{ code: 'serial', field: 'serial', message }])
    throw new Error('a violation always throws')
  }
  const certificate = await ports.store.reads.certificates.recorded(authority.id, serial)
  // One still being signed doesn't exist yet for anybody.
  if (certificate === undefined || certificate.state === 'signing')
    return { serial, status: 'unknown', gaps: await gapsIn(ports) }
  const id = certificateIdOf(authority.id, serial)
  const { revocation, archived } = certificate
  const file =
    archived === undefined ? undefined : await ports.store.reads.certificateArchives.fileOf(archived)
  const archive = file === undefined ? {} : { archive: file }
  if (revocation === undefined) return { serial, status: 'issued', certificate: id, ...archive }
  return {
    serial,
    status: 'revoked',
    certificate: certificate.state === 'abandoned' ? undefined : id,
    revocation,
    ...archive,
  }
}
