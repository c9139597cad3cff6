import { COMMON_CODES, type ErrorTable } from '../../errors.ts'

/** How RAM spells what goes wrong. */
export const RAM_ERRORS: ErrorTable = {
  codes: {
    ...COMMON_CODES,
    request_invalid: ['InvalidParameterException'],
    csr_invalid: ['InvalidParameterException'],
    certificate_invalid: ['InvalidParameterException'],
    lint_failed: ['InvalidParameterException'],
    precondition_failed: ['InvalidParameterException'],
    policy_refused: ['OperationNotPermittedException', 'InvalidParameterException'],
    not_found: [
      'ResourceShareInvitationArnNotFoundException',
      'UnknownResourceException',
      'ResourceArnNotFoundException',
    ],
    state_conflict: [
      'InvalidStateTransitionException',
      'OperationNotPermittedException',
      'InvalidParameterException',
    ],
    already_revoked: ['InvalidStateTransitionException'],
    resource_in_use: ['OperationNotPermittedException'],
    already_exists: ['PermissionAlreadyExistsException'],
    idempotency_mismatch: ['IdempotentParameterMismatchException'],
    idempotency_in_progress: ['IdempotentParameterMismatchException'],
    idempotency_done: ['IdempotentParameterMismatchException'],
    limit_exceeded: [
      'ResourceShareLimitExceededException',
      'PermissionVersionsLimitExceededException',
      'PermissionLimitExceededException',
    ],
    internal: ['ServerInternalException'],
  },
  violations: {
    cursor: ['InvalidNextTokenException'],
    invitation_accepted: ['ResourceShareInvitationAlreadyAcceptedException'],
    invitation_rejected: ['ResourceShareInvitationAlreadyRejectedException'],
    invitation_expired: ['ResourceShareInvitationExpiredException'],
    // Ended on either side: there is nothing to answer any more.
    invitation_ended: ['ResourceShareInvitationExpiredException'],
    tags_count: ['TagLimitExceededException'],
    principal_external: ['OperationNotPermittedException'],
  },
  statuses: {
    AccessDeniedException: 403,
    PermissionAlreadyExistsException: 409,
    ServerInternalException: 500,
    ThrottlingException: 429,
  },
  fields: {
    authorities: 'resourceArns',
    authority: 'resourceArn',
    share: 'resourceShareArn',
    permission: 'permissionArn',
    external: 'allowExternalPrincipals',
    cursor: 'nextToken',
    actions: 'policyTemplate.Action',
    templates: 'policyTemplate.Condition',
    invitation: 'resourceShareInvitationArn',
  },
}
