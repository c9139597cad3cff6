import type { Principal } from '../../domain/access.ts'
import { refuse } from '../../domain/errors.ts'
import { serialOf, type KeyId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import {
  DEFAULT_MANAGED_DAYS,
  domainNameOf,
  renewalBegins,
  renewalObstacle,
  type ManagedCertificate,
  type ManagedVersion,
} from '../../domain/managed-certificates.ts'
import { SUBJECT_UPPER_BOUNDS, type GeneralName } from '../../domain/names.ts'
import type { Millis } from '../../domain/time.ts'
import { validityFrom, type Validity } from '../../domain/validity.ts'
import type { StoredEvidence } from '../../ports/managed-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { signingAuthority, type SigningAuthority } from '../authorities/signing-authority.ts'
import { authorizeLent, reachSigner } from '../sharing/reach-authority.ts'
import { requireManagedUse } from '../sharing/managed-use.ts'
import { policyViolations } from '../certificates/issuance-request.ts'
import { leafPlan } from '../certificates/leaf-details.ts'
import { signRecorded } from '../certificates/sign-recorded.ts'
import { spkiHashOf } from '../keys/refuse-compromised.ts'
import { newSerial, newUuid } from '../new-ids.ts'
import { usableProfile } from '../profiles/usable-profile.ts'
import { caaOfNames, caaWarnings } from '../validation/authority-caa.ts'
import { caaEvidence } from './check-names.ts'
import { happened } from './happened.ts'
import { versionFacts } from './version-facts.ts'
import { validatedAuthority, VALIDATED_PLACE } from './validated-authority.ts'

export type VersionOrder = {
  /** As it stands; a change to it meanwhile makes this issuance fail. */
  readonly managed: ManagedCertificate
  readonly now: Millis
  /** What belongs into the transaction that publishes. */
  readonly alsoPublish: (writes: Writes, after: ManagedCertificate) => readonly Write[]
}

/**
 * Issues the next version of a managed certificate and lets it stand, in one transaction.
 * @returns the managed certificate as it is then
 * @throws as issueCertificate; StoreConflict when the managed certificate was changed meanwhile: nothing was issued then
 */
export async function issueVersion(
  ports: Ports,
  principal: Principal,
  { managed, now, alsoPublish }: VersionOrder,
): Promise<ManagedCertificate> {
  const issuer = await managedIssuer(ports, principal, managed, now)
  const { plan, validity } = await planned(ports, principal, managed, issuer, now)
  authorizeLent(principal, 'acm-pca:IssueCertificate', issuer, plan.templates)
  const asksCaa = managed.kind === 'private' && issuer.authority.caa !== 'OFF'
  const caa = asksCaa ? await obeyed(ports, managed, issuer, plan.names, now) : undefined
  const kept = await keptKey(ports, managed)
  const key = kept ?? (await newKey(ports, managed, now))
  const serial = newSerial(ports.random)
  const { extensions, warnings } = plan.extensions(key, issuer)
  const version: ManagedVersion = {
    managed: managed.id,
    number: (managed.current?.number ?? 0) + 1,
    authority: issuer.id,
    serial: serialOf(serial),
    key: key.id,
    notBefore: validity.notBefore,
    notAfter: validity.notAfter,
    createdAt: now,
    imported: undefined,
    facts: versionFacts({ subject: plan.subject, extensions }),
  }
  const after = withVersion(managed, version, now)
  const action = managed.current === undefined ? 'ISSUANCE' : 'RENEWAL'
  const told = happened(ports, after, { name: 'AVAILABLE', action }, now)
  await signRecorded(ports, principal, {
    draft: {
      serial,
      signatureAlgorithm: issuer.authority.signatureAlgorithm,
      issuer: issuer.facts.subject,
      notBefore: validity.notBefore,
      notAfter: validity.notAfter,
      subject: plan.subject,
      spki: key.spki,
      extensions,
    },
    lint: { ...plan.lint, kind: plan.kind, now, issuer: issuer.facts },
    owner: managed,
    issuerPlace: managed.kind === 'private' ? issuer.authority : managed,
    issuer,
    names: plan.names,
    profile: plan.label,
    subjectKey: key.id,
    issuedAt: now,
    warnings: [...(caa?.warnings ?? []), ...warnings],
    alsoRecord: (writes) => (kept === undefined ? [writes.keys.add(key)] : []),
    alsoPublish: (writes) => [
      // First whether it still stands as it did: that is the conflict to tell of.
      ...alsoPublish(writes, after),
      writes.managed.addVersion(version),
      told(writes),
      ...(caa?.evidence.map((each) => writes.validations.putEvidence(each)) ?? []),
    ],
  })
  return after
}

type Obeyed = { readonly warnings: readonly string[]; readonly evidence: readonly StoredEvidence[] }

/**
 * What CAA says, where the private authority looks at it. What forbade a renewal is kept, too; of a first request that is
 * refused nothing is.
 * @throws policy_refused where the authority enforces it
 */
async function obeyed(
  ports: Pick<Ports, 'store' | 'perspectives' | 'settings'>,
  managed: ManagedCertificate,
  { authority }: SigningAuthority,
  names: readonly GeneralName[],
  now: Millis,
): Promise<Obeyed> {
  const found = await caaOfNames(ports, managed.account, names, now)
  const evidence = found.map((finding) => caaEvidence(managed, finding, now))
  try {
    return { warnings: caaWarnings(authority, found, fieldOfName(managed)), evidence }
  } catch (error) {
    if (managed.current !== undefined)
      await ports.store.transact((writes) => evidence.map((each) => writes.validations.putEvidence(each)))
    throw error
  }
}

/** Where in the request for a managed certificate a name stands. */
const fieldOfName =
  ({ names }: ManagedCertificate) =>
  (domain: string): string =>
    domain === names[0] ? 'domainName' : 'names'

/**
 * Who issues it now: the authority that was named, or the one that took its place; or the installation's own.
 * @throws not_found for an authority that isn't there or not shared any more; policy_refused without its leave
 */
export async function managedIssuer(
  ports: Ports,
  principal: Principal,
  managed: Pick<ManagedCertificate, 'kind' | 'account' | 'region' | 'authority'>,
  now: Millis,
): Promise<SigningAuthority> {
  if (managed.kind === 'private') {
    const issuer = await reachSigner(ports, principal, managed.authority, now)
    requireManagedUse(issuer)
    return issuer
  }
  const { id } = await validatedAuthority(ports)
  return signingAuthority(ports, VALIDATED_PLACE, id, now)
}

/** @throws request_invalid, policy_refused, not_found (profile) */
export async function planned(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  managed: ManagedCertificate,
  issuer: SigningAuthority,
  now: Millis,
): Promise<{ readonly plan: ReturnType<typeof leafPlan>; readonly validity: Validity }> {
  const domainName = domainNameOf(managed)
  const request = {
    names: { dns: managed.names },
    // A name that doesn't fit stands in the alternative names alone, where clients look (RFC 9525 §2).
    subject: domainName.length <= SUBJECT_UPPER_BOUNDS.commonName ? { commonName: domainName } : {},
    key: { algorithm: managed.keyAlgorithm },
    profile: managed.profile,
  }
  const plan = leafPlan(request, undefined, await usableProfile(ports, principal, managed.profile))
  const wanted = managed.days === undefined ? undefined : { days: managed.days }
  const usual = DEFAULT_MANAGED_DAYS[managed.kind === 'validated' ? 'validated' : 'private']
  const validity = validityFrom(wanted, usual, now, issuer.validity, 'days')
  refuse('policy_refused', policyViolations(request, plan, issuer, validity.notAfter - now))
  return { plan, validity }
}

/** The key that stands, where it is to be kept and may be: one that is known to others must not be certified again. */
async function keptKey(
  ports: Pick<Ports, 'store'>,
  managed: ManagedCertificate,
): Promise<StoredKey | undefined> {
  if (managed.renewalKey !== 'keep' || managed.current === undefined) return undefined
  const key = await ports.store.reads.keys.get(managed.current.key)
  if (key === undefined) return undefined
  const refused = await ports.store.reads.compromisedKeys.refuses(managed.account, spkiHashOf(key.spki))
  return refused ? undefined : key
}

const newKey = (
  ports: Pick<Ports, 'vault' | 'random'>,
  { account, region, keyAlgorithm }: ManagedCertificate,
  now: Millis,
): Promise<StoredKey> =>
  ports.vault.generate(keyAlgorithm, {
    account,
    region,
    id: newUuid(ports.random, now) as KeyId,
    purpose: 'certificate',
  })

/** With a version that stands from now on: what was pending is over, and its own renewal is due when it is due. */
export function withVersion(
  managed: ManagedCertificate,
  version: ManagedVersion,
  now: Millis,
): ManagedCertificate {
  const renewed = managed.current !== undefined && version.imported === undefined
  return scheduled(
    {
      ...managed,
      status: 'ISSUED',
      failure: undefined,
      failureDetail: undefined,
      validateUntil: undefined,
      attempts: 0,
      current: version,
      revocation: undefined,
      renewal: renewed ? { status: 'SUCCESS', reason: undefined, updatedAt: now } : managed.renewal,
    },
    now,
  )
}

/** With the time at which it is to be renewed; none while it isn't renewed by itself, or while it is being validated. */
export function scheduled(managed: ManagedCertificate, now: Millis): ManagedCertificate {
  const { current, kind } = managed
  if (current === undefined || managed.validateUntil !== undefined) return managed
  const eligible = renewalObstacle(managed, now) === undefined
  return { ...managed, dueAt: eligible ? renewalBegins(kind, current, spreadOf(current)) : undefined }
}

/** The same for one version on every server, and spread evenly over all: its serial is random. */
export const spreadOf = ({ serial }: Pick<ManagedVersion, 'serial'>): number =>
  Number.parseInt(serial.slice(-8), 16) / 0xffff_ffff
