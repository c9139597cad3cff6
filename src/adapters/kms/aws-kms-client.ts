import type * as Sdk from '@aws-sdk/client-kms'
import { failureOf } from './aws-kms-failures.ts'
import { kmsUnavailable } from './failures.ts'
import { createCalls, type CallLimits } from './service-calls.ts'

export type AwsKmsOptions = {
  /** Id, ARN or alias (`alias/…`) of the symmetric key that wraps data keys. */
  readonly keyId: string
  readonly region: string
  /** For a VPC endpoint; AWS's own when undefined. */
  readonly endpoint: URL | undefined
}

export type AwsKms = {
  readonly sdk: typeof Sdk
  /**
   * Sends one command of the SDK.
   * @param action as IAM calls it, without `kms:`, for errors
   * @param key which key it is about, for errors
   * @param again after which failures to send it again; those that may pass when absent
   * @throws kms_unavailable; internal when a ciphertext doesn't open
   */
  ask<Answer>(
    action: string,
    key: string,
    send: (client: Sdk.KMSClient, options: { abortSignal: AbortSignal }) => Promise<Answer>,
    again?: (error: unknown) => boolean,
  ): Promise<Answer>
  close(): void
}

const PACKAGE = '@aws-sdk/client-kms'

/**
 * Loads the vendor's SDK, which the operator installs, and makes a client of it. Credentials are the SDK's own matter:
 * environment, shared files, web identity, instance or container role, in its order.
 * @throws kms_unavailable with the command to run when the package isn't there
 */
export async function connectAwsKms(
  { region, endpoint }: AwsKmsOptions,
  limits?: CallLimits,
): Promise<AwsKms> {
  const sdk = await loaded(() => import('@aws-sdk/client-kms'))
  const client = new sdk.KMSClient({
    region,
    // `service-calls.ts` repeats, within one time limit for all attempts.
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
  })
  const calls = createCalls(`AWS KMS in ${region}`, limits)
  return {
    sdk,
    ask: (action, key, send, again) =>
      calls(async (abortSignal) => {
        try {
          return await send(client, { abortSignal })
        } catch (error) {
          throw failureOf(error, action, key)
        }
      }, again),
    close: () => client.destroy(),
  }
}

/** What `load` gives; a package that isn't installed is the operator's to add. Exported for its test. */
export async function loaded<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    const why = missing ? 'is not installed' : "can't be loaded"
    throw kmsUnavailable(
      `aws-kms is configured, but the package ${PACKAGE} ${why}; run: npm install ${PACKAGE}@3`,
      false,
      error,
    )
  }
}
