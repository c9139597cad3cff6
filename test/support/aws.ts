/** Unmodified clients of AWS against a server of ours. */
export {
  AwsFailure,
  hasBoto3,
  MODELS,
  type AwsCall,
  type AwsError,
  type AwsKeys,
  type Boto3,
} from './aws/boto3.ts'
export { acmClient, acmPcaClient, ramClient } from './aws/javascript.ts'
export { anAwsWorld, REGION, type AwsAccount, type AwsWorld } from './aws/world.ts'
