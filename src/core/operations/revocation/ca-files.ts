import { authorityStatus } from '../../domain/authorities.ts'
import { SYSTEM_ACCOUNT, type AuthorityId, type Serial } from '../../domain/ids.ts'
import type { CaFile, CaFileForm } from '../../domain/repository-paths.ts'
import { sameOctets } from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { pemEncode } from '../../x509/pem.ts'
import { certsOnly } from '../../x509/pkcs7.ts'
import type { Ports } from '../../ports/ports.ts'
import { crossCertificate, validCrossCertificates } from '../authorities/cross-sign-authority.ts'
import { chainOf } from '../authorities/signing-authority.ts'
import { cached } from '../generation-cache.ts'

type ReadingPorts = Pick<Ports, 'store' | 'calendar'>

/**
 * The octets of a file of CA certificates, for anybody; undefined where there is none. What authorities had is served
 * whatever became of them: disabled, deleted, expired.
 */
export async function readCaFile(ports: ReadingPorts, file: CaFile): Promise<Uint8Array | undefined> {
  const certificates = await certificatesOf(ports, file)
  return certificates.length === 0
    ? undefined
    : written(certificates, file.kind === 'numbered' ? 'cer' : file.form)
}

async function certificatesOf(ports: ReadingPorts, file: CaFile): Promise<readonly Uint8Array[]> {
  switch (file.kind) {
    case 'certificate':
      return forKeyOf(ports, file.authority, file.form)
    case 'cross':
      return present((await crossCertificate(ports, file.authority, file.issuer))?.der)
    case 'numbered':
      return present(await withSerial(ports, file.authority, file.serial))
    case 'chain':
      return chain(ports, file.authority, file.root)
    case 'roots':
      return activeRoots(ports)
  }
}

const present = (der: Uint8Array | undefined): readonly Uint8Array[] => (der === undefined ? [] : [der])

/**
 * An authority's certificate. A message of several (RFC 5280 §4.2.2.1) has every one that its key has now, so that a
 * client which trusts another root finds its way there.
 */
async function forKeyOf(
  ports: ReadingPorts,
  id: AuthorityId,
  form: CaFileForm,
): Promise<readonly Uint8Array[]> {
  const own = (await ports.store.reads.authorities.public(id))?.certificate?.der
  if (own === undefined || form !== 'p7c') return present(own)
  return [own, ...(await validCrossCertificates(ports, id)).map(({ der }) => der)]
}

/** One that the authority has, had before it got another, or was given by an authority that isn't its parent. */
async function withSerial(
  { store: { reads } }: ReadingPorts,
  id: AuthorityId,
  serial: Serial,
): Promise<Uint8Array | undefined> {
  // Issuers outside may have given the same serial twice: the URL stays with the first.
  const before = await reads.authorities.formerCertificate(id, serial)
  if (before !== undefined) return before
  const own = (await reads.authorities.public(id))?.certificate
  if (own?.serial === serial) return own.der
  const crosses = await reads.crossCertificates.of(id)
  return crosses.find(({ certificate }) => certificate.serial === serial && certificate.state === 'issued')
    ?.certificate.der
}

async function chain(
  ports: ReadingPorts,
  id: AuthorityId,
  withRoot: boolean,
): Promise<readonly Uint8Array[]> {
  const authority = await ports.store.reads.authorities.public(id)
  if (authority === undefined) return []
  const whole = await chainOf(ports, authority)
  // A root is all there is of its own chain.
  return withRoot || whole.length < 2 || !isSelfIssued(whole.at(-1)) ? whole : whole.slice(0, -1)
}

function isSelfIssued(der: Uint8Array | undefined): boolean {
  if (der === undefined) return false
  const { subject, issuer } = parseCertificate(der, 'chain')
  return sameOctets(subject, issuer)
}

/** Every root that is active now, whosever it is, oldest first; the one behind the listener isn't anybody's to trust. */
async function activeRoots(ports: ReadingPorts): Promise<readonly Uint8Array[]> {
  const roots = await cached(ports, 'roots', async () =>
    (await ports.store.reads.authorities.all())
      .filter(({ kind, account }) => kind === 'root' && account !== SYSTEM_ACCOUNT)
      .sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)),
  )
  const now = ports.calendar.now()
  return roots.flatMap((root) =>
    authorityStatus(root, now) === 'ACTIVE' ? present(root.certificate?.der) : [],
  )
}

function written(certificates: readonly Uint8Array[], form: CaFileForm): Uint8Array {
  if (form === 'p7c') return certsOnly(certificates)
  if (form === 'pem')
    return new TextEncoder().encode(certificates.map((der) => pemEncode('CERTIFICATE', der)).join(''))
  return certificates[0] as Uint8Array
}
