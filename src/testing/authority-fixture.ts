import type { SettableCalendar } from '../adapters/system/clock.ts'
import { ChanceryError } from '../core/domain/errors.ts'
import type { Principal } from '../core/domain/access.ts'
import type { AuthorityId } from '../core/domain/ids.ts'
import { issueCertificate } from '../core/operations/certificates/issue-certificate.ts'
import { revokeCertificate } from '../core/operations/certificates/revoke-certificate.ts'
import { signingAuthority } from '../core/operations/authorities/signing-authority.ts'
import { systemPrincipal } from '../core/operations/installation/initialize.ts'
import { publishDueCrls } from '../core/operations/revocation/publish-due-crls.ts'
import { readCrl } from '../core/operations/revocation/public-repository.ts'
import type { Ports } from '../core/ports/ports.ts'
import { pemEncode } from '../core/x509/pem.ts'
import type { Composition } from '../main/compose.ts'
import { createBroken } from './broken.ts'
import type { Chancery, CrlFile } from './chancery.ts'
import { fixtureClock } from './fixture-clock.ts'
import { certificatePem, issuedFrom, signedFrom } from './pem-forms.ts'
import { checkReason, issueRequestFrom, signRequestFrom } from './wishes.ts'

/** The operations of the core, as a test suite calls them. */
export async function authorityFixture(
  { ports, installation }: Composition,
  calendar: SettableCalendar,
  close: () => Promise<void>,
): Promise<Chancery> {
  const principal: Principal = { ...systemPrincipal(ports, installation.account), id: 'system/fixture' }
  const issuing = await signingAuthority(ports, principal, undefined, calendar.now())
  const rootId = issuing.authority.parent as AuthorityId
  const [intermediate, root] = issuing.chain.map(certificatePem) as [string, string]

  const issue: Chancery['issue'] = async (options) =>
    issuedFrom(await issueCertificate(ports, principal, issueRequestFrom(options)))
  const revoke: Chancery['revoke'] = async (certificate, reason = 'unspecified') => {
    checkReason(reason)
    await revokeCertificate(ports, principal, { id: idOf(certificate), reason })
  }
  const crls = async (): Promise<string[]> =>
    (await Promise.all([issuing.id, rootId].map((id) => currentCrl(ports, id)))).map(({ pem }) => pem)
  return {
    clock: fixtureClock(calendar),
    root,
    intermediate,
    issue,
    signCsr: async (csr, options) =>
      signedFrom(await issueCertificate(ports, principal, signRequestFrom(csr, options))),
    revoke,
    crl: () => currentCrl(ports, issuing.id),
    crls,
    broken: createBroken(() => calendar.now(), { issue, revoke, crls }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function idOf(certificate: Parameters<Chancery['revoke']>[0]): string {
  const id: unknown = typeof certificate === 'string' ? certificate : certificate?.id
  if (typeof id === 'string') return id
  throw new ChanceryError('request_invalid', 'certificate: one that was issued here, or its id, is expected')
}

/** No job runs in a fixture: a CRL that is due by the clock is made when somebody asks. */
async function currentCrl(ports: Ports, authority: AuthorityId): Promise<CrlFile> {
  await publishDueCrls(ports)
  const crl = await readCrl(ports, authority)
  if (crl === undefined) throw new ChanceryError('unavailable', 'The authority has no CRL: has it expired?')
  return { pem: pemEncode('X509 CRL', crl.der), der: Buffer.from(crl.der), number: crl.number }
}
