import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export type Posted =
  | { readonly outcome: 'answered'; readonly status: number; readonly json: unknown }
  /** `detail` is a code; nothing of what the other side sent. */
  | { readonly outcome: 'timeout' | 'unreachable'; readonly detail: string }

export type JsonPost = {
  /** Never rejects. Follows no redirect: it would carry the token to where nobody configured it. */
  post(path: string, body: object, token: string, timeoutMs: number): Promise<Posted>
  close(): void
}

/**
 * Posts JSON to one address that the operator configured; connections are kept.
 * @param ca PEM, trusted instead of the runtime's own list
 */
export function createJsonPost(base: URL, ca: readonly string[] | undefined, mostOctets: number): JsonPost {
  const secure = base.protocol === 'https:'
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca: [...ca] }) })
    : new HttpAgent({ keepAlive: true })
  return {
    async post(path, body, token, timeoutMs) {
      const octets = Buffer.from(JSON.stringify(body))
      const signal = AbortSignal.timeout(timeoutMs)
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': octets.length,
      }
      try {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          const open = secure ? httpsRequest : httpRequest
          open(new URL(path, base), { method: 'POST', headers, agent, signal }, resolve)
            .once('error', reject)
            .end(octets)
        })
        return {
          outcome: 'answered',
          status: response.statusCode ?? 0,
          json: jsonIn(await textOf(response, mostOctets)),
        }
      } catch (error) {
        if (signal.aborted) return { outcome: 'timeout', detail: `no whole answer within ${timeoutMs} ms` }
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
        return { outcome: 'unreachable', detail: code }
      }
    },
    close: () => agent.destroy(),
  }
}

/** Undefined when there is more than that. */
async function textOf(response: IncomingMessage, most: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    octets += chunk.length
    if (octets > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function jsonIn(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
