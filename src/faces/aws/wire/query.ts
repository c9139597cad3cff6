import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { answer } from '../../http/answer.ts'
import type { BodyReader } from '../../http/body-once.ts'
import { contentTypeOf } from '../../http/media-types.ts'
import { malformed } from '../refusals.ts'
import type { StructureShape, ValueOf } from '../shapes/shape.ts'
import { ISO_TIMES, writeOutput } from '../shapes/write.ts'
import { formFrom, jsonFromForm, type Form } from './form.ts'
import { isPostToRoot, targetOf, type Protocol } from './protocol.ts'

const FORM = 'application/x-www-form-urlencoded'
const XML = 'text/xml'

const isForm = ({ headers }: IncomingMessage): boolean =>
  headers['x-amz-target'] === undefined && headers['content-type']?.startsWith(FORM) === true

function isPresignedCall(request: IncomingMessage): boolean {
  const { path, query } = targetOf(request)
  return request.method === 'GET' && path === '/' && /(?:^|&)Action=/.test(query)
}

async function formOf(request: IncomingMessage, body: BodyReader): Promise<Form> {
  if (request.method !== 'POST') return formFrom(targetOf(request).query)
  contentTypeOf(request, [FORM])
  const octets = await body()
  if (!isUtf8(octets)) throw malformed('the body is not UTF-8')
  return formFrom(octets.toString('utf8'))
}

/**
 * The AWS query protocol: a form names the operation and its members, in the body or, presigned, in the URL; the answer
 * is XML.
 */
export const queryProtocol = (namespace: string): Protocol => ({
  addresses: (request) => isPresignedCall(request) || (isPostToRoot(request) && isForm(request)),
  operationIn: async (request, _, body) => (await formOf(request, body)).get('Action') ?? '',
  read: async ({ request, body, input }) => jsonFromForm(input, await formOf(request, body)),
  answer: ({ response, requestId, operation, output }, value) => {
    const result =
      output === undefined ? {} : writeOutput(output, value as ValueOf<StructureShape>, ISO_TIMES)
    const content = {
      [`${operation}Result`]: result,
      ResponseMetadata: { RequestId: requestId },
    }
    const text = element(`${operation}Response`, content, ` xmlns="${namespace}"`)
    answer(response, 200, { 'content-type': XML, 'x-amzn-requestid': requestId }, text)
  },
  refuse: (response, requestId, { type, status, message }, headers) => {
    const Type = status >= 500 ? 'Receiver' : 'Sender'
    const content = { Error: { Type, Code: type, Message: message }, RequestId: requestId }
    const text = element('ErrorResponse', content, ` xmlns="${namespace}"`)
    answer(response, status, { ...headers, 'content-type': XML, 'x-amzn-requestid': requestId }, text)
  },
  signatureTypes: {
    incomplete: 'IncompleteSignature',
    unsigned_header: 'SignatureDoesNotMatch',
    scope: 'SignatureDoesNotMatch',
    not_current: 'SignatureDoesNotMatch',
    payload: 'SignatureDoesNotMatch',
    key: 'InvalidClientTokenId',
    expired_token: 'ExpiredToken',
    mismatch: 'SignatureDoesNotMatch',
  },
})

/** An element of XML with elements in it, or with text. */
export function element(name: string, content: unknown, attributes = ''): string {
  return `<${name}${attributes}>${inner(content)}</${name}>`
}

function inner(content: unknown): string {
  if (Array.isArray(content)) return content.map((item) => element('member', item)).join('')
  if (typeof content !== 'object' || content === null) return escaped(String(content))
  return Object.entries(content)
    .map(([name, value]) => element(name, value))
    .join('')
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0 §2.2 has no spelling for most control characters. */
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (found) => ESCAPES[found] as string).replace(/[^\t\n\r\x20-\uFFFD]/g, '\uFFFD')
