import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import { refuseWanted } from '../../core/domain/chosen-role.ts'
import { authenticateSignature } from '../../core/operations/access/authenticate-signature.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { Guard } from '../http/authenticate.ts'
import type { BodyReader } from '../http/body-once.ts'
import { callOf } from '../http/caller.ts'
import { presentedIn, wantedRoleOf, wireRequestOf } from '../http/credentials/presented.ts'
import { AwsRefusal } from './refusals.ts'

const plain: Guard = (_, authenticate) => authenticate()

/**
 * Who sends a request: by signature alone, since a client of AWS has nothing else.
 * @param service that the signature must be scoped to
 * @throws what the core and the guard do; AwsRefusal `MissingAuthenticationTokenException`
 */
export function authenticateCaller(
  ports: Ports,
  { guard = plain }: { readonly guard?: Guard },
  request: IncomingMessage,
  service: string,
  body: BodyReader,
): Promise<Principal> {
  return guard(request, async () => {
    if (presentedIn(request).kind !== 'signature')
      throw new AwsRefusal(
        'MissingAuthenticationTokenException',
        'Missing Authentication Token',
        'unauthenticated',
      )
    refuseWanted(wantedRoleOf(request))
    const call = callOf(request, ports.settings.globalRegion)
    return authenticateSignature(ports, wireRequestOf(request), [service], body, call)
  })
}
