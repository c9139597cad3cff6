import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { wantedRoleFrom, type WantedRole } from '../../../core/domain/chosen-role.ts'
import { ChanceryError } from '../../../core/domain/errors.ts'
import { isPresigned, isSignature } from '../../../core/domain/sigv4/claim.ts'
import type { WireRequest } from '../../../core/domain/sigv4/signed-request.ts'
import { invalid } from '../refusal.ts'

/** What a request shows of who sends it, besides the certificate of its connection. */
export type Presented =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'signature' }
  | { readonly kind: 'bearer'; readonly token: string }
  /** An Authorization header that none of us reads. */
  | { readonly kind: 'other' }

// RFC 6750 §2.1: b64token; the bound is ours, tokens of identity providers are the longest.
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,12288}=*)$/i
const AUTHORIZATION = 'authorization'

/**
 * Which one credential a request carries. Two are refused, whatever they say: who acts would depend on who looks.
 * @throws unauthenticated
 */
export function presentedIn(request: IncomingMessage): Presented {
  const { authorization } = request.headers
  const presigned = isPresigned(targetOf(request))
  if (authorization === undefined) return { kind: presigned ? 'signature' : 'nothing' }
  if (presigned) throw several('a signature in its query and an Authorization header')
  // Node keeps the first of two; another reader may keep the last.
  if (countOf(request, AUTHORIZATION) > 1) throw several('two Authorization headers')
  if (isSignature(authorization)) return { kind: 'signature' }
  const token = BEARER.exec(authorization)?.[1]
  return token === undefined ? { kind: 'other' } : { kind: 'bearer', token }
}

/** Says that a request carries more than one credential. */
export const several = (what: string): ChanceryError =>
  new ChanceryError('unauthenticated', `The request carries ${what}; one credential at a time is taken`)

function countOf({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const given = rawHeaders[at] as string
    if (given.length === name.length && given.toLowerCase() === name) count++
  }
  return count
}

/** As on the request line: a framework may have changed `url`. */
const targetOf = (request: IncomingMessage & { readonly originalUrl?: string }): string =>
  request.originalUrl ?? request.url ?? ''

/** A request as its signature covers it. */
export const wireRequestOf = (request: IncomingMessage): WireRequest => ({
  method: request.method ?? '',
  target: targetOf(request),
  rawHeaders: request.rawHeaders,
})

/** The role that a caller wants to act in, of those it is mapped to. @throws request_invalid for what is no role's ARN */
export function wantedRoleOf(request: IncomingMessage): WantedRole | undefined {
  const given = request.headers['chancery-role']
  if (given === undefined) return undefined
  const role = wantedRoleFrom(String(given))
  if (role === undefined)
    throw invalid(
      'Chancery-Role',
      'role_arn',
      'an ARN such as arn:aws:iam::111122223333:role/deploy is expected',
    )
  return role
}

const certificates = new WeakMap<TLSSocket, Buffer | null>()

/** DER of the certificate that the other side of the connection has proved to hold; asked once a connection. */
export function clientCertificateOf({ socket }: IncomingMessage): Buffer | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  let known = certificates.get(socket)
  if (known === undefined) certificates.set(socket, (known = socket.getPeerX509Certificate()?.raw ?? null))
  return known ?? undefined
}
