import { arns } from '../../../../core/domain/arns.ts'
import { AWS_PASSPHRASE_RULE } from '../../../../core/domain/exports.ts'
import { HOUR } from '../../../../core/domain/time.ts'
import { tokenFor } from '../../../../core/operations/idempotency.ts'
import { deleteManaged } from '../../../../core/operations/managed/delete-managed.ts'
import { exportManaged } from '../../../../core/operations/managed/export-managed.ts'
import { importManaged, reimportManaged } from '../../../../core/operations/managed/import-managed.ts'
import { renewManaged } from '../../../../core/operations/managed/renew-managed.ts'
import { requestManaged, type ManagedRequest } from '../../../../core/operations/managed/request-managed.ts'
import { revokeManaged } from '../../../../core/operations/managed/revoke-managed.ts'
import { resendApproval } from '../../../../core/operations/validation/request-approval.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { InputOf } from '../../service-model.ts'
import type { ACM } from '../../models/acm/model.ts'
import { authorityArn } from '../arns.ts'
import { certificateArn } from './arns.ts'
import type { AcmHandlers } from '../../models/acm/model.ts'
import { tagsFrom } from './tags.ts'
import { MANAGERS, reasonFrom } from './vocabulary.ts'

type Part = Pick<
  AcmHandlers,
  | 'RequestCertificate'
  | 'ImportCertificate'
  | 'ExportCertificate'
  | 'RenewCertificate'
  | 'RevokeCertificate'
  | 'DeleteCertificate'
  | 'ResendValidationEmail'
>
type Requested = InputOf<typeof ACM.operations.RequestCertificate>

/** What makes, changes and ends certificates. */
export const certificateRequests = (ports: Ports): Part => ({
  RequestCertificate: async ({ principal, input }) => {
    if (input.KeyAlgorithm === 'RSA_1024')
      throw new AwsRefusal(
        'ValidationException',
        `Encryption Algorithm RSA_1024 is not supported in ${principal.region} region`,
      )
    const managed = await requestManaged(ports, principal, requestFrom(input))
    return { CertificateArn: arns.managed(managed, managed.id) }
  },

  ImportCertificate: async ({ principal, input }) => {
    const files = {
      certificate: textOf(input.Certificate),
      key: textOf(input.PrivateKey),
      ...(input.CertificateChain === undefined ? {} : { chain: textOf(input.CertificateChain) }),
    }
    const { CertificateArn, Tags } = input
    if (CertificateArn !== undefined && Tags !== undefined)
      throw new AwsRefusal(
        'InvalidParameterException',
        'Tags: can’t be given with CertificateArn; use AddTagsToCertificate',
      )
    const managed =
      CertificateArn === undefined
        ? await importManaged(ports, principal, { ...files, tags: tagsFrom(Tags) })
        : await reimportManaged(ports, principal, { ...files, id: certificateArn(CertificateArn) })
    return { CertificateArn: arns.managed(managed, managed.id) }
  },

  ExportCertificate: async ({ principal, input }) => {
    const passphrase = textOf(input.Passphrase)
    const file = await exportManaged(ports, principal, {
      id: certificateArn(input.CertificateArn),
      form: { format: 'pkcs8-encrypted-pem', passphrase },
      rule: AWS_PASSPHRASE_RULE,
      withRoot: true,
    })
    const blocks = Buffer.from(file.bytes)
      .toString('latin1')
      .split(/(?<=-----END [A-Z ]+-----\n)/)
    return {
      Certificate: blocks[0],
      CertificateChain: blocks.slice(1, -1).join('') || undefined,
      PrivateKey: blocks.at(-1),
    }
  },

  RenewCertificate: async ({ principal, input }) => {
    await renewManaged(ports, principal, certificateArn(input.CertificateArn), { eligibleOnly: true })
    return undefined
  },

  RevokeCertificate: async ({ principal, input }) => {
    const reason = reasonFrom(input.RevocationReason)
    if (reason === undefined)
      throw new AwsRefusal(
        'ValidationException',
        'RevocationReason: REMOVE_FROM_CRL is no reason to revoke a certificate',
      )
    const id = certificateArn(input.CertificateArn)
    const managed = await revokeManaged(ports, principal, { id, reason, sparing: true })
    return { CertificateArn: arns.managed(managed, managed.id) }
  },

  DeleteCertificate: async ({ principal, input }) => {
    await deleteManaged(ports, principal, certificateArn(input.CertificateArn))
    return undefined
  },

  ResendValidationEmail: async ({ principal, input }) => {
    await resendApproval(ports, principal, certificateArn(input.CertificateArn), {
      domain: input.Domain,
      validationDomain: input.ValidationDomain,
    })
    return undefined
  },
})

/** A text that the wire has as octets. What isn't UTF-8 can't be read as anything, and is refused as that. */
const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString('utf8')

function requestFrom(input: Requested): ManagedRequest {
  const { CertificateAuthorityArn, IdempotencyToken, Options, ManagedBy } = input
  return {
    domainName: input.DomainName,
    names: input.SubjectAlternativeNames ?? [],
    // AWS's; the installation's own default is another one.
    keyAlgorithm:
      input.KeyAlgorithm === undefined || input.KeyAlgorithm === 'RSA_1024' ? 'RSA_2048' : input.KeyAlgorithm,
    tags: tagsFrom(input.Tags),
    ...(CertificateAuthorityArn === undefined
      ? { validation: validationFrom(input) }
      : { authority: authorityArn(CertificateAuthorityArn) }),
    ...(Options?.Export === undefined ? {} : { exportable: Options.Export === 'ENABLED' }),
    ...(ManagedBy === undefined ? {} : { managedBy: MANAGERS[ManagedBy] }),
    ...(IdempotencyToken === undefined ? {} : { idempotency: tokenFor(IdempotencyToken, HOUR) }),
  }
}

/** E-mail unless it says otherwise, as AWS has it. */
function validationFrom({ ValidationMethod = 'EMAIL', DomainValidationOptions }: Requested) {
  const domains = DomainValidationOptions?.map(({ DomainName, ValidationDomain }) => ({
    domain: DomainName,
    validationDomain: ValidationDomain,
  }))
  // Of a record or a redirect the domain is the name's own, whatever is said of it.
  return ValidationMethod === 'EMAIL' && domains !== undefined
    ? { method: ValidationMethod, domains }
    : { method: ValidationMethod }
}
