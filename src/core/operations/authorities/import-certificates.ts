import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError, refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import { serialOf } from '../../domain/ids.ts'
import { IMPORTED_PROFILE } from '../../domain/profiles.ts'
import { searchKeyOf } from '../../domain/search-keys.ts'
import {
  fitsKey,
  refusedSignature,
  sameOctets,
  signatureAlgorithmOf,
} from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { pemDecode } from '../../x509/pem.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import type { ForeignCertificate } from '../../ports/foreign-records.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { certificateFacts } from '../certificates/certificate-facts.ts'
import { newUuid } from '../new-ids.ts'
import { findAuthority } from './signing-authority.ts'

/** Certificates in one call; they are stored together. */
export const MAX_IMPORTED = 200
const MAX_SERIAL_OCTETS = 20

export type ImportedPage = { readonly imported: number; readonly known: number }

/**
 * Puts certificates on record that an authority signed elsewhere, or after a backup: their serials are never issued
 * again and can be revoked. All of a call or none; the same ones again change nothing. Each must verify under the
 * authority's key: a copy of somebody else's certificate is refused, and what is imported here can be revoked here only.
 * @throws not_found, state_conflict, request_invalid naming every `certificates[i]` that can't be taken
 */
export async function importCertificates(
  ports: Pick<Ports, 'store' | 'verifier' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  request: { readonly authority: string; readonly certificates: readonly string[] },
): Promise<ImportedPage> {
  await authorizeOnAuthority(ports, principal, 'chancery:ImportCertificates', request.authority)
  const authority = await findAuthority(ports, principal, request.authority)
  const issuer = issuerOf(authority)
  refuseCount(request.certificates.length)
  const looked = await Promise.all(
    request.certificates.map((pem, place) => look(ports, authority, issuer, pem, `certificates[${place}]`)),
  )
  refuse(
    'request_invalid',
    looked.flatMap(({ violations }) => violations),
  )
  const fresh = looked.flatMap(({ certificate, known }) =>
    certificate === undefined || known ? [] : [certificate],
  )
  if (fresh.length > 0) await store(ports, principal, authority, fresh)
  return { imported: fresh.length, known: looked.length - fresh.length }
}

/** The authority's certificate, parsed. @throws state_conflict */
export function issuerOf({ name, status, certificate }: Authority): ParsedCertificate {
  if (certificate !== undefined && status !== 'DELETED') return parseCertificate(certificate.der, 'authority')
  throw new ChanceryError(
    'state_conflict',
    `authority: “${name}” is ${status}; nothing can be imported for it`,
    {
      details: { status },
    },
  )
}

function refuseCount(count: number): void {
  if (count >= 1 && count <= MAX_IMPORTED) return
  const message = `1 to ${MAX_IMPORTED} in one call`
  refuse('request_invalid', [{ code: 'count', field: 'certificates', message }])
}

type Looked = {
  readonly violations: readonly Violation[]
  readonly certificate?: ForeignCertificate
  readonly known: boolean
}

async function look(
  ports: Pick<Ports, 'store' | 'verifier' | 'calendar'>,
  authority: Authority,
  issuer: ParsedCertificate,
  pem: string,
  field: string,
): Promise<Looked> {
  const refused = (code: string, message: string): Looked => ({
    violations: [{ code, field, message }],
    known: false,
  })
  try {
    const [block, another] = pemDecode(pem, ['CERTIFICATE'], field)
    if (block === undefined || another !== undefined)
      return refused('count', 'holds more than one certificate')
    const parsed = parseCertificate(block.der, field)
    const problem = serialProblem(parsed) ?? (await signatureProblem(ports, parsed, issuer))
    if (problem !== undefined) return refused(...problem)
    const certificate = foreign(authority, parsed, ports.calendar.now())
    const there = await ports.store.reads.certificates.recorded(authority.id, certificate.serial)
    if (there?.state === 'archived')
      return refused('archived', `serial ${certificate.serial} is that of an archived certificate`)
    const bare = there === undefined || (there.state === 'abandoned' && there.der.length === 0)
    if (!bare && !sameOctets(there.der, certificate.der))
      return refused('serial_taken', `serial ${certificate.serial} is that of another certificate here`)
    return { violations: [], certificate, known: !bare }
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    const violations = error.violations.map((each) => ({ ...each, field }))
    return { violations, known: false }
  }
}

type Problem = readonly [code: string, message: string]

/** RFC 5280 §4.1.2.2; one that is zero or negative can't stand in a CRL. */
function serialProblem({ serialOctets }: ParsedCertificate): Problem | undefined {
  const magnitude = withoutSign(serialOctets)
  if ((serialOctets[0] as number) >= 0x80) return ['serial', 'its serial number is negative']
  if (magnitude.every((octet) => octet === 0)) return ['serial', 'its serial number is zero']
  if (magnitude.length > MAX_SERIAL_OCTETS)
    return ['serial', `its serial number has more than ${MAX_SERIAL_OCTETS} octets`]
  return undefined
}

const withoutSign = (octets: Uint8Array): Uint8Array =>
  octets.length > 1 && octets[0] === 0 ? octets.subarray(1) : octets

async function signatureProblem(
  { verifier }: Pick<Ports, 'verifier'>,
  certificate: ParsedCertificate,
  { subject, publicKey }: ParsedCertificate,
): Promise<Problem | undefined> {
  if (!sameOctets(certificate.issuer, subject)) return ['issuer', 'was issued by another authority']
  const algorithm = signatureAlgorithmOf(certificate.outerAlgorithm)
  if (algorithm === undefined) {
    const { code, message } = refusedSignature(certificate.outerAlgorithm)
    return [code, `${message}. Its revocation can be imported by its serial`]
  }
  const { outerAlgorithm, signatureAlgorithm, tbs, signature } = certificate
  const verified =
    sameOctets(outerAlgorithm.der, signatureAlgorithm.der) &&
    fitsKey(algorithm, publicKey) &&
    (await verifier.verify(verifier.load(publicKey.spki, 'authority'), algorithm, tbs, signature))
  return verified ? undefined : ['signature_wrong', 'its signature doesn’t verify under the authority’s key']
}

function foreign(
  { id, account, region }: Authority,
  { der, serialOctets, notBefore, notAfter }: ParsedCertificate,
  now: number,
): ForeignCertificate {
  return {
    authority: id,
    account,
    region,
    serial: serialOf(withoutSign(serialOctets)),
    der,
    notBefore: notBefore.time,
    notAfter: notAfter.time,
    importedAt: now,
    profile: IMPORTED_PROFILE,
    names: certificateFacts(der).names.map(searchKeyOf),
  }
}

async function store(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  { id }: Authority,
  certificates: readonly ForeignCertificate[],
): Promise<void> {
  const time = ports.clock.now()
  const event = auditEvent('ImportCertificates', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, id)],
    request: { serials: certificates.map(({ serial }) => serial) },
  })
  try {
    await ports.store.transact((writes) => [
      ...certificates.map((each) => writes.certificates.import(each)),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError('state_conflict', 'One of these serials was taken just now; try again', {
        cause: error,
      })
    throw error
  }
}
