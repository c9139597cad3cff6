import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { Authority } from '../../domain/authorities.ts'
import { DEFAULT_GLOBAL_REGION, SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import { INSTALLATION_SETTINGS } from '../../domain/installation.ts'
import { DEFAULT_LEAF_DAYS } from '../../domain/profiles.ts'
import { DAY } from '../../domain/time.ts'
import { pemEncode } from '../../x509/pem.ts'
import type { Ports } from '../../ports/ports.ts'
import { livingAuthority } from '../authorities/living-authority.ts'
import { systemPrincipal } from '../installation/initialize.ts'
import { ownCertificate, type OwnCertificate } from '../installation/own-certificate.ts'

/** An authority of the hierarchy with less life than this gets a successor. */
const ENOUGH_LIFE = (DEFAULT_LEAF_DAYS + 30) * DAY

/**
 * The certificate that the service shows to receivers of webhooks that ask for one. From a hierarchy of its own, which
 * certifies TLS clients and nothing else and which no account has: whoever trusts it trusts this installation's webhooks,
 * and no certificate that somebody asked for.
 * @throws kms_unavailable, unavailable
 */
export async function webhookClientCertificate(given: Ports): Promise<OwnCertificate> {
  const ports = onSystemTime(given)
  const principal = owner(ports)
  const { issuing } = await hierarchy(ports, principal)
  return ownCertificate(ports, principal, {
    issuing,
    names: { uri: [await webhookIdentity(ports)] },
    subject: { commonName: 'Chancery webhooks' },
    profile: 'tls-client',
  })
}

/** What a receiver is to trust, and whom to expect. */
export type WebhookAuthority = {
  /** The root; PEM. */
  readonly certificatePem: string
  /** The URI in the client's certificate: this installation. */
  readonly identity: string
}

/**
 * What a receiver needs in order to ask for the client's certificate; nothing secret.
 * @throws forbidden, kms_unavailable
 */
export async function describeWebhookAuthority(
  ports: Ports,
  principal: Principal,
): Promise<WebhookAuthority> {
  authorize(principal, 'chancery:ListWebhooks', arns.webhooks(principal))
  const { root } = await hierarchy(onSystemTime(ports), owner(ports))
  return {
    certificatePem: pemEncode('CERTIFICATE', root.certificate?.der ?? new Uint8Array()),
    identity: await webhookIdentity(ports),
  }
}

/** As the other side is: a calendar set elsewhere must not make it invalid. */
const onSystemTime = (ports: Ports): Ports => ({ ...ports, calendar: ports.clock })

const owner = (ports: Pick<Ports, 'settings'>): Principal => ({
  ...systemPrincipal(ports, SYSTEM_ACCOUNT),
  region: DEFAULT_GLOBAL_REGION,
})

/** A SPIFFE ID whose trust domain is this installation and no other. */
async function webhookIdentity({ store }: Pick<Ports, 'store'>): Promise<string> {
  return `spiffe://${await store.reads.settings.get(INSTALLATION_SETTINGS.id)}/webhooks`
}

async function hierarchy(
  ports: Ports,
  principal: Principal,
): Promise<{ readonly root: Authority; readonly issuing: Authority }> {
  const root = await livingAuthority(
    ports,
    principal,
    { kind: 'root', name: 'webhook-root', subject: { commonName: 'Chancery webhooks root' } },
    ENOUGH_LIFE,
  )
  const issuing = await livingAuthority(
    ports,
    principal,
    {
      kind: 'subordinate',
      parent: root.id,
      name: 'webhook-issuing',
      subject: { commonName: 'Chancery webhooks issuing' },
      extendedKeyUsages: ['clientAuth'],
    },
    ENOUGH_LIFE,
  )
  return { root, issuing }
}
