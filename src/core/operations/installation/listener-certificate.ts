import type { Principal } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { DEFAULT_GLOBAL_REGION, SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import type { NameSubtrees } from '../../domain/names.ts'
import { DEFAULT_LEAF_DAYS } from '../../domain/profiles.ts'
import { DAY, type Millis } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import { nameKey, namesFrom, type NamesInput } from '../../x509/general-names.ts'
import { pemEncode } from '../../x509/pem.ts'
import type { Ports } from '../../ports/ports.ts'
import { exportFile, exportableOf } from '../certificates/export-certificate.ts'
import { livingAuthority } from '../authorities/living-authority.ts'
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

/** An authority of the hierarchy with less life than this gets a successor: a leaf's 90 days and a month. */
const ENOUGH_LIFE = (DEFAULT_LEAF_DAYS + 30) * DAY
/** Longer lists of names stand in authorities' names as their hash. */
const MAX_LISTED = 80

/**
 * The API listener's certificate from the installation's own hierarchy, in a reserved account that no tenant sees.
 * The hierarchy is name-constrained to the listener's names, so trusting it means trusting nothing else. One that
 * stands is used again while a third of its life is left and it has the same names.
 */
export async function listenerCertificate(ports: Ports, names: NamesInput): Promise<ListenerCertificate> {
  // Always the same place: another global region must not mean another authority to trust.
  const principal = { ...systemPrincipal(ports, SYSTEM_ACCOUNT), region: DEFAULT_GLOBAL_REGION }
  const issuing = await hierarchy(ports, principal, names)
  const certificate =
    (await usable(ports, principal, issuing, names)) ?? (await issue(ports, principal, issuing, names))
  const chain = await chainOfCertificate(ports, certificate)
  const file = await exportFile(ports, principal, exportableOf(certificate, chain), { format: 'pem' })
  return {
    pem: Buffer.from(file.bytes).toString('latin1'),
    authorityPem: pemEncode('CERTIFICATE', chain.at(-1) as Uint8Array),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  }
}

/** When a certificate is to be replaced: two thirds of its life are over. */
export const listenerRenewalAt = ({
  notBefore,
  notAfter,
}: Pick<ListenerCertificate, 'notBefore' | 'notAfter'>): Millis => notAfter - (notAfter - notBefore) / 3

async function issue(
  ports: Ports,
  principal: Principal,
  issuing: Authority,
  names: NamesInput,
): Promise<Certificate> {
  const { certificate } = await issueCertificate(ports, principal, {
    authority: issuing.id,
    key: { algorithm: 'EC_prime256v1' },
    names,
    subject: {},
    profile: 'tls-server',
  })
  return certificate
}

/** Another set of names needs another hierarchy, since the constraints are in its root. */
function hierarchyName(base: string, names: NamesInput): string {
  const list = [...(names.dns ?? []), ...(names.ip ?? [])].sort().join(' ')
  const short = list.length <= MAX_LISTED ? list : Buffer.from(sha256(list)).toString('hex')
  return `${base} ${short}`
}

async function hierarchy(ports: Ports, principal: Principal, names: NamesInput): Promise<Authority> {
  const root = await livingAuthority(
    ports,
    principal,
    {
      kind: 'root',
      name: hierarchyName(ROOT, names),
      subject: { commonName: 'Chancery listener' },
      nameConstraints: { permitted: constraintsTo(names) },
    },
    ENOUGH_LIFE,
  )
  return livingAuthority(
    ports,
    principal,
    {
      kind: 'subordinate',
      parent: root.id,
      name: hierarchyName(ISSUING, names),
      subject: { commonName: 'Chancery listener issuing' },
    },
    ENOUGH_LIFE,
  )
}

function constraintsTo({ dns = [], ip = [] }: NamesInput): NameSubtrees {
  const ranges = ip.map((each) => `${each}/${each.includes(':') ? 128 : 32}`)
  return { ...(dns.length > 0 && { dns }), ...(ranges.length > 0 && { ip: ranges }) }
}

async function usable(
  ports: Ports,
  principal: Principal,
  issuing: Authority,
  names: NamesInput,
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
    .find(
      (each) => each.key !== undefined && now < listenerRenewalAt(each) && keysOf(namesOf(each)) === wanted,
    )
}

const keysOf = (names: Parameters<typeof nameKey>[0][] | readonly Parameters<typeof nameKey>[0][]): string =>
  names.map(nameKey).sort().join(' ')
