import type { Principal } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorityNamed } from './authority-named.ts'
import type { CreateAuthorityRequest } from './create-authority.ts'

/**
 * The authority of that name, or, when its life or its root's is running out, the next of its line: `… 2`, `… 3`.
 * @param enoughLife how much it must have left to be used
 * @throws as createAuthority
 */
export async function livingAuthority(
  ports: Ports,
  principal: Principal,
  request: CreateAuthorityRequest,
  enoughLife: Millis,
): Promise<Authority> {
  const now = ports.calendar.now()
  for (let generation = 1; ; generation++) {
    const name = generation === 1 ? request.name : `${request.name} ${generation}`
    const authority = await authorityNamed(ports, principal, { ...request, name })
    const { notBefore, notAfter } = authority.certificate ?? { notBefore: now, notAfter: 0 }
    const fits = request.parent === undefined || authority.parent === request.parent
    // One that was made just now is as good as it gets.
    if (authority.createdAt >= now && notBefore <= now) return authority
    const lives = notBefore <= now && notAfter - now > enoughLife
    if (fits && authority.status === 'ACTIVE' && lives) return authority
  }
}
