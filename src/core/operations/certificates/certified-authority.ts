import type { Principal } from '../../domain/access.ts'
import { AUTHORITY_PROFILES, certifierOf, type Authority } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { TEMPLATES } from '../../domain/templates.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'

/** The authority whose own certificate this is; undefined for a leaf. */
export async function certifiedAuthority(
  ports: Pick<Ports, 'store'>,
  { authority, serial, profile }: Certificate,
): Promise<Authority | undefined> {
  if (!AUTHORITY_PROFILES.has(profile) && TEMPLATES.get(profile)?.basicConstraints.ca !== true)
    return undefined
  const all = await ports.store.reads.authorities.all()
  return all.find((each) => certifierOf(each) === authority && each.certificate?.serial === serial)
}

/**
 * Whether the caller may change the standing of what an authority is certified by: also of a former certificate of it, or
 * one by another issuer, since chains may go over it. Of a leaf there is nothing to ask.
 * @param authority as `certifiedAuthority` has it
 * @throws forbidden
 */
export async function authorizeOnCertified(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  certificate: Certificate,
  authority: Authority | undefined,
): Promise<void> {
  if (!AUTHORITY_PROFILES.has(certificate.profile) && authority === undefined) return
  const id = authority?.id ?? certificate.authority
  await authorizeOnAuthority(ports, principal, 'acm-pca:UpdateCertificateAuthority', id)
}
