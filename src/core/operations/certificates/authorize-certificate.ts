import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns } from '../../domain/arns.ts'
import { splitCertificateId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorityTarget } from '../authorities/authorize-authority.ts'

/**
 * Whether the caller may do it to a certificate: decided on the ARN that its id stands for in the caller's own place, before
 * the certificate is looked up, and on the tags of the authority, which in AWS is what such a call is about.
 * @throws forbidden
 */
export async function authorizeOnCertificate(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  id: string,
): Promise<void> {
  const parts = splitCertificateId(id)
  if (parts === undefined) return authorize(principal, action, arns.certificates(principal))
  const { facts } = await authorityTarget(ports, principal, parts.authority)
  authorize(principal, action, arns.certificate(principal, parts.authority, parts.serial), facts)
}
