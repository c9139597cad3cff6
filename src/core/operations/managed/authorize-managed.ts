import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import { requestTagFacts, tagFacts } from '../../domain/policies/tag-facts.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeIssuance } from '../certificates/authorize-issuance.ts'
import { reachableTarget } from '../sharing/reach-authority.ts'
import { arns } from '../../domain/arns.ts'
import { managedArnOf, managedIdIn, noSuchManaged } from './managed-at.ts'
import { DEFAULT_MANAGED_KEY, DEFAULT_MANAGED_PROFILE, type ManagedRequest } from './managed-request.ts'

/**
 * Whether the caller may do it to a managed certificate: decided on its ARN and its tags. One that isn't there has none,
 * so whoever may only do it to some learns nothing of others.
 * @returns what was decided on; undefined where there is none
 * @throws forbidden
 */
export async function authorizeManaged(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  reference: string,
  facts: Facts = {},
): Promise<ManagedCertificate | undefined> {
  const id = managedIdIn(principal, reference)
  const managed = id === undefined ? undefined : await ports.store.reads.managed.get(principal, id)
  const tags = tagFacts('aws:resourcetag', managed?.tags ?? {})
  authorize(principal, action, managedArnOf(principal, reference), { ...tags, ...facts })
  return managed
}

/** The same, read once. @throws forbidden, not_found */
export async function authorizedManaged(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  reference: string,
): Promise<ManagedCertificate> {
  const managed = await authorizeManaged(ports, principal, action, reference)
  if (managed === undefined) throw noSuchManaged(principal)
  return managed
}

/**
 * Whether the caller may have such a certificate: decided on what it asks for and, for a private authority, on that too,
 * as AWS has it: who may request certificates doesn't thereby have every authority.
 * @param names in canonical form, as far as they are names
 * @throws forbidden
 */
export async function authorizeRequest(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: ManagedRequest,
  names: readonly string[],
): Promise<void> {
  const { authority, validation, exportable = validation === undefined } = request
  const issuer =
    validation === undefined ? (await reachableTarget(ports, principal, authority)).arn : undefined
  authorize(principal, 'acm:RequestCertificate', arns.allManaged(principal), {
    'acm:domainnames': names,
    'acm:keyalgorithm': request.keyAlgorithm ?? DEFAULT_MANAGED_KEY,
    'acm:export': exportable ? 'ENABLED' : 'DISABLED',
    ...(issuer === undefined ? {} : { 'acm:certificateauthority': issuer }),
    ...(validation === undefined ? {} : { 'acm:validationmethod': validation.method }),
    ...requestTagFacts(request.tags ?? {}),
  })
  if (issuer !== undefined)
    await authorizeIssuance(
      ports,
      principal,
      { authority: issuer, profile: request.profile ?? DEFAULT_MANAGED_PROFILE },
      undefined,
    )
}
