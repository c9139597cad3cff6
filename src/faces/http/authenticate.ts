import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import type { Call } from '../../core/domain/calls.ts'
import { refuseWanted, type WantedRole } from '../../core/domain/chosen-role.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Region } from '../../core/domain/ids.ts'
import type { WireRequest } from '../../core/domain/sigv4/signed-request.ts'
import type { BodyReader } from './body-once.ts'
import { callOf } from './caller.ts'
import {
  clientCertificateOf,
  presentedIn,
  several,
  wantedRoleOf,
  wireRequestOf,
} from './credentials/presented.ts'

/** Who sends a request. @throws unauthenticated, request_invalid for the region or the role */
export type Authenticate = (request: IncomingMessage, body: BodyReader) => Promise<Principal>

/** What stands around the authentication of a request, in every face. @throws what `authenticate` does, and its own */
export type Guard = <T>(request: IncomingMessage, authenticate: () => Promise<T>) => Promise<T>

/** What a request shows to somebody outside who may know who sends it. */
export type ForeignRequest = {
  readonly method: string
  /** Without the query, which may hold anything. */
  readonly path: string
  /** Values by name in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** The ways to prove who one is; each throws `unauthenticated` for what isn't right. */
export type Authenticators = {
  /** Undefined for a token of nobody known. */
  readonly bearer: (token: string, call: Call, wanted?: WantedRole) => Promise<Principal | undefined>
  readonly signature: (request: WireRequest, body: BodyReader, call: Call) => Promise<Principal>
  readonly certificate: {
    /** Whether a certificate could be a credential here at all: others have nothing to do with us. */
    readonly counts: (der: Uint8Array) => Promise<boolean>
    readonly holder: (der: Uint8Array, call: Call, wanted?: WantedRole) => Promise<Principal>
  }
  /** Whom to ask about what none of these knows, and by which headers; absent where nobody is. */
  readonly foreign?: {
    readonly headers: readonly string[]
    readonly ask: (request: ForeignRequest, call: Call) => Promise<Principal>
  }
}

/** Authentication for a face over HTTP: finds the one credential there is, and hands it to who knows about it. */
export function authentication(by: Authenticators, globalRegion: Region): Authenticate {
  return async (request, body) => {
    const presented = presentedIn(request)
    const call = callOf(request, globalRegion)
    const wanted = wantedRoleOf(request)
    const certificate = await countingCertificate(request, by)
    if (certificate !== undefined && presented.kind !== 'nothing')
      throw several('an Authorization header or a signature besides the client certificate of its connection')
    if (certificate !== undefined) return by.certificate.holder(certificate, call, wanted)
    if (presented.kind === 'signature') {
      refuseWanted(wanted)
      return by.signature(wireRequestOf(request), body, call)
    }
    const known = presented.kind === 'bearer' ? await by.bearer(presented.token, call, wanted) : undefined
    return known ?? askForeign(request, by, call, presented.kind === 'bearer')
  }
}

async function countingCertificate(
  request: IncomingMessage,
  by: Authenticators,
): Promise<Buffer | undefined> {
  const certificate = clientCertificateOf(request)
  if (certificate === undefined || !(await by.certificate.counts(certificate))) return undefined
  return certificate
}

function askForeign(
  request: IncomingMessage,
  { foreign }: Authenticators,
  call: Call,
  bearer: boolean,
): Promise<Principal> {
  const headers: Record<string, string> = {}
  for (const name of foreign?.headers ?? []) {
    const value = request.headers[name]
    if (value !== undefined) headers[name] = String(value)
  }
  if (foreign !== undefined && Object.keys(headers).length > 0)
    return foreign.ask({ method: request.method ?? '', path: pathOf(request), headers }, call)
  throw new ChanceryError(
    'unauthenticated',
    bearer
      ? 'The bearer token is unknown, expired or revoked'
      : request.headers.authorization === undefined
        ? 'Authorization: a bearer token is needed, or a signature, or a client certificate'
        : 'Authorization: `Bearer` and a token, or an AWS4-HMAC-SHA256 signature, is expected',
  )
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? ''
