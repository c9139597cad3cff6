import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import { authenticateToken } from '../../core/operations/access/authenticate-token.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { callOf } from '../http/caller.ts'
import { bearerOf } from '../http/request-headers.ts'

/**
 * Who sends this request, by its bearer token.
 * @throws unauthenticated, request_invalid for the region
 */
export function bearerAuthentication(
  ports: Pick<Ports, 'store' | 'clock' | 'settings'>,
): (request: IncomingMessage) => Promise<Principal> {
  return (request) =>
    authenticateToken(ports, bearerOf(request), callOf(request, ports.settings.globalRegion))
}
