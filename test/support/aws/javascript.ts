import { ACMClient } from '@aws-sdk/client-acm'
import { ACMPCAClient } from '@aws-sdk/client-acm-pca'
import { RAMClient } from '@aws-sdk/client-ram'
import { REGION, type AwsAccount, type AwsWorld } from './world.ts'

/** What SDK v3 for JavaScript has to be told: the endpoint, and nothing else than at AWS. */
const settings = ({ server, main }: AwsWorld, { keys }: AwsAccount = main) => ({
  endpoint: server.apiUrl,
  region: REGION,
  credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
  maxAttempts: 1,
})

export const acmPcaClient = (world: AwsWorld, account?: AwsAccount): ACMPCAClient =>
  new ACMPCAClient(settings(world, account))
export const ramClient = (world: AwsWorld, account?: AwsAccount): RAMClient =>
  new RAMClient(settings(world, account))
export const acmClient = (world: AwsWorld, account?: AwsAccount): ACMClient =>
  new ACMClient(settings(world, account))
