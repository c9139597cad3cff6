import type { IncomingMessage } from 'node:http'
import { answer } from '../../http/answer.ts'
import { SIGNATURE_TYPES } from '../errors.ts'
import type { StructureShape, ValueOf } from '../shapes/shape.ts'
import { writeOutput } from '../shapes/write.ts'
import { jsonBody } from './json-body.ts'
import { formFrom, jsonFromForm } from './form.ts'
import { targetOf, type Callable, type Protocol } from './protocol.ts'

const TYPE = 'application/json'

function operationAt(request: IncomingMessage, { operations }: Callable): string | undefined {
  const { path } = targetOf(request)
  return Object.keys(operations).find((name) => {
    const http = operations[name]?.http
    return http?.path === path && http.method === request.method
  })
}

/** AWS REST-JSON: each operation has a method and a path; some members stand in the query. */
export const REST_JSON: Protocol = {
  addresses: (request, service) => operationAt(request, service) !== undefined,
  operationIn: (request, service) => operationAt(request, service) ?? '',
  read: async ({ request, body, input }) => {
    const given = await jsonBody(request, body, [TYPE])
    const members = Object.entries(input.members).filter(([, { location }]) => location === 'query')
    // What isn't an object is no input, and mustn't become one here.
    if (members.length === 0 || typeof given !== 'object' || Array.isArray(given)) return given
    const inQuery = { ...input, members: Object.fromEntries(members) }
    return { ...given, ...jsonFromForm(inQuery, formFrom(targetOf(request).query)) }
  },
  answer: ({ response, requestId, output }, value) => {
    const text =
      output === undefined ? '' : JSON.stringify(writeOutput(output, value as ValueOf<StructureShape>))
    answer(response, 200, { 'content-type': TYPE, 'x-amzn-requestid': requestId }, text)
  },
  refuse: (response, requestId, { type, status, message }, headers) =>
    answer(
      response,
      status,
      { ...headers, 'content-type': TYPE, 'x-amzn-requestid': requestId, 'x-amzn-errortype': type },
      JSON.stringify({ __type: type, message }),
    ),
  signatureTypes: SIGNATURE_TYPES,
}
