import { required, string, structure } from '../../shapes/shape.ts'
import { AcmeEndpointArn, DomainName, TagList } from './shapes.ts'
import {
  AcmeAccount,
  AcmeAccountList,
  AcmeAuthorizationBehavior,
  AcmeContact,
  AcmeDomainValidation,
  AcmeDomainValidationArn,
  AcmeDomainValidationList,
  AcmeEndpoint,
  AcmeEndpointList,
  AcmeExternalAccountBinding,
  AcmeExternalAccountBindingArn,
  AcmeExternalAccountBindingList,
  CertificateAuthority,
  Expiration,
  ListAcmeAccountsRequestMaxResultsInteger,
  ListAcmeDomainValidationsRequestMaxResultsInteger,
  ListAcmeEndpointsRequestMaxResultsInteger,
  ListAcmeExternalAccountBindingsRequestMaxResultsInteger,
  PrevalidationOptions,
  RoleArn,
} from './acme-shapes.ts'
import type { Operations } from '../../service-model.ts'

/** Of what controls ACME. */
export const ACME_OPERATIONS = {
  CreateAcmeDomainValidation: {
    input: structure({
      IdempotencyToken: string(),
      AcmeEndpointArn: required(AcmeEndpointArn),
      DomainName: required(DomainName),
      PrevalidationOptions: required(PrevalidationOptions),
      Tags: TagList,
    }),
    output: structure({ AcmeDomainValidationArn: required(AcmeDomainValidationArn) }),
    errors: [
      'InternalServerException',
      'ServiceQuotaExceededException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  CreateAcmeEndpoint: {
    input: structure({
      IdempotencyToken: string(),
      AuthorizationBehavior: required(AcmeAuthorizationBehavior),
      Contact: AcmeContact,
      CertificateAuthority: required(CertificateAuthority),
      Tags: TagList,
      CertificateTags: TagList,
    }),
    output: structure({ AcmeEndpointArn }),
    errors: [
      'InternalServerException',
      'ServiceQuotaExceededException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ThrottlingException',
    ],
  },
  CreateAcmeExternalAccountBinding: {
    input: structure({
      IdempotencyToken: string(),
      AcmeEndpointArn: required(AcmeEndpointArn),
      RoleArn: required(RoleArn),
      Expiration,
      Tags: TagList,
    }),
    output: structure({ ExternalAccountBinding: AcmeExternalAccountBinding }),
    errors: [
      'InternalServerException',
      'ServiceQuotaExceededException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  DeleteAcmeDomainValidation: {
    input: structure({ AcmeDomainValidationArn: required(AcmeDomainValidationArn) }),
    errors: [
      'InternalServerException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ThrottlingException',
    ],
  },
  DeleteAcmeEndpoint: {
    input: structure({ AcmeEndpointArn: required(AcmeEndpointArn) }),
    errors: [
      'InternalServerException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ThrottlingException',
    ],
  },
  DeleteAcmeExternalAccountBinding: {
    input: structure({ AcmeExternalAccountBindingArn: required(AcmeExternalAccountBindingArn) }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ThrottlingException',
    ],
  },
  DescribeAcmeAccount: {
    input: structure({ AcmeEndpointArn: required(AcmeEndpointArn), AccountUrl: required(string()) }),
    output: structure({ AcmeAccount }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  DescribeAcmeDomainValidation: {
    input: structure({ AcmeDomainValidationArn: required(AcmeDomainValidationArn) }),
    output: structure({ AcmeDomainValidation }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  DescribeAcmeEndpoint: {
    input: structure({ AcmeEndpointArn: required(AcmeEndpointArn) }),
    output: structure({ AcmeEndpoint }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  DescribeAcmeExternalAccountBinding: {
    input: structure({ AcmeExternalAccountBindingArn: required(AcmeExternalAccountBindingArn) }),
    output: structure({ ExternalAccountBinding: AcmeExternalAccountBinding }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  GetAcmeExternalAccountBindingCredentials: {
    input: structure({ AcmeExternalAccountBindingArn: required(AcmeExternalAccountBindingArn) }),
    output: structure({ KeyId: string(), MacKey: string() }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  ListAcmeAccounts: {
    input: structure({
      NextToken: string(),
      MaxResults: ListAcmeAccountsRequestMaxResultsInteger,
      AcmeEndpointArn: required(AcmeEndpointArn),
    }),
    output: structure({ AcmeAccounts: AcmeAccountList, NextToken: string() }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  ListAcmeDomainValidations: {
    input: structure({
      NextToken: string(),
      MaxResults: ListAcmeDomainValidationsRequestMaxResultsInteger,
      AcmeEndpointArn: required(AcmeEndpointArn),
    }),
    output: structure({ AcmeDomainValidations: AcmeDomainValidationList, NextToken: string() }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  ListAcmeEndpoints: {
    input: structure({ NextToken: string(), MaxResults: ListAcmeEndpointsRequestMaxResultsInteger }),
    output: structure({ AcmeEndpoints: AcmeEndpointList, NextToken: string() }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ThrottlingException',
    ],
  },
  ListAcmeExternalAccountBindings: {
    input: structure({
      NextToken: string(),
      MaxResults: ListAcmeExternalAccountBindingsRequestMaxResultsInteger,
      AcmeEndpointArn: required(AcmeEndpointArn),
    }),
    output: structure({ ExternalAccountBindings: AcmeExternalAccountBindingList, NextToken: string() }),
    errors: [
      'InternalServerException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  RevokeAcmeAccount: {
    input: structure({ AcmeEndpointArn: required(AcmeEndpointArn), AccountUrl: required(string()) }),
    errors: [
      'InternalServerException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  RevokeAcmeExternalAccountBinding: {
    input: structure({ AcmeExternalAccountBindingArn: required(AcmeExternalAccountBindingArn) }),
    errors: [
      'InternalServerException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  UpdateAcmeDomainValidation: {
    input: structure({ AcmeDomainValidationArn: required(AcmeDomainValidationArn), PrevalidationOptions }),
    errors: [
      'InternalServerException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
  UpdateAcmeEndpoint: {
    input: structure({
      AcmeEndpointArn: required(AcmeEndpointArn),
      AuthorizationBehavior: AcmeAuthorizationBehavior,
      Contact: AcmeContact,
      CertificateAuthority,
    }),
    errors: [
      'InternalServerException',
      'ConflictException',
      'AccessDeniedException',
      'ValidationException',
      'ResourceNotFoundException',
      'ThrottlingException',
    ],
  },
} as const satisfies Operations
