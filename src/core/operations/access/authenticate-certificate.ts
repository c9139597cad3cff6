import type { Principal } from '../../domain/access.ts'
import { authorityStatus } from '../../domain/authorities.ts'
import type { Call } from '../../domain/calls.ts'
import { matchesMapping, type CertificateMapping } from '../../domain/certificate-mappings.ts'
import { certificateStatus, type Certificate } from '../../domain/certificates.ts'
import { chosenRole, type WantedRole } from '../../domain/chosen-role.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { certificateIdOf, SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { clientCertificateFrom, type ClientCertificate } from '../../x509/client-certificate.ts'
import { equalInConstantTime, sha256Hex } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { refuseRevoked } from '../authorities/refuse-revoked.ts'
import { cached } from '../generation-cache.ts'
import { refuseRegion } from './authenticate-token.ts'
import { rolePrincipal } from './principals.ts'

type Used = Pick<Ports, 'store' | 'clock' | 'settings' | 'verifier' | 'logger'>

/** A certificate of an authority here that has mappings; what is the same until something changes. */
type Known = {
  readonly certificate: ClientCertificate
  readonly record: Pick<Certificate, 'authority' | 'account' | 'region'>
  readonly mappings: readonly CertificateMapping[]
  /** Why no certificate of the authority is believed, if so. */
  readonly distrust: string | undefined
}

/** Whether a client's certificate could be a credential here: an authority that has mappings has issued it. */
export const countsAsCredential = async (ports: Used, der: Uint8Array): Promise<boolean> =>
  (await known(ports, der)) !== false

/**
 * Who holds the key of a client's certificate, as the connection has proved: the role that a mapping gives to certificates
 * of that authority with such a name. Whether it is revoked, or has ended, is read from the database each time, for a
 * connection may be kept for days.
 * @throws unauthenticated; why stands in the log
 */
export async function authenticateCertificate(
  ports: Used,
  der: Uint8Array,
  call: Call,
  wanted?: WantedRole,
): Promise<Principal> {
  const found = await known(ports, der)
  if (found === false) throw refused(ports, call, 'no authority with a mapping has issued it')
  const { certificate, record, mappings, distrust } = found
  const id = certificateIdOf(record.authority, certificate.serial)
  const refusal = (reason: string) => refused(ports, call, reason, id)
  if (distrust !== undefined) throw refusal(distrust)
  const now = ports.clock.now()
  const current = await ports.store.reads.certificates.recorded(record.authority, certificate.serial)
  // Identity is issuer and serial; the octets have to be those that were issued under it.
  if (current?.state !== 'issued' || !equalInConstantTime(current.der, der))
    throw refusal('it was not issued so')
  const status = certificateStatus(current, now)
  if (status !== 'valid') throw refusal(`it is ${status}`)
  const roles = mappings
    .filter((mapping) => mapping.account === record.account && matchesMapping(mapping, certificate.names))
    .map(({ role }) => role)
  const chosen = chosenRole(roles, record.account, wanted)
  if ('problem' in chosen) throw refusal(`it ${chosen.problem}`)
  refuseRegion(ports, call.region)
  return rolePrincipal(ports, chosen.role, certificate.serial, call, {
    facts: factsOf(certificate),
    credential: `certificate/${id}`,
  })
}

const known = (ports: Used, der: Uint8Array): Promise<Known | false> =>
  cached(ports, `client-certificate/${sha256Hex(der)}`, () => load(ports, der))

async function load(ports: Used, der: Uint8Array): Promise<Known | false> {
  const certificate = clientCertificateFrom(der)
  if (certificate === undefined) return false
  const records = await ports.store.reads.certificates.withSerial(certificate.serial)
  const record = records.find((each) => each.state === 'issued' && equalInConstantTime(each.der, der))
  // What the installation made for itself is no client of it.
  if (record === undefined || record.account === SYSTEM_ACCOUNT) return false
  const mappings = await ports.store.reads.certificateMappings.of(record.authority)
  if (mappings.length === 0) return false
  return { certificate, record, mappings, distrust: await distrustOf(ports, certificate, record) }
}

/** The authority stands, nothing above it is revoked, and its key has signed the certificate. */
async function distrustOf(
  ports: Used,
  { algorithm, tbs, signature }: ClientCertificate,
  { authority: id }: Known['record'],
): Promise<string | undefined> {
  const authority = await ports.store.reads.authorities.public(id)
  if (authority?.certificate === undefined) return 'its authority is not there'
  const status = authorityStatus(authority, ports.clock.now())
  if (status !== 'ACTIVE' && status !== 'DISABLED') return `its authority is ${status}`
  try {
    await refuseRevoked(ports, authority)
  } catch (error) {
    if (error instanceof ChanceryError && error.code === 'state_conflict') return error.message
    throw error
  }
  const { spki } = parseCertificate(authority.certificate.der).publicKey
  const key = ports.verifier.load(spki, 'certificate')
  const genuine = await ports.verifier.verify(key, algorithm, tbs, signature)
  return genuine ? undefined : 'its signature is not its authority’s'
}

/** What conditions may ask about the certificate. */
function factsOf({ subject, names }: ClientCertificate): Facts {
  const spiffe = names.alternative.find(({ type, value }) => type === 'uri' && value.startsWith('spiffe://'))
  return {
    'chancery:credentialtype': 'mtls',
    'chancery:certificatesubject': subject,
    ...(spiffe === undefined ? {} : { 'chancery:spiffeid': spiffe.value }),
  }
}

function refused(
  { logger }: Pick<Ports, 'logger'>,
  { requestId, sourceAddress }: Call,
  reason: string,
  certificate?: string,
): ChanceryError {
  logger.info({ requestId, sourceAddress, reason, certificate }, 'a client certificate was refused')
  return new ChanceryError(
    'unauthenticated',
    'The client certificate is not accepted; the server’s log says why, under the id of this request',
  )
}
