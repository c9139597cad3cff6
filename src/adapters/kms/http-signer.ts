import { ChanceryError } from '../../core/domain/errors.ts'
import type { KmsDescription, KmsProvider } from '../../core/ports/kms-provider.ts'
import { kmsUnavailable } from './failures.ts'
import { httpSignerDevice, type AskSigner } from './http-signer-device.ts'
import { createJsonClient, type JsonAnswer } from './json-client.ts'
import { membersOf, quoted, type Members } from './json-members.ts'
import { createCalls, never, type CallLimits } from './service-calls.ts'
import { tokenIn, watchedFile } from './watched-file.ts'

export type HttpSignerOptions = {
  /** Ends in a slash; the protocol's paths come below it. */
  readonly url: URL
  readonly tokenFile: string | undefined
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
}

const NAME = 'http'
const PREFIX = 'CHANCERY_KMS_HTTP_'
const TOKEN_FILE = `${PREFIX}TOKEN_FILE`

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')

/**
 * A signer of anybody's making that speaks the protocol of docs/kms-http.md. Nothing is asked before the first use.
 * @throws kms_unavailable when the token's file can't be read
 */
export async function openHttpSigner(options: HttpSignerOptions, limits?: CallLimits): Promise<KmsProvider> {
  const { url, tokenFile, ...tls } = options
  const client = createJsonClient(url, tls, { address: `${PREFIX}URL`, prefix: PREFIX })
  const calls = createCalls(`the signer at ${url.origin}`, limits)
  const token = tokenFile === undefined ? undefined : watchedFile(tokenFile, TOKEN_FILE)
  // A wrong path is found at the start rather than with the first key.
  if (token !== undefined) await tokenIn(token, TOKEN_FILE)
  const ask: AskSigner = (name, body, again) =>
    calls(async (signal) => {
      const headers =
        token === undefined ? {} : { authorization: `Bearer ${await tokenIn(token, TOKEN_FILE)}` }
      const answer = await client.request('POST', `v1/${name}`, headers, body, signal)
      if (answer.status !== 200) throw failureOf(answer, name)
      return membersOf(`the signer's answer to ${name}`, answer.json)
    }, again)
  return {
    name: NAME,
    describe: async () => descriptionIn(await ask('describe', {})),
    wrap: async (dataKey, context) => {
      const answer = await ask('wrap', { dataKey: base64(dataKey), context: base64(context) })
      const { kekId, kekVersion } = descriptionIn(answer)
      return { kekId, kekVersion, wrapped: answer.octets('wrapped') }
    },
    unwrap: async ({ kekId, kekVersion, wrapped }, context) => {
      const body = { kekId, kekVersion, wrapped: base64(wrapped), context: base64(context) }
      return (await ask('unwrap', body)).octets('dataKey')
    },
    rotate: async () => descriptionIn(await ask('rotate', {}, never)),
    device: httpSignerDevice(ask),
    close: async () => client.close(),
  }
}

const descriptionIn = (answer: Members): KmsDescription => ({
  provider: NAME,
  kekId: answer.text('kekId'),
  kekVersion: answer.version('kekVersion'),
})

/** The protocol's error object, or whatever a proxy in between answers instead. */
function failureOf({ status, json }: JsonAnswer, name: string): ChanceryError {
  const error = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined
  const { code, message, retryable } = (error ?? {}) as Record<string, unknown>
  const said =
    typeof code === 'string'
      ? ` (“${quoted(typeof message === 'string' ? `${code}: ${message}` : code)}”)`
      : ''
  if (code === 'does_not_open') return new ChanceryError('internal', `the signer: ${name}${said}`)
  const passes =
    typeof retryable === 'boolean' ? retryable : status >= 500 || status === 429 || status === 408
  const cure =
    status === 401 || status === 403
      ? `doesn't let this server in; see ${TOKEN_FILE}, ${PREFIX}CERT_FILE and ${PREFIX}KEY_FILE`
      : error === undefined && status === 404
        ? `has no such path; see ${PREFIX}URL`
        : `answers ${name} with status ${status}`
  return kmsUnavailable(`the signer ${cure}${said}`, passes)
}
