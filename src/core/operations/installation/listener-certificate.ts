import type { Principal } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import { DEFAULT_GLOBAL_REGION, SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import type { NameSubtrees } from '../../domain/names.ts'
import { DEFAULT_LEAF_DAYS } from '../../domain/profiles.ts'
import { DAY } from '../../domain/time.ts'
import { sha256 } from '../../x509/digest.ts'
import type { NamesInput } from '../../x509/general-names.ts'
import type { Ports } from '../../ports/ports.ts'
import { livingAuthority } from '../authorities/living-authority.ts'
import { systemPrincipal } from './initialize.ts'
import { ownCertificate, type OwnCertificate } from './own-certificate.ts'

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
export async function listenerCertificate(ports: Ports, names: NamesInput): Promise<OwnCertificate> {
  // Always the same place: another global region must not mean another authority to trust.
  const principal = { ...systemPrincipal(ports, SYSTEM_ACCOUNT), region: DEFAULT_GLOBAL_REGION }
  const issuing = await hierarchy(ports, principal, names)
  return ownCertificate(ports, principal, { issuing, names, subject: {}, profile: 'tls-server' })
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
