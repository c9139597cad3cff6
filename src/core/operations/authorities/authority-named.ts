import type { Principal } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { createAuthority, type CreateAuthorityRequest } from './create-authority.ts'

/**
 * The authority of that name, made from the request when there is none; also when another server makes it at the same
 * time.
 * @throws as createAuthority
 */
export async function authorityNamed(
  ports: Ports,
  principal: Principal,
  request: CreateAuthorityRequest,
): Promise<Authority> {
  const { byName } = ports.store.reads.authorities
  const existing = await byName(principal, request.name)
  if (existing !== undefined) return existing
  try {
    return await createAuthority(ports, principal, request)
  } catch (error) {
    const taken = error instanceof ChanceryError && error.code === 'already_exists'
    const made = taken ? await byName(principal, request.name) : undefined
    if (made === undefined) throw error
    return made
  }
}
