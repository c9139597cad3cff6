import { arns } from '../../../../core/domain/arns.ts'
import { issuerPlaceOf } from '../../../../core/domain/certificates.ts'
import { ChanceryError } from '../../../../core/domain/errors.ts'
import { certificateIdOf } from '../../../../core/domain/ids.ts'
import type { RevocationReason } from '../../../../core/domain/revocation.ts'
import { issueCertificate } from '../../../../core/operations/certificates/issue-certificate.ts'
import { issuedCertificate } from '../../../../core/operations/certificates/read-certificates.ts'
import { revokeNamed } from '../../../../core/operations/certificates/revoke-certificate.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { AcmPcaHandlers } from '../../models/acm-pca/model.ts'
import type { RevocationReason as Reasons } from '../../models/acm-pca/shapes.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import { authorityArn, certificateIn } from '../arns.ts'
import { chainText, pemText } from '../pem-texts.ts'
import { issuanceFrom } from './issuance.ts'

type Part = Pick<AcmPcaHandlers, 'IssueCertificate' | 'GetCertificate' | 'RevokeCertificate'>

const REASONS = {
  UNSPECIFIED: 'unspecified',
  KEY_COMPROMISE: 'keyCompromise',
  CERTIFICATE_AUTHORITY_COMPROMISE: 'cACompromise',
  AFFILIATION_CHANGED: 'affiliationChanged',
  SUPERSEDED: 'superseded',
  CESSATION_OF_OPERATION: 'cessationOfOperation',
  PRIVILEGE_WITHDRAWN: 'privilegeWithdrawn',
  A_A_COMPROMISE: 'aACompromise',
} as const satisfies Record<ValueOf<typeof Reasons>, RevocationReason>

/** Certificates that authorities issue. */
export const certificateHandlers = (ports: Ports): Part => ({
  IssueCertificate: async ({ principal, input }) => {
    const { certificate } = await issueCertificate(ports, principal, issuanceFrom(input))
    const { authority, serial } = certificate
    return { CertificateArn: arns.certificate(issuerPlaceOf(certificate), authority, serial) }
  },

  GetCertificate: async ({ principal, input }) => {
    const reference = authorityArn(input.CertificateAuthorityArn)
    const named = certificateIn(input.CertificateArn)
    if (named.authorityArn !== reference)
      throw new ChanceryError('not_found', 'certificateArn: the authority has issued no such certificate')
    const id = certificateIdOf(named.authority, named.serial)
    const { certificate, chain } = await issuedCertificate(ports, principal, { id })
    return { Certificate: pemText(certificate.der), CertificateChain: chainText(chain) }
  },

  RevokeCertificate: async ({ principal, input }) => {
    const name = { authority: authorityArn(input.CertificateAuthorityArn), serial: input.CertificateSerial }
    const order = { reason: REASONS[input.RevocationReason], once: true }
    try {
      await revokeNamed(ports, principal, name, order)
    } catch (error) {
      throw error instanceof ChanceryError ? unrevocable(error) : error
    }
    return undefined
  },
})

/** A certificate that nobody can revoke is a wrong request, while an authority in the wrong state is a wrong state. */
function unrevocable(error: ChanceryError): ChanceryError {
  switch (error.details['unrevocable']) {
    case 'self_signed':
      return new AwsRefusal('InvalidRequestException', 'Self-signed certificate can not be revoked')
    case 'expired':
      return new AwsRefusal('InvalidRequestException', error.message)
    default:
      return error
  }
}
