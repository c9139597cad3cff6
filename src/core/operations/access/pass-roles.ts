import { authorize, type Principal } from '../../domain/access.ts'
import type { Arn } from '../../domain/arns.ts'
import type { Ports } from '../../ports/ports.ts'
import { limitsOf, refuseUnbounded } from './limits.ts'
import { splitRoleArn } from './principals.ts'

/**
 * Whoever maps somebody to a role gives all that the role may: that is a right of its own, as in IAM, and whatever limits
 * the caller must limit the role too.
 * @throws forbidden
 */
export async function passRoles(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  roles: readonly Arn[],
): Promise<void> {
  for (const role of roles) authorize(principal, 'iam:PassRole', role)
  const limits = await limitsOf(ports, principal)
  if (limits.boundary === undefined) return
  for (const arn of roles) {
    const { account = principal.account, name = '' } = splitRoleArn(arn) ?? {}
    refuseUnbounded(limits, (await ports.store.reads.roles.get(account, name))?.boundary)
  }
}
