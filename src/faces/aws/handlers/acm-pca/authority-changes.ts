import { arns } from '../../../../core/domain/arns.ts'
import { createPendingAuthority } from '../../../../core/operations/authorities/create-pending-authority.ts'
import { deleteAuthority } from '../../../../core/operations/authorities/delete-authority.ts'
import { importAuthorityCertificate } from '../../../../core/operations/authorities/import-certificate.ts'
import { restoreAuthority } from '../../../../core/operations/authorities/restore-authority.ts'
import { updateAuthority } from '../../../../core/operations/authorities/update-authority.ts'
import { refuse } from '../../../../core/domain/errors.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import type { AcmPcaHandlers } from '../../models/acm-pca/model.ts'
import { authorityArn } from '../arns.ts'
import { creationFrom } from './creation.ts'
import { revocationWishes } from './revocation.ts'

type Part = Pick<
  AcmPcaHandlers,
  | 'CreateCertificateAuthority'
  | 'ImportCertificateAuthorityCertificate'
  | 'UpdateCertificateAuthority'
  | 'DeleteCertificateAuthority'
  | 'RestoreCertificateAuthority'
>

const text = (octets: Uint8Array): string => Buffer.from(octets).toString('utf8')

/** What becomes of authorities. */
export const authorityChanges = (ports: Ports): Part => ({
  CreateCertificateAuthority: async ({ principal, input }) => {
    const made = await createPendingAuthority(ports, principal, creationFrom(input))
    return { CertificateAuthorityArn: arns.authority(made, made.id) }
  },

  ImportCertificateAuthorityCertificate: async ({ principal, input }) => {
    const { Certificate, CertificateChain } = input
    await importAuthorityCertificate(ports, principal, {
      reference: authorityArn(input.CertificateAuthorityArn),
      certificate: text(Certificate),
      ...(CertificateChain === undefined || CertificateChain.length === 0
        ? {}
        : { chain: text(CertificateChain) }),
    })
    return undefined
  },

  UpdateCertificateAuthority: async ({ principal, input }) => {
    const { Status, RevocationConfiguration } = input
    const reference = authorityArn(input.CertificateAuthorityArn)
    if (Status !== undefined && Status !== 'ACTIVE' && Status !== 'DISABLED')
      refuse('request_invalid', [
        { code: 'status', field: 'status', message: 'can be set to ACTIVE or DISABLED' },
      ])
    await updateAuthority(ports, principal, {
      reference,
      ...(Status === undefined ? {} : { status: Status as 'ACTIVE' | 'DISABLED' }),
      ...(RevocationConfiguration === undefined
        ? {}
        : { revocation: revocationWishes(RevocationConfiguration) }),
    })
    return undefined
  },

  DeleteCertificateAuthority: async ({ principal, input }) => {
    const { PermanentDeletionTimeInDays: days } = input
    const reference = authorityArn(input.CertificateAuthorityArn)
    await deleteAuthority(ports, principal, {
      reference,
      ...(days === undefined ? {} : { restoreDays: days }),
    })
    return undefined
  },

  RestoreCertificateAuthority: async ({ principal, input }) => {
    await restoreAuthority(ports, principal, { reference: authorityArn(input.CertificateAuthorityArn) })
    return undefined
  },
})
