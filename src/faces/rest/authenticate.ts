import { authenticateBearer } from '../../core/operations/access/authenticate-bearer.ts'
import {
  authenticateCertificate,
  countsAsCredential,
} from '../../core/operations/access/authenticate-certificate.ts'
import { authenticateForeign } from '../../core/operations/access/authenticate-foreign.ts'
import { authenticateSignature } from '../../core/operations/access/authenticate-signature.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { authentication, type Authenticate } from '../http/authenticate.ts'

/** What signed requests to this face may be scoped to: its own name, and AWS's, for signers that know no other. */
const SERVICES = ['chancery', 'acm', 'acm-pca']

/**
 * Who sends a request to the API.
 * @throws unauthenticated, request_invalid for the region or the role
 */
export function restAuthentication(ports: Ports): Authenticate {
  const { authorizer } = ports
  return authentication(
    {
      bearer: (token, call, wanted) => authenticateBearer(ports, token, call, wanted),
      signature: (request, body, call) => authenticateSignature(ports, request, SERVICES, body, call),
      certificate: {
        counts: (der) => countsAsCredential(ports, der),
        holder: (der, call, wanted) => authenticateCertificate(ports, der, call, wanted),
      },
      ...(authorizer !== undefined && {
        foreign: {
          headers: authorizer.headers,
          ask: (request, call) => authenticateForeign(ports, authorizer, request, call),
        },
      }),
    },
    ports.settings.globalRegion,
  )
}
