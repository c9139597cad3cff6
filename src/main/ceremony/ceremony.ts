import { crlDer } from '../../core/operations/revocation/read-back.ts'
import { completeScope } from '../../core/domain/crl-scopes.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../adapters/system/clock.ts'
import type { Principal } from '../../core/domain/access.ts'
import { arns } from '../../core/domain/arns.ts'
import type { Authority } from '../../core/domain/authorities.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import { DEFAULT_KEY_ALGORITHM } from '../../core/operations/authorities/authority-violations.ts'
import { createAuthority } from '../../core/operations/authorities/create-authority.ts'
import { FIRST_AUTHORITIES_SETTING } from '../../core/domain/installation.ts'
import { publishCrl } from '../../core/operations/revocation/publish-crl.ts'
import { systemPrincipal } from '../../core/operations/installation/initialize.ts'
import { certificatePem } from '../../core/operations/certificates/certificate-facts.ts'
import { isoOf } from '../../core/domain/time.ts'
import { compose, type ComposeOptions, type Composition } from '../compose.ts'
import { creationRequestOf } from '../../faces/rest/requests.ts'
import { sha256Hex } from './digests.ts'
import type { CeremonyPlan, LoadedPlan } from './plan.ts'
import type { CeremonyStep } from './transcript.ts'

/** What an installation says about a plan before anything is done. */
export type Rehearsal = {
  /** In the order of the plan; from a rehearsal with throw-away keys, so keys and serials are others than will be. */
  readonly steps: readonly CeremonyStep[]
}

/**
 * Carries a plan out in a throw-away directory with keys of its own, and looks whether the real installation could:
 * names that are free, key management services that are there and can make such keys.
 * @throws ChanceryError as the authorities' creation would
 */
export async function rehearse(
  real: Composition,
  loaded: LoadedPlan,
  options: ComposeOptions,
): Promise<Rehearsal> {
  for (const [place, wish] of loaded.plan.authorities.entries()) await checkAgainst(real, wish, place)
  const dataDir = await mkdtemp(join(tmpdir(), 'chancery-rehearsal-'))
  try {
    const stage = await compose({
      dataDir,
      mode: options.mode,
      logger: options.logger,
      publicUrl: options.publicUrl,
      globalRegion: options.globalRegion,
      throwaway: true,
    })
    try {
      const withoutKms = {
        ...loaded.plan,
        authorities: loaded.plan.authorities.map(({ kms: _, ...wish }) => wish),
      }
      return { steps: await carryOut(stage, withoutKms, () => undefined) }
    } finally {
      await stage.close()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

type Wish = CeremonyPlan['authorities'][number]

/** What only the real installation knows. */
async function checkAgainst(
  { ports, installation, providers }: Composition,
  wish: Wish,
  place: number,
): Promise<void> {
  const field = `authorities[${place}]`
  const refusal = (member: string, code: string, message: string) =>
    new ChanceryError('request_invalid', `${field}.${member}: ${message}`, {
      violations: [{ code, field: `${field}.${member}`, message }],
    })
  const provider =
    wish.kms === undefined ? providers.preferred : providers.all.find(({ name }) => name === wish.kms)
  if (provider === undefined)
    throw refusal(
      'kms',
      'kms_unknown',
      `“${wish.kms}” is not configured; there is ${providers.all.map(({ name }) => name).join(', ')}`,
    )
  const algorithm = wish.keyAlgorithm ?? DEFAULT_KEY_ALGORITHM
  if (provider.device !== undefined && !provider.device.algorithms.includes(algorithm))
    throw refusal(
      'keyAlgorithm',
      'key_algorithm_kms',
      `KMS ${provider.name} can't make a key of ${algorithm}`,
    )
  const standing = await ports.store.reads.authorities.byName(
    systemPrincipal(ports, installation.account),
    wish.name,
  )
  if (standing !== undefined && !sameAs(standing, wish))
    throw refusal('name', 'name_taken', `there is another authority named “${wish.name}”`)
}

/** Whether a standing authority is what an interrupted run of this plan made. */
const sameAs = (standing: Authority, wish: Wish): boolean =>
  standing.kind === wish.kind &&
  standing.status === 'ACTIVE' &&
  standing.keyAlgorithm === (wish.keyAlgorithm ?? DEFAULT_KEY_ALGORITHM)

/**
 * Makes the authorities of a plan, one after the other, and publishes each one's first CRL. What an interrupted run
 * made is found and not made again. The installation makes no authorities by itself afterwards.
 * @param told is told each step when it is done
 */
export async function carryOut(
  { ports, installation, providers }: Composition,
  plan: CeremonyPlan,
  told: (step: CeremonyStep) => void,
): Promise<CeremonyStep[]> {
  const principal: Principal = { ...systemPrincipal(ports, installation.account), id: 'system/ceremony' }
  await ports.store.transact((writes) => [writes.settings.set(FIRST_AUTHORITIES_SETTING, 'ceremony')])
  const steps: CeremonyStep[] = []
  for (const wish of plan.authorities) {
    const standing = await ports.store.reads.authorities.byName(principal, wish.name)
    const authority = standing ?? (await createAuthority(ports, principal, creationRequestOf(wish)))
    const key = await ports.store.reads.keys.get(authority.key)
    const crl = await publishCrl(ports, completeScope(authority.id))
    const { certificate } = authority
    if (certificate === undefined || key === undefined)
      throw new ChanceryError('internal', `“${wish.name}” has no certificate`)
    const provider = providers.all.find(({ name }) => name === key.provider)
    const step: CeremonyStep = {
      made: standing === undefined ? 'now' : 'before',
      at: isoOf(systemClock.now()),
      name: authority.name,
      kind: authority.kind,
      arn: arns.authority(authority, authority.id),
      subject: authority.subject,
      keyAlgorithm: authority.keyAlgorithm,
      signatureAlgorithm: authority.signatureAlgorithm,
      kms: key.provider,
      keyInDevice: provider?.device !== undefined,
      publicKeySha256: sha256Hex(key.spki),
      serial: certificate.serial,
      notBefore: isoOf(certificate.notBefore),
      notAfter: isoOf(certificate.notAfter),
      certificateSha256: sha256Hex(certificate.der),
      certificate: certificatePem(certificate.der),
      crlNumber: crl.number.toString(),
      crlSha256: sha256Hex(await crlDer(ports, crl)),
    }
    steps.push(step)
    told(step)
  }
  return steps
}
