import type { Principal } from '../../domain/access.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import { nameKey, namesFrom, type NamesInput } from '../../x509/general-names.ts'
import { pemEncode } from '../../x509/pem.ts'
import type { Ports } from '../../ports/ports.ts'
import { createAuthority } from '../authorities/create-authority.ts'
import { exportFile } from '../certificates/export-certificate.ts'
import { issueCertificate } from '../certificates/issue-certificate.ts'
import { chainOfCertificate, namesOf } from '../certificates/read-certificates.ts'
import { systemPrincipal } from './initialize.ts'

export type ListenerCertificate = {
  /** Certificate, chain and private key, PEM, as a TLS server takes them; kept in memory only. */
  readonly pem: string
  /** The root that clients trust (`listener-ca.pem`); PEM. */
  readonly authorityPem: string
  readonly notBefore: number
  readonly notAfter: number
}

const ROOT = 'listener-root'
const ISSUING = 'listener-issuing'

/**
 * The API listener's certificate from the installation's own hierarchy, in a reserved account that no tenant sees.
 * The hierarchy is name-constrained to the listener's names, so trusting it means trusting nothing else. One that
 * stands is used again while a third of its life is left and it has the same names.
 */
export async function listenerCertificate(ports: Ports, names: NamesInput): Promise<ListenerCertificate> {
  const principal = systemPrincipal(ports, SYSTEM_ACCOUNT)
  await ensureHierarchy(ports, principal, names)
  const certificate = (await usable(ports, principal, names)) ?? (await issue(ports, principal, names))
  const chain = await chainOfCertificate(ports, certificate)
  const file = await exportFile(ports, principal, { certificate, chain, form: { format: 'pem' } })
  return {
    pem: Buffer.from(file.bytes).toString('latin1'),
    authorityPem: pemEncode('CERTIFICATE', chain.at(-1) as Uint8Array),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  }
}

async function issue(ports: Ports, principal: Principal, names: NamesInput): Promise<Certificate> {
  const { certificate } = await issueCertificate(ports, principal, {
    authority: hierarchyName(ISSUING, names),
    key: { algorithm: 'EC_prime256v1' },
    names,
    subject: {},
    profile: 'tls-server',
  })
  return certificate
}

/** Another set of names needs another hierarchy, since the constraints are in its root. */
const hierarchyName = (base: string, names: NamesInput): string => {
  const list = [...(names.dns ?? []), ...(names.ip ?? [])].sort().join(' ')
  return `${base} ${list}`.slice(0, 200)
}

async function ensureHierarchy(ports: Ports, principal: Principal, names: NamesInput): Promise<void> {
  const { byName } = ports.store.reads.authorities
  const root = hierarchyName(ROOT, names)
  const issuing = hierarchyName(ISSUING, names)
  if ((await byName(principal, root)) === undefined)
    await createAuthority(ports, principal, {
      kind: 'root',
      name: root,
      subject: { commonName: 'Chancery listener' },
      nameConstraints: {
        permitted: {
          dns: names.dns ?? [],
          ip: (names.ip ?? []).map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`),
        },
      },
    })
  if ((await byName(principal, issuing)) === undefined)
    await createAuthority(ports, principal, {
      kind: 'subordinate',
      parent: root,
      name: issuing,
      subject: { commonName: 'Chancery listener issuing' },
    })
}

async function usable(
  ports: Ports,
  principal: Principal,
  names: NamesInput,
): Promise<Certificate | undefined> {
  const now = ports.calendar.now()
  const issuing = await ports.store.reads.authorities.byName(principal, hierarchyName(ISSUING, names))
  if (issuing === undefined) return undefined
  const found = await ports.store.reads.certificates.search(
    principal,
    { authority: issuing.id, expiresAfter: now },
    now,
    { limit: 20, after: undefined },
  )
  const wanted = keysOf(namesFrom(names, 'names').names)
  return found.items
    .map((each) => each.certificate)
    .find(
      (each) =>
        each.revocation === undefined &&
        each.key !== undefined &&
        each.notAfter - now > (each.notAfter - each.notBefore) / 3 &&
        keysOf(namesOf(each)) === wanted,
    )
}

const keysOf = (names: Parameters<typeof nameKey>[0][] | readonly Parameters<typeof nameKey>[0][]): string =>
  names.map(nameKey).sort().join(' ')
