import { endDateFrom } from '../../../../core/domain/end-dates.ts'
import { refuse } from '../../../../core/domain/errors.ts'
import type { SignatureAlgorithm } from '../../../../core/domain/key-algorithms.ts'
import { SECOND } from '../../../../core/domain/time.ts'
import type { ValidityRequest } from '../../../../core/domain/validity.ts'
import type { IssueCertificateRequest } from '../../../../core/operations/certificates/issuance-request.ts'
import type { ApiPassthrough } from '../../../../core/operations/certificates/passthrough.ts'
import type { InputOf } from '../../service-model.ts'
import type { ACM_PCA } from '../../models/acm-pca/model.ts'
import type {
  ApiPassthrough as PassthroughShape,
  ExtendedKeyUsage,
  Validity,
} from '../../models/acm-pca/shapes.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import { authorityArn } from '../arns.ts'
import { acmPcaToken } from './creation.ts'
import { keyUsagesFrom, namesFrom } from './names.ts'
import { subjectFrom } from './subjects.ts'

const DEFAULT_TEMPLATE = 'EndEntityCertificate/V1'

/**
 * A request for a certificate as the core takes it.
 * @throws request_invalid for a validity that is none; AwsRefusal `InvalidArnException`
 */
export function issuanceFrom(
  input: InputOf<typeof ACM_PCA.operations.IssueCertificate>,
): IssueCertificateRequest {
  const { Csr, TemplateArn, ApiPassthrough, Validity, ValidityNotBefore } = input
  return {
    authority: authorityArn(input.CertificateAuthorityArn),
    csr: Csr,
    template: TemplateArn ?? DEFAULT_TEMPLATE,
    // Of algorithms that it hasn't got, the core says so.
    signatureAlgorithm: input.SigningAlgorithm as SignatureAlgorithm,
    validity: { ...lengthFrom(Validity), ...beginFrom(ValidityNotBefore) },
    ...(ApiPassthrough === undefined ? {} : { passthrough: passthroughFrom(ApiPassthrough) }),
    ...acmPcaToken(input.IdempotencyToken),
  }
}

function lengthFrom({ Value, Type }: ValueOf<typeof Validity>): ValidityRequest {
  switch (Type) {
    case 'DAYS':
      return { days: Value }
    case 'MONTHS':
      return { months: Value }
    case 'YEARS':
      return { years: Value }
    case 'ABSOLUTE':
      return { notAfter: Value * SECOND }
    case 'END_DATE':
      return { notAfter: endDateFrom(Value, 'validity.value') }
  }
}

function beginFrom(begin: ValueOf<typeof Validity> | undefined): { readonly notBefore?: number } {
  if (begin === undefined) return {}
  if (begin.Type !== 'ABSOLUTE')
    refuse('request_invalid', [
      { code: 'validity_type', field: 'validityNotBefore.type', message: 'must be ABSOLUTE' },
    ])
  return { notBefore: begin.Value * SECOND }
}

/** Our names of purposes by acm-pca's; Certificate Transparency has an OID alone (RFC 6962 §3.1). */
const PURPOSES = {
  SERVER_AUTH: 'serverAuth',
  CLIENT_AUTH: 'clientAuth',
  CODE_SIGNING: 'codeSigning',
  EMAIL_PROTECTION: 'emailProtection',
  TIME_STAMPING: 'timeStamping',
  OCSP_SIGNING: 'ocspSigning',
  SMART_CARD_LOGIN: 'smartcardLogon',
  DOCUMENT_SIGNING: 'documentSigning',
  CERTIFICATE_TRANSPARENCY: '1.3.6.1.4.1.11129.2.4.4',
} as const satisfies Record<NonNullable<ValueOf<typeof ExtendedKeyUsage>['ExtendedKeyUsageType']>, string>

function passthroughFrom({ Subject, Extensions = {} }: ValueOf<typeof PassthroughShape>): ApiPassthrough {
  const { CertificatePolicies, ExtendedKeyUsage, SubjectAlternativeNames, CustomExtensions } = Extensions
  const keyUsage = keyUsagesFrom(Extensions.KeyUsage)
  return {
    ...(Subject === undefined ? {} : { subject: subjectFrom(Subject) }),
    extensions: {
      ...(CertificatePolicies && { certificatePolicies: CertificatePolicies.map(policyFrom) }),
      ...(ExtendedKeyUsage && { extendedKeyUsage: ExtendedKeyUsage.map(purposeFrom) }),
      ...(keyUsage && { keyUsage }),
      ...(SubjectAlternativeNames && { subjectAlternativeNames: namesFrom(SubjectAlternativeNames) }),
      ...(CustomExtensions && {
        customExtensions: CustomExtensions.map(({ ObjectIdentifier, Value, Critical = false }) => ({
          oid: ObjectIdentifier,
          value: Value,
          critical: Critical,
        })),
      }),
    },
  }
}

type Extensions = NonNullable<ValueOf<typeof PassthroughShape>['Extensions']>

function policyFrom({
  CertPolicyId,
  PolicyQualifiers = [],
}: NonNullable<Extensions['CertificatePolicies']>[number]) {
  const [first, second] = PolicyQualifiers
  if (second !== undefined)
    refuse('request_invalid', [
      {
        code: 'policy_qualifiers',
        field: 'apiPassthrough.extensions.certificatePolicies',
        message: 'a policy has one qualifier at most',
      },
    ])
  return { oid: CertPolicyId, ...(first === undefined ? {} : { cps: first.Qualifier.CpsUri }) }
}

function purposeFrom({
  ExtendedKeyUsageType: type,
  ExtendedKeyUsageObjectIdentifier: oid,
}: ValueOf<typeof ExtendedKeyUsage>): string {
  if ((type === undefined) === (oid === undefined))
    refuse('request_invalid', [
      {
        code: 'purpose',
        field: 'apiPassthrough.extensions.extendedKeyUsage',
        message: 'each has either a type or an object identifier',
      },
    ])
  return type === undefined ? (oid ?? '') : PURPOSES[type]
}
