import type { Principal } from '../../domain/access.ts'
import type { Call } from '../../domain/calls.ts'
import { refuseWanted, type WantedRole } from '../../domain/chosen-role.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { looksLikeToken } from '../../x509/jws.ts'
import type { Ports } from '../../ports/ports.ts'
import { authenticateJwt } from './authenticate-jwt.ts'
import { authenticateToken } from './authenticate-token.ts'

/** Tokens that we made, whatever became of them, are nobody else's business. */
const OURS = 'chy_'

/**
 * Who holds a bearer token: one of ours, or one of an identity provider.
 * @returns undefined for one that nobody here knows
 * @throws unauthenticated, request_invalid for a role with a token that stands for one identity
 */
export async function authenticateBearer(
  ports: Pick<Ports, 'store' | 'clock' | 'settings' | 'keySets' | 'logger'>,
  bearer: string,
  call: Call,
  wanted?: WantedRole,
): Promise<Principal | undefined> {
  if (looksLikeToken(bearer)) return authenticateJwt(ports, bearer, call, wanted)
  refuseWanted(wanted)
  try {
    return await authenticateToken(ports, bearer, call)
  } catch (error) {
    const unknown = error instanceof ChanceryError && error.code === 'unauthenticated'
    if (unknown && !bearer.startsWith(OURS)) return undefined
    throw error
  }
}
