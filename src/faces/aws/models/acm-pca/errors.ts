import { COMMON_CODES, type ErrorTable } from '../../errors.ts'

const arn = (input: { readonly [name: string]: unknown }): string => String(input['CertificateAuthorityArn'])

/** How acm-pca spells what goes wrong. */
export const ACM_PCA_ERRORS: ErrorTable = {
  codes: {
    ...COMMON_CODES,
    request_invalid: [
      'InvalidArgsException',
      'InvalidRequestException',
      'InvalidPolicyException',
      'ValidationException',
    ],
    csr_invalid: ['MalformedCSRException'],
    certificate_invalid: ['MalformedCertificateException'],
    lint_failed: ['InvalidArgsException', 'MalformedCertificateException'],
    policy_refused: ['InvalidArgsException', 'ValidationException'],
    not_found: ['ResourceNotFoundException'],
    state_conflict: ['InvalidStateException'],
    already_revoked: ['RequestAlreadyProcessedException'],
    resource_in_use: ['InvalidStateException'],
    already_exists: ['PermissionAlreadyExistsException', 'InvalidArgsException'],
    idempotency_mismatch: ['InvalidArgsException'],
    idempotency_in_progress: ['RequestInProgressException'],
    idempotency_done: ['InvalidStateException', 'InvalidArgsException'],
    precondition_failed: ['ConcurrentModificationException'],
    limit_exceeded: ['LimitExceededException'],
  },
  violations: {
    validity_beyond_issuer: ['ValidationException'],
    bucket_taken: ['InvalidArgsException', 'ValidationException'],
    tags_count: ['TooManyTagsException', 'InvalidTagException'],
    tag_key: ['InvalidTagException'],
    tag_value: ['InvalidTagException'],
    cursor: ['InvalidNextTokenException', 'ValidationException'],
  },
  // The core's words for what a request is made of.
  fields: {
    authority: 'certificateAuthorityArn',
    passthrough: 'apiPassthrough',
    template: 'templateArn',
    signatureAlgorithm: 'signingAlgorithm',
    'validity.notBefore': 'validityNotBefore.value',
    'validity.days': 'validity.value',
    'validity.months': 'validity.value',
    'validity.years': 'validity.value',
    'validity.notAfter': 'validity.value',
    subject: 'certificateAuthorityConfiguration.subject',
    keyAlgorithm: 'certificateAuthorityConfiguration.keyAlgorithm',
    csrExtensions: 'certificateAuthorityConfiguration.csrExtensions',
    'revocation.crl.hours': 'revocationConfiguration.crlConfiguration.expirationInDays',
    'revocation.crl.host': 'revocationConfiguration.crlConfiguration.customCname',
    'revocation.crl.path': 'revocationConfiguration.crlConfiguration.customPath',
    'revocation.crl.bucket': 'revocationConfiguration.crlConfiguration.s3BucketName',
    'revocation.crl': 'revocationConfiguration.crlConfiguration',
    'revocation.ocsp.host': 'revocationConfiguration.ocspConfiguration.ocspCustomCname',
    'revocation.ocsp': 'revocationConfiguration.ocspConfiguration',
    bucket: 's3BucketName',
    restoreDays: 'permanentDeletionTimeInDays',
    serial: 'certificateSerial',
    chain: 'certificateChain',
  },
  // What clients compare with (contract §3.4, §8.1).
  texts: {
    UpdateCertificateAuthority: {
      state_conflict: () => 'The certificate authority must be in the ACTIVE or DISABLED state to be updated',
    },
    IssueCertificate: {
      state_conflict: () => 'The certificate authority is not in a valid state for issuing certificates',
    },
    GetCertificateAuthorityCsr: {
      state_conflict: (input) =>
        `The certificate authority ${arn(input)} is not in the correct state to have a certificate signing request.`,
    },
    GetCertificateAuthorityCertificate: {
      state_conflict: (input) =>
        `The certificate authority ${arn(input)} is not in the correct state to have a certificate signing request.`,
    },
    GetCertificate: {
      state_conflict: (input) =>
        `The certificate authority ${arn(input)} is not in the correct state to have issued certificates.`,
    },
    DeleteCertificateAuthority: {
      state_conflict: () => 'The certificate authority is not in a valid state for deletion.',
    },
  },
}
