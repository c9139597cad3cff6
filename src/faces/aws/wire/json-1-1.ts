import type { IncomingMessage } from 'node:http'
import { answer } from '../../http/answer.ts'
import { SIGNATURE_TYPES } from '../errors.ts'
import type { ValueOf, StructureShape } from '../shapes/shape.ts'
import { writeOutput } from '../shapes/write.ts'
import { jsonBody } from './json-body.ts'
import { isPostToRoot, type Protocol } from './protocol.ts'

const TYPE = 'application/x-amz-json-1.1'

/** `ACMPrivateCA.IssueCertificate`, split. */
function namesIn({ headers }: IncomingMessage): readonly [service: string, operation: string] {
  const target = String(headers['x-amz-target'] ?? '')
  const dot = target.indexOf('.')
  return dot === -1 ? ['', target] : [target.slice(0, dot), target.slice(dot + 1)]
}

/** AWS JSON 1.1: every operation is a POST of its input to `/`, named by `X-Amz-Target`. */
export const JSON_1_1: Protocol = {
  addresses: (request, { target }) => isPostToRoot(request) && namesIn(request)[0] === target,
  operationIn: (request) => namesIn(request)[1],
  read: ({ request, body }) => jsonBody(request, body, [TYPE, 'application/json']),
  answer: ({ response, requestId, output }, value) => {
    const text =
      output === undefined ? '' : JSON.stringify(writeOutput(output, value as ValueOf<StructureShape>))
    answer(response, 200, { 'content-type': TYPE, 'x-amzn-requestid': requestId }, text)
  },
  refuse: (response, requestId, { type, status, message }, headers) => {
    // Of acm's AccessDeniedException clients know the member with a capital.
    const Message = type === 'AccessDeniedException' ? message : undefined
    answer(
      response,
      status,
      { ...headers, 'content-type': TYPE, 'x-amzn-requestid': requestId, 'x-amzn-errortype': type },
      JSON.stringify({ __type: type, message, Message }),
    )
  },
  signatureTypes: SIGNATURE_TYPES,
}
