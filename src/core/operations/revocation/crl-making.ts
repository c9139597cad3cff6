import { type Principal, systemActor } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent, type AuditEventName } from '../../domain/audit.ts'
import type { CrlScope, CrlShard } from '../../domain/crl-scopes.ts'
import type { PublishedCrl } from '../../domain/published-crls.ts'
import { wholeSecond, type Millis } from '../../domain/time.ts'
import { issuingDistributionPoint } from '../../x509/crl-extensions.ts'
import type { CertListDraft, CrlFrame } from '../../x509/crl.ts'
import { prepareCrl, type KeptEntries } from '../../x509/prepare.ts'
import { signedFrame } from '../../x509/crl.ts'
import type { Extension } from '../../x509/types.ts'
import type { ScopeState } from '../../ports/crl-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { RunningVerification } from '../../ports/signature-verifier.ts'
import type { SigningAuthority } from '../authorities/signing-authority.ts'
import { signed, wrongSignature } from '../certificates/verified-signature.ts'
import { newUuid } from '../new-ids.ts'

export type CrlPorts = Pick<
  Ports,
  'store' | 'vault' | 'verifier' | 'random' | 'calendar' | 'clock' | 'settings' | 'logger'
>

/** One CRL on its way, or a complete one with its delta. */
export type CrlMaking = {
  readonly issuer: SigningAuthority
  readonly scope: CrlScope
  /** Undefined for the complete scope. */
  readonly shard: CrlShard | undefined
  /** What stood when this began; what is made holds everything up to its `through`. */
  readonly state: ScopeState
  readonly now: Millis
  /** When it ends, where that isn't by configuration. */
  readonly ends: Millis | undefined
  /** Whether nothing of the CRL before is used. */
  readonly anew: boolean
}

/** Times and extensions that complete CRLs and deltas of a scope have in common. */
export function draftOf(
  { issuer, shard, now, ends }: CrlMaking,
  life: Millis,
  extensions: readonly Extension[],
): CertListDraft {
  const thisUpdate = wholeSecond(now)
  // RFC 5280 §5.2.4: complete CRLs and deltas have the same scope only if this extension is the same in both.
  const limits = shard === undefined ? [] : [issuingDistributionPoint({ urls: [shard.url] })]
  return {
    signatureAlgorithm: issuer.authority.signatureAlgorithm,
    issuer: issuer.facts.subject,
    thisUpdate,
    nextUpdate: ends ?? thisUpdate + life,
    extensions: [issuer.keyIdentifier, ...extensions, ...limits],
  }
}

/**
 * Signs a CRL, and verifies the signature before anybody sees it: in one pass over its entries, which are read when they
 * are needed and never held together.
 * @throws lint_failed, kms_unavailable; internal where entries are damaged
 */
export async function signedCrl(
  ports: CrlPorts,
  issuer: SigningAuthority,
  draft: CertListDraft,
  entries: KeptEntries,
): Promise<CrlFrame> {
  const { signatureAlgorithm } = draft
  const verification = ports.verifier.begin(issuer.verificationKey, signatureAlgorithm)
  const { prepared, frame } = prepareCrl(draft, seenBy(verification, entries))
  verification.add(frame.head)
  const use = { caller: publisherOf(issuer).id, service: 'acm-pca.amazonaws.com' } as const
  const signature = await signed(ports, issuer.key, prepared, use)
  verification.add(frame.tail)
  if (!(signature instanceof Uint8Array && (await verification.verify(signature)))) throw wrongSignature()
  return signedFrame(frame, entries.length, signatureAlgorithm, signature)
}

const seenBy = (verification: RunningVerification, entries: KeptEntries): KeptEntries => ({
  length: entries.length,
  count: entries.count,
  async *[Symbol.asyncIterator]() {
    for await (const piece of entries) {
      verification.add(piece)
      yield piece
    }
  },
})

const publisherOf = ({ authority }: Pick<SigningAuthority, 'authority'>): Principal =>
  systemActor('crl-publisher', authority)

/** That a CRL was published, or withdrawn. */
export function crlEvent(
  ports: Pick<Ports, 'random' | 'clock'>,
  name: Extract<AuditEventName, `${string}CertificateRevocationList`>,
  { issuer, shard }: Pick<CrlMaking, 'issuer' | 'shard'>,
  { number, kind, base, entries }: PublishedCrl,
): AuditEvent {
  const time = ports.clock.now()
  const principal = publisherOf(issuer)
  return auditEvent(name, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, issuer.id)],
    response: {
      number: String(number),
      kind,
      ...(base === undefined ? {} : { base: String(base) }),
      ...(shard === undefined ? {} : { shard: shard.name }),
      entries,
    },
  })
}
