import type { Principal } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import { certificateStatus, type Certificate } from '../../domain/certificates.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { serialOf } from '../../domain/ids.ts'
import type { KmsName } from '../../domain/kms.ts'
import { nextGeneration, type Rotation, type RotationStep } from '../../domain/rotations.ts'
import { DAY } from '../../domain/time.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { subjectFieldsOf } from '../../x509/distinguished-names.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { namesOf } from '../certificates/read-certificates.ts'
import { publishChangedCrls } from '../revocation/publish-due-crls.ts'
import { caaEvidence } from '../managed/check-names.ts'
import { successorOfVersion } from '../managed/successor-version.ts'
import { caaOfNames, caaWarnings } from '../validation/authority-caa.ts'
import { certifyAgain } from './certify-again.ts'
import { limitsIn } from './authority-limits.ts'
import { createAuthority } from './create-authority.ts'
import { crossCertificate, crossSignAuthority, maySignAuthorities } from './cross-sign-authority.ts'
import { renewUnder } from './renew-authority.ts'
import { issuingAuthority, signingAuthority, type SigningAuthority } from './signing-authority.ts'

export type StepContext = {
  readonly ports: Ports
  readonly principal: Principal
  readonly rotation: Rotation
}
/** What goes into the transaction that says the step is done. */
type Finish = (writes: Writes) => readonly Write[]
/** Does a step, or a part of it: undefined says that it isn't done yet. */
type Step = (context: StepContext & { readonly force: boolean }) => Promise<Finish | undefined>

/** Leaves issued anew by one call, and how many of them at a time. */
const PAGE = 100
const AT_ONCE = 10

const nothing: Finish = () => []

/** The steps of a rotation. Each finds done what an earlier, interrupted call of it did. */
export const STEPS: Readonly<Record<RotationStep, Step>> = {
  create: async (context) => {
    if ((await successorOf(context)) === undefined) await createSuccessor(context)
    return nothing
  },

  'cross-sign': async ({ ports, principal, rotation }) => {
    const { authority, successor } = rotation
    for (const [subject, issuer] of [
      [successor, authority],
      [authority, successor],
    ] as const) {
      if ((await crossCertificate(ports, subject, issuer)) !== undefined) continue
      // Authorities that issue leaves only chain to one parent both: there is nothing to bridge.
      if (!maySignAuthorities(await issuingAuthority(ports, issuer))) continue
      await crossSignAuthority(ports, principal, { subject, issuer })
    }
    return nothing
  },

  publish: async ({ ports, rotation }) => {
    // Certificates are public as soon as they are stored; a CRL must be there before the first leaf names it.
    await publishChangedCrls(ports, rotation.successor)
    return nothing
  },

  switch: async (context) => {
    const authority = await rotated(context)
    await moveChildren(context, authority)
    const { successor } = context.rotation
    return (writes) => [
      writes.authorities.setSuccessor(authority.id, undefined, successor),
      ...(authority.isDefault ? [writes.authorities.makeDefault(authority, successor)] : []),
    ]
  },

  reissue: async (context) => ((await reissueSome(context)) === 'some are left' ? undefined : nothing),

  retire: async (context) => {
    const { ports, force } = context
    const authority = await rotated(context)
    const { total } = await ports.store.reads.rotations.dependents(authority, ports.calendar.now())
    if (total > 0 && !force)
      throw new ChanceryError(
        'state_conflict',
        `rotation: ${total} valid certificates still chain to “${authority.name}”; replace them first, or retire it all the same with force`,
        { details: { dependents: total } },
      )
    ports.vault.forget()
    return (writes) => [writes.authorities.setStatus(authority.id, authority.status, 'DISABLED')]
  },
}

/** The authority that is being rotated. */
export async function rotated({
  ports,
  rotation,
}: Pick<StepContext, 'ports' | 'rotation'>): Promise<Authority> {
  const authority = await ports.store.reads.authorities.get(rotation, rotation.authority)
  if (authority === undefined)
    throw new ChanceryError('internal', 'the rotated authority is not in the database')
  return authority
}

export const successorOf = ({ ports, rotation }: Pick<StepContext, 'ports' | 'rotation'>) =>
  ports.store.reads.authorities.get(rotation, rotation.successor)

/** As the old one, but for its key, its name and its subject: one subject for two keys would mislead verifiers. */
async function createSuccessor(context: StepContext): Promise<void> {
  const { ports, principal, rotation } = context
  const { request } = rotation
  const old = await rotated(context)
  const certificate = certificateOf(old)
  const key = await ports.store.reads.keys.get(old.key)
  const subject = subjectFieldsOf(parseCertificate(certificate.der).subject)
  const days = request.days ?? Math.max(1, Math.round((certificate.notAfter - certificate.notBefore) / DAY))
  const kms = request.kms ?? (key?.provider as KmsName | undefined)
  const algorithms =
    request.keyAlgorithm === undefined || request.keyAlgorithm === old.keyAlgorithm
      ? { keyAlgorithm: old.keyAlgorithm, signatureAlgorithm: old.signatureAlgorithm }
      : { keyAlgorithm: request.keyAlgorithm }
  await createAuthority(ports, principal, {
    id: rotation.successor,
    kind: old.kind,
    name: request.name ?? nextGeneration(old.name),
    subject: request.subject ?? { ...subject, commonName: nextGeneration(subject.commonName ?? old.name) },
    ...algorithms,
    ...(old.parent === undefined ? {} : { parent: old.parent }),
    ...(kms === undefined ? {} : { kms }),
    ...(await successorValidity(context, old, days)),
    ...(old.pathLength === undefined ? {} : { pathLength: old.pathLength }),
    ...(old.nameConstraints === undefined ? {} : { nameConstraints: old.nameConstraints }),
    ...(old.kind === 'root' ? {} : limitsIn(certificate.der)),
    ...(old.keyStorageStandard === undefined ? {} : { keyStorageStandard: old.keyStorageStandard }),
    usageMode: old.usageMode,
    caa: old.caa,
    servicePermission: old.servicePermission ?? null,
    revocation: old.revocation,
    makeDefault: false,
  })
}

/** As long as the old one; what its parent doesn't allow is left to the default, which ends with the parent. */
async function successorValidity({ ports, principal, rotation }: StepContext, old: Authority, days: number) {
  const now = ports.calendar.now()
  if (old.parent === undefined || rotation.request.days !== undefined) return { validity: { days } }
  const parent = await signingAuthority(ports, principal, old.parent, now)
  return { validity: { notAfter: Math.min(now + days * DAY, parent.facts.notAfter) } }
}

function certificateOf({ name, certificate }: Authority): NonNullable<Authority['certificate']> {
  if (certificate === undefined)
    throw new ChanceryError('state_conflict', `authority: “${name}” has no certificate`)
  return certificate
}

/** The authorities below a rotated one get certificates from its successor: their keys and their leaves stay. */
async function moveChildren({ ports, principal, rotation }: StepContext, old: Authority): Promise<void> {
  const all = await ports.store.reads.authorities.all()
  for (const child of all) {
    const { certificate } = child
    if (child.parent !== old.id || child.id === rotation.successor || certificate === undefined) continue
    if (child.status !== 'ACTIVE' && child.status !== 'DISABLED') continue
    await renewUnder(
      ports,
      principal,
      { ...child, certificate },
      rotation.successor,
      undefined,
      (writes, _, serial) => [
        writes.replacements.add({
          issuer: old.id,
          serial: certificate.serial,
          newIssuer: rotation.successor,
          newSerial: serialOf(serial),
          rotation: rotation.id,
          authority: child.id,
        }),
      ],
    )
  }
}

/** Issues a page of leaves anew. What the lint or CAA refuses today stays as it is, and counts as dependent on the old key. */
async function reissueSome(context: StepContext): Promise<'some are left' | 'none is left'> {
  const { ports, rotation } = context
  const now = ports.calendar.now()
  const authority = await rotated(context)
  const page = await ports.store.reads.rotations.reissuable(authority, now, PAGE)
  const issuer = await issuingAuthority(ports, rotation.successor)
  let done = 0
  for (let at = 0; at < page.length; at += AT_ONCE) {
    const results = await Promise.all(
      page.slice(at, at + AT_ONCE).map((leaf) => reissue(context, leaf, issuer)),
    )
    done += results.filter(Boolean).length
  }
  return page.length === PAGE && done > 0 ? 'some are left' : 'none is left'
}

/** @returns false when the leaf can't be issued any more */
async function reissue(
  { ports, principal, rotation }: StepContext,
  leaf: Certificate,
  issuer: SigningAuthority,
) {
  const now = ports.calendar.now()
  if (certificateStatus(leaf, now) !== 'valid' && leaf.notBefore <= now) return false
  const managed = await ports.store.reads.managed.standing(leaf.authority, leaf.serial)
  const names = namesOf(leaf)
  const validity = {
    notBefore: Math.max(leaf.notBefore, issuer.facts.notBefore),
    notAfter: Math.min(leaf.notAfter, issuer.facts.notAfter),
  }
  try {
    const { caa } = issuer.authority
    const found = caa === 'OFF' ? [] : await caaOfNames(ports, leaf.account, names, now)
    const warnings = caaWarnings(issuer.authority, found, () => 'names')
    await certifyAgain(ports, principal, {
      certificateDer: leaf.der,
      kind: 'leaf',
      owner: leaf,
      issuer,
      validity,
      profile: leaf.profile,
      names,
      warnings,
      ...(leaf.key === undefined ? {} : { subjectKey: leaf.key }),
      alsoPublish: (writes, _, serial) => [
        writes.replacements.add({
          issuer: leaf.authority,
          serial: leaf.serial,
          newIssuer: issuer.id,
          newSerial: serialOf(serial),
          rotation: rotation.id,
          authority: undefined,
        }),
        ...(managed === undefined
          ? []
          : [
              ...found.map((each) => writes.validations.putEvidence(caaEvidence(managed, each, now))),
              ...successorOfVersion(
                ports,
                managed,
                { ...validity, authority: issuer.id, serial: serialOf(serial) },
                now,
              )(writes),
            ]),
      ],
    })
    return true
  } catch (error) {
    if (!(
      error instanceof ChanceryError &&
      (error.code === 'lint_failed' || error.code === 'policy_refused')
    ))
      throw error
    ports.logger.warn(
      { serial: leaf.serial, err: error },
      'a certificate can’t be issued anew by the successor',
    )
    return false
  }
}
