import type { IncomingMessage } from 'node:http'
import type { Call } from '../../core/domain/calls.ts'
import type { Region } from '../../core/domain/ids.ts'
import { exchangeOf } from './exchange.ts'
import { entranceOf } from './front-door/entrance.ts'
import { regionOf } from './request-headers.ts'

/** Longer ones are cut: they go into the audit trail, where nobody needs a kilobyte of it. */
const MAX_USER_AGENT = 256

/**
 * How a request came in; who sent it is for authentication to say.
 * @throws request_invalid for the region
 */
export function callOf(request: IncomingMessage, globalRegion: Region): Call {
  return { region: regionOf(request, globalRegion), ...callerOf(request) }
}

/** The same without the region, for a request that may name none that there is. */
export function callerOf(request: IncomingMessage): Omit<Call, 'region'> {
  const { address, listener, secure } = entranceOf(request)
  return {
    requestId: exchangeOf(request).requestId,
    sourceAddress: address,
    userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT),
    listener,
    secure,
  }
}
