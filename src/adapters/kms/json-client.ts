import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createSecureContext } from 'node:tls'
import { kmsUnavailable } from './failures.ts'
import { watchedFile, type WatchedFile } from './watched-file.ts'

export type JsonAnswer = {
  readonly status: number
  /** Undefined when the body isn't JSON: a proxy's page, for one. */
  readonly json: unknown
}

export type JsonClient = {
  /**
   * One request; redirects are not followed, since they would carry the token to where nobody configured it.
   * @throws kms_unavailable when there is no whole answer
   */
  request(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<JsonAnswer>
  close(): void
}

type TlsFiles = {
  /** Trusted instead of the runtime's own list. */
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

/** What the settings are called, for errors. */
type SettingNames = { readonly address: string; readonly prefix: string }

/** Far above every answer there is; keeps a service gone mad from filling the memory. */
const MOST_OCTETS = 1_048_576

/** What the TLS handshake fails with when the other side isn't who it must be, or takes us for nobody. */
const UNTRUSTED = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_|INVALID_CA)/
const REFUSED = /^ERR_SSL_.*ALERT/

/** A client of one service at an address that the operator configured; connections are kept, files are read anew. */
export function createJsonClient(address: URL, files: TlsFiles, names: SettingNames): JsonClient {
  const secure = address.protocol === 'https:'
  const watch = (path: string | undefined, member: string): WatchedFile | undefined =>
    path === undefined ? undefined : watchedFile(path, `${names.prefix}${member}`)
  const [ca, cert, key] = [
    watch(files.caFile, 'CA_FILE'),
    watch(files.certFile, 'CERT_FILE'),
    watch(files.keyFile, 'KEY_FILE'),
  ]
  let current: { readonly agent: HttpAgent; readonly made: readonly (string | undefined)[] } | undefined

  const agent = async (): Promise<HttpAgent> => {
    const made = secure ? [await ca?.content(), await cert?.content(), await key?.content()] : []
    if (current !== undefined && made.every((content, place) => content === current?.made[place]))
      return current.agent
    const next = secure ? httpsAgent(made, names) : new HttpAgent({ keepAlive: true })
    if (current !== undefined) retire(current.agent)
    current = { agent: next, made }
    return next
  }

  return {
    async request(method, path, headers, body, signal) {
      const url = new URL(path, address)
      const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const length =
        text === undefined ? {} : { 'content-type': 'application/json', 'content-length': text.length }
      const options = {
        method,
        headers: { accept: 'application/json', ...headers, ...length },
        agent: await agent(),
        signal,
      }
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = (secure ? httpsRequest : httpRequest)(url, options, resolve).once('error', reject)
        sent.end(text)
      }).catch((error: unknown) => {
        throw unreachable(error, address, names)
      })
      const status = response.statusCode ?? 0
      if (status >= 300 && status < 400) {
        response.destroy()
        throw redirected(response.headers.location, address, names)
      }
      return { status, json: parsed(await bodyOf(response, address, names)) }
    },
    close: () => current?.agent.destroy(),
  }
}

/** Requests under way keep their connections; when they are done, nothing goes over those again. */
function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
}

function httpsAgent([ca, cert, key]: readonly (string | undefined)[], { prefix }: SettingNames): HttpsAgent {
  const tls = {
    minVersion: 'TLSv1.2' as const,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
  try {
    createSecureContext(tls)
  } catch (error) {
    // While an agent renews both files, one may be the old one for a moment: hence retryable. OpenSSL's text names no
    // content of the files, but stays in the cause all the same.
    throw kmsUnavailable(
      `${prefix}CA_FILE, CERT_FILE or KEY_FILE: not PEM, or the key is another one's`,
      true,
      error,
    )
  }
  return new HttpsAgent({ keepAlive: true, ...tls })
}

function unreachable(error: unknown, { origin }: URL, { address, prefix }: SettingNames): Error {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no code'
  if (UNTRUSTED.test(code)) {
    const message = `${address}: ${origin} is not trusted (${code}); ${prefix}CA_FILE must name the CA that certifies it`
    return kmsUnavailable(message, false, error)
  }
  if (REFUSED.test(code)) {
    return kmsUnavailable(
      `${address}: ${origin} refuses the TLS handshake (${code}); does it want a client certificate?`,
      false,
      error,
    )
  }
  return kmsUnavailable(`${address}: ${origin} can't be reached (${code})`, true, error)
}

function redirected(location: string | undefined, { origin }: URL, { address }: SettingNames): Error {
  const to =
    location !== undefined && URL.canParse(location, origin) ? new URL(location, origin).origin : 'elsewhere'
  return kmsUnavailable(
    `${address}: ${origin} redirects to ${to}, which is not followed; name the service itself`,
    false,
  )
}

async function bodyOf(
  response: IncomingMessage,
  { origin }: URL,
  { address }: SettingNames,
): Promise<string> {
  const chunks: Buffer[] = []
  let octets = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      octets += chunk.length
      if (octets > MOST_OCTETS) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw kmsUnavailable(`${address}: ${origin} broke off its answer`, true, error)
  }
  if (octets > MOST_OCTETS) {
    throw kmsUnavailable(`${address}: ${origin} answers with more than ${MOST_OCTETS} octets`, false)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
