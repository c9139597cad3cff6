import type { Answer } from '../support/load.ts'
import { routeOf } from '../../../src/contract/routes.ts'
import type { Call, Things } from './calls.ts'

/** Sends a request as somebody. */
export type Send = (
  path: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
) => Promise<Answer>

/**
 * What a route says of a thing, with the thing's own digits taken out, so that answers about two of them can be compared.
 * Lengths of names and ARNs would show in Content-Length alone, and so it is left out.
 */
export async function said(
  send: Send,
  call: Call,
  thing: string,
  { authorityName }: Things,
  region = 'us-east-1',
): Promise<Answer> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body).replaceAll('$', thing)
  const { status, headers, text } = await send(
    call.path.replace('~', authorityName).replaceAll('$', encodeURIComponent(thing)),
    routeOf(call.id).method,
    {
      'chancery-region': region,
      'x-request-id': 'the-same-in-both',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body,
  )
  const { date: _date, 'content-length': _length, ...rest } = headers
  return {
    status,
    headers: rest,
    text: text.replaceAll(encodeURIComponent(thing), '$').replaceAll(thing, '$'),
  }
}
