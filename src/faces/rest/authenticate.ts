import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import { authenticateToken } from '../../core/operations/access/authenticate-token.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { exchangeOf } from '../http/exchange.ts'
import { bearerOf, regionOf } from '../http/request-headers.ts'

/** Longer ones are cut: they go into the audit trail, where nobody needs a kilobyte of it. */
const MAX_USER_AGENT = 256

/**
 * Who sends this request, by its bearer token.
 * @throws unauthenticated, request_invalid for the region
 */
export function bearerAuthentication(
  ports: Pick<Ports, 'store' | 'clock' | 'settings'>,
): (request: IncomingMessage) => Promise<Principal> {
  return (request) =>
    authenticateToken(ports, {
      bearer: bearerOf(request),
      region: regionOf(request, ports.settings.globalRegion),
      requestId: exchangeOf(request).requestId,
      sourceAddress: request.socket.remoteAddress ?? 'unknown',
      userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT),
    })
}
