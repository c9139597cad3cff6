import type { CrossCertificateJson, RotationJson } from '../../../contract/schemas/rotations.ts'
import { certificateStatus, type Certificate } from '../../../core/domain/certificates.ts'
import { certificateIdOf, type AuthorityId } from '../../../core/domain/ids.ts'
import { isDone, ROTATION_STEPS, type RotationStep } from '../../../core/domain/rotations.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import type { RotationReport } from '../../../core/operations/authorities/rotate-authority.ts'
import { crossCertificateUrl } from '../../../core/operations/authorities/signing-authority.ts'
import { chainPem } from './pem-texts.ts'

/** A rotation with all its steps. */
export function rotationJson(report: RotationReport): RotationJson {
  const { rotation, successor, next, dependents } = report
  return {
    id: rotation.id,
    authority: rotation.authority,
    ...(successor === undefined ? {} : { successor: successor.id, successorName: successor.name }),
    steps: ROTATION_STEPS.map((step) => ({ step, state: stateOf(report, step) })),
    ...(next === undefined ? {} : { next }),
    ...(rotation.end === undefined ? {} : { outcome: rotation.end.outcome }),
    moved: report.moved,
    reissued: report.reissued,
    dependents: dependents.total,
    reissuable: dependents.reissuable,
    createdAt: isoOf(rotation.createdAt),
    updatedAt: isoOf(rotation.updatedAt),
  }
}

function stateOf({ rotation, next }: RotationReport, step: RotationStep): StepState {
  const outcome = rotation.end?.outcome
  if (outcome === 'completed') return 'done'
  if (isDone(rotation, step)) return outcome === 'reversed' ? 'undone' : 'done'
  return step === next ? 'next' : 'pending'
}
type StepState = RotationJson['steps'][number]['state']

/** A certificate for the key of `subject`. */
export function crossCertificateJson(
  subject: AuthorityId,
  certificate: Certificate,
  now: Millis,
  publicUrl: string | undefined,
): CrossCertificateJson {
  const { authority: issuer, serial } = certificate
  return {
    id: certificateIdOf(issuer, serial),
    issuer,
    serial,
    status: certificateStatus(certificate, now),
    notBefore: isoOf(certificate.notBefore),
    notAfter: isoOf(certificate.notAfter),
    certificate: chainPem(certificate.der),
    ...(publicUrl === undefined ? {} : { url: crossCertificateUrl(publicUrl, subject, issuer) }),
  }
}
