import { request as httpRequest } from 'node:http'
import aws4 from 'aws4'
import type { Client } from '../../../../src/contract/client.ts'

export type Keys = { readonly id: string; readonly secret: string }

/** Keys of a user that may do everything in the client's account. */
export async function accessKeysOf(client: Client, name = 'deployer'): Promise<Keys> {
  await client.createUser({ body: { name } })
  await client.attachPolicy({ params: { policy: 'AdministratorAccess', kind: 'user', name } })
  return client.createAccessKey({ params: { user: name } })
}

/** A request for AWS's face, of which nothing needs to be right. */
export type WireCall = {
  readonly service?: string
  readonly method?: string
  readonly path?: string
  /** `ACMPrivateCA.ListTags`; no such header when absent. */
  readonly target?: string
  /** No such header when null. */
  readonly type?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Unsigned when null. */
  readonly keys?: Keys | null
}

/** What came back; every answer has a request id and a type, every error `__type` and a message. */
export type WireAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON; undefined where it is none. */
  readonly json: { readonly __type?: string; readonly message?: string; readonly [member: string]: unknown }
}

export const JSON_TYPE = 'application/x-amz-json-1.1'

/** A call as it goes onto the wire, signed whatever it holds. */
export function signed(port: number, call: WireCall, keys: Keys) {
  const { service = 'acm-pca', method = 'POST', path = '/', target, type = JSON_TYPE, body = '{}' } = call
  const headers = {
    ...(type === null ? {} : { 'Content-Type': type }),
    ...(target === undefined ? {} : { 'X-Amz-Target': target }),
    ...call.headers,
  }
  const host = `127.0.0.1:${port}`
  const plain = { host: '127.0.0.1', port, method, path, headers: { Host: host, ...headers } }
  if (call.keys === null) return { plain, body }
  const { id: accessKeyId, secret: secretAccessKey } = call.keys ?? keys
  // It takes a body of octets as they are, which its types don't know. The SDKs don't sign the length either.
  const extraHeadersToIgnore = { 'content-length': true }
  const asked = { ...plain, host, service, region: 'us-east-1', body: body as string, extraHeadersToIgnore }
  const made = aws4.sign(asked, { accessKeyId, secretAccessKey })
  return { plain: { ...plain, headers: made.headers as Record<string, string> }, body }
}

/** @returns the answer as soon as it is there, however much of the body is still to be sent */
export function sent({ plain, body }: ReturnType<typeof signed>, whole = true): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(plain, (response) => {
      response.toArray().then((pieces) => {
        const text = Buffer.concat(pieces as Buffer[]).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) })
        request.destroy()
      }, reject)
    })
    request.on('error', reject)
    if (whole) request.end(body)
    else request.flushHeaders()
  })
}

function parsed(text: string): WireAnswer['json'] {
  try {
    return (JSON.parse(text) ?? {}) as WireAnswer['json']
  } catch {
    return {}
  }
}
