import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import { refuseWanted } from '../../core/domain/chosen-role.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import { authenticateSignature } from '../../core/operations/access/authenticate-signature.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { BodyReader } from '../http/body-once.ts'
import { callOf } from '../http/caller.ts'
import { presentedIn, wantedRoleOf, wireRequestOf } from '../http/credentials/presented.ts'

/**
 * Who sends a request: by signature alone, since a client of AWS has nothing else.
 * @param service that the signature must be scoped to
 * @throws unauthenticated; request_invalid for the region or the role
 */
export async function authenticateCaller(
  ports: Ports,
  request: IncomingMessage,
  service: string,
  body: BodyReader,
): Promise<Principal> {
  if (presentedIn(request).kind !== 'signature')
    throw new ChanceryError('unauthenticated', 'Missing Authentication Token')
  refuseWanted(wantedRoleOf(request))
  const call = callOf(request, ports.settings.globalRegion)
  return authenticateSignature(ports, wireRequestOf(request), [service], body, call)
}
