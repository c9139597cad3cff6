import { authorize, type Principal } from '../../domain/access.ts'
import { arns, partitionOf } from '../../domain/arns.ts'
import { templatesFor } from '../../domain/borrowing.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import { templateArnNamed, type Template } from '../../domain/templates.ts'
import type { Ports } from '../../ports/ports.ts'
import { usableProfile } from '../profiles/usable-profile.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { authorizeOnReachable } from '../sharing/reach-authority.ts'
import { DEFAULT_PROFILE, type IssueCertificateRequest } from './issuance-request.ts'

/**
 * Whether the caller may have what it asks for, from whom it asks it: decided on the authority's ARN and on the template
 * that the certificate is, or counts as.
 * @throws forbidden
 */
export async function authorizeIssuance(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: IssueCertificateRequest,
  template: Template | undefined,
): Promise<void> {
  const facts = await factsOf(ports, principal, request, template)
  const authority = await authorizeOnReachable(
    ports,
    principal,
    'acm-pca:IssueCertificate',
    request.authority,
    facts,
  )
  // What follows is about the caller's own side, also where the authority is another account's.
  const id = authority.arn.slice(authority.arn.lastIndexOf('/') + 1) as AuthorityId
  if (request.export !== undefined)
    authorize(principal, 'chancery:ExportCertificate', arns.certificatesOf(principal, id), {
      ...authority.facts,
      ...facts,
    })
  // As in AWS's managed policies, where privileged users alone may use the templates for authorities.
  if (template !== undefined && template.kind !== 'leaf')
    await authorizeOnAuthority(ports, principal, 'chancery:IssueAuthorityCertificate', id, facts)
}

async function factsOf(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  { profile = DEFAULT_PROFILE }: IssueCertificateRequest,
  template: Template | undefined,
): Promise<Facts> {
  const name = template === undefined ? await countsAs(ports, principal, profile) : template.name
  return {
    ...(template === undefined ? { 'chancery:profile': profile } : {}),
    ...(name === undefined
      ? {}
      : { 'acm-pca:templatearn': templateArnNamed(name, partitionOf(principal.region)) }),
  }
}

/** The template that a profile's certificates count as; of a profile that isn't there nothing is said before the answer. */
async function countsAs(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  profile: string,
): Promise<string | undefined> {
  try {
    return templatesFor((await usableProfile(ports, principal, profile)).purpose)[0]
  } catch (error) {
    if (error instanceof ChanceryError && error.code === 'not_found') return undefined
    throw error
  }
}
