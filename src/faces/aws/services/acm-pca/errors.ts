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
    precondition_failed: ['ConcurrentModificationException'],
    limit_exceeded: ['LimitExceededException'],
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
