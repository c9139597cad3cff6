import { ChanceryError } from '../../core/domain/errors.ts'
import { kmsUnavailable } from './failures.ts'
import { createJsonClient, type JsonAnswer } from './json-client.ts'
import { membersOf, quoted, type Members } from './json-members.ts'
import { createCalls, type CallLimits } from './service-calls.ts'
import { tokenIn, watchedFile } from './watched-file.ts'

export type VaultTransitOptions = {
  /** Ends in a slash. */
  readonly address: URL
  readonly tokenFile: string
  /** Of the key that wraps data keys. */
  readonly key: string
  /** Where the transit engine is mounted. */
  readonly mount: string
  readonly namespace: string | undefined
  readonly caFile: string | undefined
}

export type VaultTransit = {
  /**
   * Asks the transit engine, `path` below its mount; gives the answer's `data`.
   * @param again after which failures to ask again; those that may pass when absent
   * @throws kms_unavailable; internal when a ciphertext doesn't open
   */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    again?: (error: unknown) => boolean,
  ): Promise<Members>
  close(): void
}

const PREFIX = 'CHANCERY_KMS_VAULT_'
const TOKEN_FILE = `${PREFIX}TOKEN_FILE`

/** A client of one transit engine. The token is read from its file for each request, since an agent renews it. */
export async function connectVaultTransit(
  options: VaultTransitOptions,
  limits?: CallLimits,
): Promise<VaultTransit> {
  const { address, mount, namespace } = options
  const client = createJsonClient(
    address,
    { caFile: options.caFile },
    { address: `${PREFIX}ADDRESS`, prefix: PREFIX },
  )
  const calls = createCalls(`Vault at ${address.origin}`, limits)
  const tokenFile = watchedFile(options.tokenFile, TOKEN_FILE)
  // A wrong path is found at the start rather than with the first key.
  await tokenIn(tokenFile, TOKEN_FILE)
  return {
    ask: (method, path, body, again) =>
      calls(async (signal) => {
        const headers = {
          'x-vault-token': await tokenIn(tokenFile, TOKEN_FILE),
          // Vault Agent and proxies that listen for it want to see that no browser was tricked into the request.
          'x-vault-request': 'true',
          ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        }
        const answer = await client.request(method, `v1/${mount}/${path}`, headers, body, signal)
        if (answer.status !== 200 && answer.status !== 204) throw failureOf(answer, `${mount}/${path}`)
        return membersOf(`Vault's answer to ${path.split('/', 1)[0]}`, dataIn(answer))
      }, again),
    close: () => client.close(),
  }
}

/** Older releases answer a write with 204 and nothing, or with warnings and no data. */
function dataIn({ status, json }: JsonAnswer): unknown {
  if (status === 204) return {}
  const data = membersOf("Vault's answer", json).given('data')
  return data ?? {}
}

/** What Vault says of a ciphertext that was changed, or is another key's or another context's. */
const DOES_NOT_OPEN =
  /message authentication failed|invalid ciphertext|could not decrypt|larger than the latest/
const TOO_OLD = /disallowed by policy \(too old\)/
const NO_SUCH_KEY = /(encryption|signing) key not found|policy not found/

/**
 * Vault's status codes (https://developer.hashicorp.com/vault/api-docs#http-status-codes) and its messages, which
 * OpenBao shares. A message that isn't known stays a refusal: not retryable, and quoted.
 */
function failureOf({ status, json }: JsonAnswer, path: string): ChanceryError {
  const said = quoted(errorsIn(json).join('; '))
  const failure = (message: string, retryable: boolean): ChanceryError =>
    kmsUnavailable(`Vault: ${message}${said === '' ? '' : ` (“${said}”)`}`, retryable)
  if (status === 503) return failure('sealed or not initialised; unseal it', true)
  if (status === 429) return failure('too many requests; its rate limit quota holds this server back', true)
  // 412: a replica that hasn't caught up yet; 473 and other 5xx: it failed by itself.
  if (status === 412 || status >= 500) return failure(`failed with status ${status}`, true)
  if (status === 401 || status === 403) {
    return failure(
      `the token in ${TOKEN_FILE} is no longer valid, or its policy doesn't allow ${path}`,
      false,
    )
  }
  if (status === 413) return failure(`the request is larger than its listener takes`, false)
  if (DOES_NOT_OPEN.test(said)) return new ChanceryError('internal', `Vault: ${path}: ${said}`)
  if (TOO_OLD.test(said)) return failure(`${path}: the key's min_decryption_version must be lowered`, false)
  if (status === 404 || NO_SUCH_KEY.test(said)) {
    return failure(`${path}: there is no such key or mount; see ${PREFIX}KEY and ${PREFIX}MOUNT`, false)
  }
  return failure(`refuses ${path} with status ${status}`, false)
}

function errorsIn(json: unknown): string[] {
  const errors = typeof json === 'object' && json !== null && 'errors' in json ? json.errors : undefined
  return Array.isArray(errors) ? errors.filter((error) => typeof error === 'string') : []
}
