import { arns } from '../../../../core/domain/arns.ts'
import { domainNameOf, type ManagedCertificate } from '../../../../core/domain/managed-certificates.ts'
import type { Millis } from '../../../../core/domain/time.ts'
import type { ManagedDetail } from '../../../../core/operations/managed/managed-detail.ts'
import type { ValidationView } from '../../../../core/operations/managed/read-managed.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import * as shapes from '../../models/acm/shapes.ts'
import { commonMembers, reasonName } from './certificate-output.ts'
import { issuerName, nameText, serialText } from './names.ts'
import { exportName, KEY_USAGE_NAMES, purposeName, spokenAlgorithm } from './vocabulary.ts'

type Detail = ValueOf<typeof shapes.CertificateDetail>
type Validations = ValueOf<typeof shapes.DomainValidationList>
type FailureReason = ValueOf<typeof shapes.FailureReason>

/** Everything of one certificate. */
export function detailOutput(found: ManagedDetail, now: Millis): Detail {
  const { managed, detail, expected, change } = found
  const { current, names } = managed
  const validations = validationOutputs(found)
  const subject = detail === undefined ? `CN=${domainNameOf(managed)}` : nameText(detail.subject)
  return {
    ...commonMembers(managed, now),
    CertificateArn: arns.managed(managed, managed.id),
    DomainName: domainNameOf(managed) || current?.facts?.commonName,
    SubjectAlternativeNames: names,
    DomainValidationOptions: validations,
    Serial: detail === undefined ? undefined : serialText(detail.serial),
    Subject: subject,
    Issuer: issuerName(detail?.issuer ?? expected?.subject ?? []),
    RevocationReason: reasonName(managed),
    NotBefore: current?.notBefore,
    NotAfter: current?.notAfter,
    KeyAlgorithm: spokenAlgorithm(managed.keyAlgorithm),
    SignatureAlgorithm: detail?.signatureAlgorithm ?? expected?.signatureAlgorithm,
    InUseBy: managed.inUseBy,
    FailureReason: managed.status === 'FAILED' ? managed.failure : undefined,
    RenewalSummary: renewalSummary(managed, validations),
    KeyUsages: detail?.keyUsages.map((usage) => ({ Name: KEY_USAGE_NAMES[usage] })) ?? [],
    ExtendedKeyUsages: detail?.extendedKeyUsages.map((oid) => ({ Name: purposeName(oid), OID: oid })) ?? [],
    CertificateAuthorityArn:
      managed.authority === undefined ? undefined : arns.authority(managed, managed.authority),
    Options: {
      // Nothing is logged here; what a public certificate says of it is what AWS's always say.
      CertificateTransparencyLoggingPreference: managed.kind === 'validated' ? 'ENABLED' : 'DISABLED',
      Export: exportName(managed.exportable),
      ValidationMethod: managed.validationMethod,
    },
    UpdateSummary: change && {
      Status: change.status,
      Type: 'DOMAIN_VALIDATION_METHOD',
      DomainValidationMethodUpdateSummary: { From: change.from, To: change.to },
      RequestedAt: change.requestedAt,
      UpdatedAt: change.updatedAt,
    },
  }
}

/** One for each name; of a certificate that nobody had to validate only its status, of an imported one just the name. */
function validationOutputs({ managed, validations }: ManagedDetail): Validations {
  if (managed.kind === 'validated') return validations.map(validationOutput)
  return managed.names.map((name) =>
    managed.kind === 'imported'
      ? { DomainName: name }
      : { DomainName: name, ValidationDomain: name, ValidationStatus: 'SUCCESS' },
  )
}

/** How it stands with one name, and what proves control over it. */
export function validationOutput(view: ValidationView): Validations[number] {
  const { domain, method, record, redirect } = view
  return {
    DomainName: domain,
    ValidationDomain: method === 'EMAIL' ? view.validationDomain : domain,
    ValidationStatus: view.status,
    ValidationMethod: method,
    ValidationEmails: view.emails,
    ResourceRecord: record && recordOutput(record),
    HttpRedirect: redirect && { RedirectFrom: redirect.from, RedirectTo: redirect.to },
  }
}

/** As a zone file has it: with the final dot. */
export const recordOutput = ({ name, value }: { readonly name: string; readonly value: string }) =>
  ({ Name: `${name}.`, Type: 'CNAME', Value: `${value}.` }) as const

const FAILURES: readonly string[] = shapes.FailureReason.values ?? []

function renewalSummary({ renewal }: ManagedCertificate, validations: Validations): Detail['RenewalSummary'] {
  if (renewal === undefined) return undefined
  const reason = renewal.reason?.split(':', 1)[0] ?? ''
  return {
    RenewalStatus: renewal.status,
    DomainValidationOptions: validations,
    RenewalStatusReason: FAILURES.includes(reason) ? (reason as FailureReason) : undefined,
    UpdatedAt: renewal.updatedAt,
  }
}
