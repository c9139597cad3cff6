import type { Principal } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import type { ProfileName } from '../../domain/profiles.ts'
import type { Millis } from '../../domain/time.ts'
import { nameKey, namesFrom, type NamesInput } from '../../x509/general-names.ts'
import { pemEncode } from '../../x509/pem.ts'
import type { Ports } from '../../ports/ports.ts'
import { exportFile, exportableOf } from '../certificates/export-certificate.ts'
import { issueCertificate } from '../certificates/issue-certificate.ts'
import { chainOfCertificate, namesOf } from '../certificates/read-certificates.ts'

/** A certificate with which the service itself speaks TLS. */
export type OwnCertificate = {
  /** Certificate, chain and private key, PEM, as TLS takes them; kept in memory only. */
  readonly pem: string
  /** The root that the other side trusts; PEM. */
  readonly authorityPem: string
  readonly notBefore: Millis
  readonly notAfter: Millis
}

type Wish = {
  readonly issuing: Authority
  readonly names: NamesInput
  readonly subject: { readonly commonName?: string }
  readonly profile: ProfileName
}

/** When a certificate is to be replaced: two thirds of its life are over. */
export const ownRenewalAt = ({
  notBefore,
  notAfter,
}: Pick<OwnCertificate, 'notBefore' | 'notAfter'>): Millis => notAfter - (notAfter - notBefore) / 3

/** One with these names from an authority of the installation's own: the one that stands, until it is to be replaced. */
export async function ownCertificate(
  ports: Ports,
  principal: Principal,
  wish: Wish,
): Promise<OwnCertificate> {
  const certificate = (await usable(ports, principal, wish)) ?? (await issue(ports, principal, wish))
  const chain = await chainOfCertificate(ports, certificate)
  const file = await exportFile(ports, principal, exportableOf(certificate, chain), { format: 'pem' })
  return {
    pem: Buffer.from(file.bytes).toString('latin1'),
    authorityPem: pemEncode('CERTIFICATE', chain.at(-1) as Uint8Array),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  }
}

async function issue(
  ports: Ports,
  principal: Principal,
  { issuing, names, subject, profile }: Wish,
): Promise<Certificate> {
  const { certificate } = await issueCertificate(ports, principal, {
    authority: issuing.id,
    key: { algorithm: 'EC_prime256v1' },
    names,
    subject,
    profile,
  })
  return certificate
}

async function usable(
  ports: Ports,
  principal: Principal,
  { issuing, names }: Wish,
): Promise<Certificate | undefined> {
  const now = ports.calendar.now()
  const found = await ports.store.reads.certificates.search(
    principal,
    { authority: issuing.id, status: 'valid' },
    now,
    { limit: 100, after: undefined },
  )
  const wanted = keysOf(namesFrom(names, 'names').names)
  return found.items
    .map((each) => each.certificate)
    .find((each) => each.key !== undefined && now < ownRenewalAt(each) && keysOf(namesOf(each)) === wanted)
}

const keysOf = (names: readonly Parameters<typeof nameKey>[0][]): string =>
  names.map(nameKey).sort().join(' ')
