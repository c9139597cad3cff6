import type { SerialStandingJson } from '../../../contract/schemas/serials.ts'
import { isoOf } from '../../../core/domain/time.ts'
import type { SerialStanding } from '../../../core/operations/certificates/describe-serial.ts'

/** What is on record about a serial. */
export function serialStandingJson(standing: SerialStanding): SerialStandingJson {
  const { serial, status } = standing
  if (standing.status === 'unknown')
    return {
      serial,
      status,
      gaps: standing.gaps.map(({ backupAt, restoredAt }) => ({
        from: isoOf(backupAt),
        to: isoOf(restoredAt),
      })),
    }
  const certificate = {
    ...(standing.certificate === undefined ? {} : { certificate: standing.certificate }),
    ...(standing.archive === undefined ? {} : { archive: standing.archive }),
  }
  if (standing.status === 'issued') return { serial, status, ...certificate }
  const { revokedAt, reason } = standing.revocation
  return { serial, status, ...certificate, revocation: { revokedAt: isoOf(revokedAt), reason } }
}
