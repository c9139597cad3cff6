import { completeScope } from '../../domain/crl-scopes.ts'
import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import {
  authorityProfile,
  certifierOf,
  type Authority,
  type AuthorityKind,
} from '../../domain/authorities.ts'
import { refuse, StoreConflict } from '../../domain/errors.ts'
import { keyAlgorithmInfo } from '../../domain/key-algorithms.ts'
import type { KmsName } from '../../domain/kms.ts'
import type { RevocationWishes } from '../../domain/revocation-configuration.ts'
import type { Millis } from '../../domain/time.ts'
import type { ImportedKey } from '../../ports/key-vault.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Certification } from '../../ports/authority-writes.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { sha256 } from '../../x509/digest.ts'
import { nameText } from '../../x509/distinguished-names.ts'
import { namesItself } from '../../x509/outside/chain-order.ts'
import { outsideViolations } from '../../x509/outside/outside-violations.ts'
import type { OutsideCertificate } from '../../x509/outside/read-outside.ts'
import { privateKeyDer } from '../../x509/private-key-file.ts'
import { claimBucket, CRL_BUCKET, refuseForeignBucket, refuseLostBucket } from '../buckets/claim-bucket.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { refuseCompromisedChain } from '../keys/refuse-compromised.ts'
import { newUuid } from '../new-ids.ts'
import { certificationFrom } from './import-certificate.ts'
import { importChain } from './import-chain.ts'
import { importViolations, refuseKnownKey } from './import-violations.ts'
import { nameTaken, refuseTakenName } from './name-taken.ts'
import { keyContextOf, newAuthority } from './new-authority.ts'
import { verifyOutside } from './verify-outside.ts'

export type ImportAuthorityRequest = {
  readonly name: string
  /** PEM of a PKCS#8 key, or PKCS#8 or PKCS#12 in base64. */
  readonly key: string
  readonly passphrase?: string
  /** PEM; absent for a PKCS#12 file that has it. */
  readonly certificate?: string
  /** PEM, the nearest issuer first, the root last; for a subordinate. */
  readonly chain?: string
  /** Under which the key is sealed; the installation's when absent. */
  readonly kms?: KmsName
  readonly revocation?: RevocationWishes
  /** The highest CRL number that was ever published elsewhere. */
  readonly crlNumber?: bigint
  /** Whether it may have expired. */
  readonly allowExpired?: boolean
  /** Whether it issues at once; else it is DISABLED, until its certificates and revocations have come too. */
  readonly activate?: boolean
  /** Checks everything and stores nothing. */
  readonly dryRun?: boolean
}

export type ImportedAuthority = {
  /** As stored; in a dry run, as it would be. */
  readonly authority: Authority
  readonly nextCrlNumber: bigint
  readonly warnings: readonly string[]
}

/**
 * Takes in an authority with its key, from another program. Its certificate passes the checks of any that comes from
 * outside; the key is that of the certificate; and no authority of the account and region has either.
 * @throws request_invalid naming `key`, `passphrase` or `kms`; certificate_invalid; lint_failed for a key of the chain
 * that is marked compromised; already_exists with `details.authority` when it is here; kms_unavailable
 */
export async function importAuthority(
  ports: Ports,
  principal: Principal,
  request: ImportAuthorityRequest,
): Promise<ImportedAuthority> {
  authorize(principal, 'chancery:ImportAuthority', arns.authorities(principal))
  const now = ports.calendar.now()
  refuse('request_invalid', importViolations(request))
  const der = privateKeyDer(request.key)
  const { name, revocation } = request
  const blank = newAuthority(
    ports,
    principal,
    { kind: 'root', name, subject: {}, ...(revocation === undefined ? {} : { revocation }) },
    now,
  )
  const file = { der, passphrase: request.passphrase }
  const imported = await ports.vault.import(file, keyContextOf(blank), request.kms)
  der.fill(0)
  const outside = importChain(request, imported)
  checkCertificate(request, outside, imported, now)
  await verifyOutside(ports, outside)
  await refuseCompromisedChain(ports, principal.account, outside)
  await refuseKnownKey(ports, principal, outside.certificate)
  await refuseTakenName(ports, principal, request.name)
  await refuseBeyondQuota(ports, 'authorities', principal)
  await refuseForeignBucket(ports, principal.account, blank.revocation.crl.bucket, CRL_BUCKET)
  const certification = await certificationFrom(ports, principal, outside)
  const { key } = imported
  const authority: Authority = {
    ...blank,
    ...certification,
    kind: kindOf(outside),
    status: request.activate === true ? 'ACTIVE' : 'DISABLED',
    keyAlgorithm: key.algorithm,
    signatureAlgorithm: keyAlgorithmInfo(key.algorithm).defaultSignature,
    subject: nameText(outside.certificate.subject),
  }
  if (request.dryRun !== true) await store(ports, principal, { authority, certification, imported, request })
  return {
    authority,
    nextCrlNumber: crlFloor(request) + 1n,
    warnings: imported.outsideDevice ? [outsideDevice(key.provider)] : [],
  }
}

const outsideDevice = (provider: string): string =>
  `key_outside_device: KMS ${provider} makes keys in its device and can’t take one in; this key is sealed under it, and ` +
  'signs in the server’s memory'

const kindOf = ({ certificate }: OutsideCertificate): AuthorityKind =>
  namesItself(certificate) ? 'root' : 'subordinate'

/**
 * The highest CRL number that counts as published. At least 1: an authority of this installation has claimed none
 * before its first CRL, and one from elsewhere must not get its first before its revocations are here.
 */
const crlFloor = ({ crlNumber = 0n }: Pick<ImportAuthorityRequest, 'crlNumber'>): bigint =>
  crlNumber > 1n ? crlNumber : 1n

/** @throws certificate_invalid, or request_invalid naming `key` */
function checkCertificate(
  { allowExpired }: ImportAuthorityRequest,
  outside: OutsideCertificate,
  { key }: ImportedKey,
  now: Millis,
): void {
  const { subject, publicKey } = outside.certificate
  if (!Buffer.from(publicKey.spki).equals(key.spki))
    refuse('request_invalid', [
      { code: 'key_mismatch', field: 'key', message: 'is not the key of the certificate' },
    ])
  const found = outsideViolations(outside, { kind: kindOf(outside), subject, spki: key.spki }, now)
  refuse(
    'certificate_invalid',
    found.filter(({ code }) => allowExpired !== true || code !== 'certificate_expired'),
  )
}

type Storing = {
  readonly authority: Authority
  readonly certification: Certification
  readonly imported: ImportedKey
  readonly request: ImportAuthorityRequest
}

async function store(ports: Ports, principal: Principal, storing: Storing): Promise<void> {
  const { authority, certification, imported, request } = storing
  const { id, status } = authority
  try {
    await ports.store.transact((writes) => [
      writes.keys.add(imported.key),
      ...claimBucket(ports, writes, authority.account, authority.revocation.crl.bucket),
      writes.authorities.add(authority),
      writes.authorities.certify(id, status, status, certification),
      writes.crls.claimNumber(completeScope(id), crlFloor(request)),
      ...ownCertificate(writes, authority),
      writes.audit.append(importEvent(ports, principal, storing)),
    ])
  } catch (error) {
    refuseLostBucket(error, CRL_BUCKET)
    if (error instanceof StoreConflict && error.subject === 'authorities.add')
      throw nameTaken(request.name, error)
    throw error
  }
}

/** Its certificate among those of the authority here that signed it: so it can be revoked, and no serial comes twice. */
function ownCertificate(writes: Writes, authority: Authority): readonly Write[] {
  const { certificate, account, region, kind, createdAt } = authority
  const certifier = certifierOf(authority)
  if (certificate === undefined || certifier === undefined) return []
  return [
    writes.certificates.import({
      authority: certifier,
      account,
      region,
      ...certificate,
      importedAt: createdAt,
      profile: authorityProfile(kind),
      names: [],
    }),
  ]
}

function importEvent(
  ports: Ports,
  principal: Principal,
  { authority, imported, request }: Storing,
): AuditEvent {
  const time = ports.clock.now()
  const { id, name, kind, subject, keyAlgorithm, certificate } = authority
  return auditEvent('ImportAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, id)],
    request: {
      name,
      kind,
      subject,
      keyAlgorithm,
      kms: imported.key.provider,
      revocation: request.revocation,
      serial: certificate?.serial,
      sha256: Buffer.from(sha256(certificate?.der ?? new Uint8Array())).toString('hex'),
      ...(request.crlNumber === undefined ? {} : { crlNumber: String(request.crlNumber) }),
    },
  })
}
