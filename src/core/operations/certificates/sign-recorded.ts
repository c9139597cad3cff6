import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { AuditEvent } from '../../domain/audit.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { serialOf, SYSTEM_ACCOUNT, type AccountId, type AuthorityId, type KeyId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { GeneralName } from '../../domain/names.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import { searchKeyOf } from '../../domain/search-keys.ts'
import { assembleCertificate } from '../../x509/certificate.ts'
import { sha256 } from '../../x509/digest.ts'
import type { LintContext } from '../../x509/lint.ts'
import { confirm, prepare, type Prepared } from '../../x509/prepare.ts'
import { secondOpinion } from '../../x509/second-opinion.ts'
import type { CertificateDraft } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import type { VerificationKey } from '../../ports/signature-verifier.ts'
import type { Place, Write, Writes } from '../../ports/store.ts'
import { toldOfAuthority } from '../events/told-of-authority.ts'
import { eventsFor } from '../events-for.ts'
import { keyCompromised } from '../keys/refuse-compromised.ts'
import { refuseBeyondCertificates } from '../quotas.ts'
import type { CurrentShard } from '../revocation/current-shard.ts'
import { abandonSoon } from './abandon-intent.ts'
import { verifiedSignature } from './verified-signature.ts'

export type SigningOrder = {
  readonly draft: CertificateDraft
  readonly lint: LintContext
  /** Whose certificate it will be. */
  readonly owner: Place
  /** Where the issuer is, which hears of it too; the owner's place when absent. */
  readonly issuerPlace?: Place
  readonly issuer: {
    readonly id: AuthorityId
    readonly key: StoredKey
    readonly verificationKey: VerificationKey
    /** Undefined for a root that signs itself. */
    readonly certificateDer: Uint8Array | undefined
    readonly shard?: CurrentShard | undefined
  }
  /** Names to find it by. */
  readonly names: readonly GeneralName[]
  readonly profile: string
  /** Set when the service holds the private key. */
  readonly subjectKey: KeyId | undefined
  readonly issuedAt: Millis
  /** Besides the lint's: e.g. that the validity was shortened. */
  readonly warnings?: readonly string[]
  /** What belongs into the transaction before the signature, and into the one that publishes. */
  readonly alsoRecord?: (writes: Writes) => readonly Write[]
  readonly alsoPublish?: (writes: Writes, certificateDer: Uint8Array) => readonly Write[]
}

type SigningPorts = Pick<
  Ports,
  'settings' | 'store' | 'vault' | 'verifier' | 'random' | 'calendar' | 'clock' | 'logger'
>

/**
 * Lint → record → sign once → verify → publish, with the audit event. What is signed was recorded first; what is
 * answered is durable; a signature that can't be published is never handed out.
 * @throws lint_failed naming every finding; limit_exceeded; kms_unavailable; unavailable; StoreConflict of what `alsoRecord` and
 * `alsoPublish` add
 */
export async function signRecorded(
  ports: SigningPorts,
  principal: Principal,
  order: SigningOrder,
): Promise<Certificate> {
  const { draft, owner, issuer } = order
  if (order.lint.kind === 'leaf') await refuseBeyondCertificates(ports, issuer.id)
  const { prepared, tbs, warnings: findings } = prepare(draft, order.lint)
  const serial = serialOf(draft.serial)
  const warnings = [...(order.warnings ?? []), ...findings.map(({ rule, message }) => `${rule}: ${message}`)]
  const intent = {
    authority: issuer.id,
    serial,
    account: owner.account,
    region: owner.region,
    tbs,
    notBefore: draft.notBefore,
    notAfter: draft.notAfter,
    issuedAt: order.issuedAt,
    key: order.subjectKey,
    profile: order.profile,
    warnings,
    spkiSha256: sha256(draft.spki),
    shard: issuer.shard?.take(),
    lender: lenderOf(order),
  }
  const issuerPlace = order.issuerPlace ?? owner
  const left = { authority: issuer.id, serial, issuerPlace, principal }
  try {
    await ports.store.transact((writes) => [
      ...(order.alsoRecord?.(writes) ?? []),
      writes.certificates.reserve(intent),
    ])
  } catch (error) {
    if (error instanceof StoreConflict && error.reason === 'refused')
      throw keyCompromised('subjectPublicKeyInfo')
    // A failed commit may have reached the disk all the same; a conflict says that nothing did.
    if (!(error instanceof StoreConflict)) await abandonSoon(ports, left)
    throw error
  }

  try {
    const der = await signedCertificate(ports, principal, order, prepared, tbs)
    if (order.lint.kind !== 'leaf' && ports.settings.secondOpinion)
      await secondOpinion(der, order.issuer.certificateDer ?? der)
    const events = issuedEvents(ports, principal, order)
    const told = await toldOfAuthority(
      ports,
      { ...issuerPlace, id: issuer.id },
      { name: 'CERTIFICATE_ISSUANCE', result: 'success', serial },
      order.issuedAt,
    )
    await ports.store.transact((writes) => [
      writes.certificates.publish(issuer.id, serial, der, order.names.map(searchKeyOf)),
      ...(order.alsoPublish?.(writes, der) ?? []),
      ...told(writes),
      ...events.map((event) => writes.audit.append(event)),
    ])
    const { spkiSha256: _found, ...certificate } = intent
    return { ...certificate, state: 'issued', der, revocation: undefined }
  } catch (error) {
    await abandonSoon(ports, left)
    throw error instanceof StoreConflict && error.subject === 'certificates.publish' ? lost(error) : error
  }
}

async function signedCertificate(
  ports: Pick<Ports, 'vault' | 'verifier'>,
  principal: Principal,
  { draft, issuer }: SigningOrder,
  prepared: Prepared,
  tbs: Uint8Array,
): Promise<Uint8Array> {
  const signature = await verifiedSignature(ports, {
    key: issuer.key,
    verificationKey: issuer.verificationKey,
    algorithm: draft.signatureAlgorithm,
    prepared,
    tbs,
    use: {
      caller: principal.id,
      service: 'acm-pca.amazonaws.com',
      ...(principal.requestId === undefined ? {} : { requestId: principal.requestId }),
    },
  })
  const der = assembleCertificate(tbs, draft.signatureAlgorithm, signature)
  confirm(tbs, der)
  return der
}

/** Somebody took this server for dead and abandoned what it was signing: the signature is discarded. */
const lost = (cause: StoreConflict): ChanceryError =>
  new ChanceryError(
    'unavailable',
    'The server lost its lease while it signed; nothing was issued. Try again.',
    {
      cause,
      retryAfterSeconds: 1,
    },
  )

/** The account of the issuer, where that lends it to the owner: the installation needs no leave for an OCSP responder. */
function lenderOf({ issuerPlace, owner }: SigningOrder): AccountId | undefined {
  const lender = issuerPlace?.account
  return lender === owner.account || owner.account === SYSTEM_ACCOUNT ? undefined : lender
}

function issuedEvents(ports: SigningPorts, principal: Principal, order: SigningOrder): readonly AuditEvent[] {
  const { owner } = order
  const place = order.issuerPlace ?? owner
  const arn = arns.certificate(place, order.issuer.id, serialOf(order.draft.serial))
  const lender = lenderOf(order)
  // A lender issues anew what is somebody else's when it rotates its authority.
  const other = lender === principal.account ? owner.account : lender
  return eventsFor(ports, 'IssueCertificate', principal, other, {
    resources: [arns.authority(place, order.issuer.id), arn],
    request: {
      profile: order.profile,
      names: order.names.map((name) => `${name.type}:${name.value}`),
      notAfter: isoOf(order.draft.notAfter),
    },
    response: { certificateArn: arn },
  })
}
