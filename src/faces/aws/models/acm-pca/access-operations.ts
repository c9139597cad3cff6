import { required, structure } from '../../shapes/shape.ts'
import {
  AWSPolicy,
  AccountId,
  ActionList,
  Arn,
  MaxResults,
  NextToken,
  PermissionList,
  Principal,
  TagList,
} from './shapes.ts'
import type { Operations } from '../../service-model.ts'

/** Of who may use an authority, and its tags. */
export const ACCESS_OPERATIONS = {
  CreatePermission: {
    input: structure({
      CertificateAuthorityArn: required(Arn),
      Principal: required(Principal),
      SourceAccount: AccountId,
      Actions: required(ActionList),
    }),
    errors: [
      'LimitExceededException',
      'PermissionAlreadyExistsException',
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'RequestFailedException',
    ],
  },
  DeletePermission: {
    input: structure({
      CertificateAuthorityArn: required(Arn),
      Principal: required(Principal),
      SourceAccount: AccountId,
    }),
    errors: [
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'RequestFailedException',
    ],
  },
  DeletePolicy: {
    input: structure({ ResourceArn: required(Arn) }),
    errors: [
      'LockoutPreventedException',
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'RequestFailedException',
      'ConcurrentModificationException',
    ],
  },
  GetPolicy: {
    input: structure({ ResourceArn: required(Arn) }),
    output: structure({ Policy: AWSPolicy }),
    errors: [
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'RequestFailedException',
    ],
  },
  ListPermissions: {
    input: structure({ MaxResults, NextToken, CertificateAuthorityArn: required(Arn) }),
    output: structure({ NextToken, Permissions: PermissionList }),
    errors: [
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'RequestFailedException',
      'InvalidNextTokenException',
    ],
  },
  ListTags: {
    input: structure({ MaxResults, NextToken, CertificateAuthorityArn: required(Arn) }),
    output: structure({ NextToken, Tags: TagList }),
    errors: [
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'RequestFailedException',
    ],
  },
  PutPolicy: {
    input: structure({ ResourceArn: required(Arn), Policy: required(AWSPolicy) }),
    errors: [
      'LockoutPreventedException',
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'RequestFailedException',
      'ConcurrentModificationException',
      'InvalidPolicyException',
    ],
  },
  TagCertificateAuthority: {
    input: structure({ CertificateAuthorityArn: required(Arn), Tags: required(TagList) }),
    errors: [
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'InvalidTagException',
      'TooManyTagsException',
    ],
  },
  UntagCertificateAuthority: {
    input: structure({ CertificateAuthorityArn: required(Arn), Tags: required(TagList) }),
    errors: [
      'ResourceNotFoundException',
      'InvalidArnException',
      'InvalidStateException',
      'InvalidTagException',
    ],
  },
} as const satisfies Operations
