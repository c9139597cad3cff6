import { timingSafeEqual } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import { IN_DEVICE } from '../../core/domain/keys.ts'
import { SECOND } from '../../core/domain/time.ts'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { Kms } from '../../core/ports/kms.ts'
import type { KmsProvider } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { rewrapEnvelope, subjectOf } from './envelope.ts'
import { asked, doesNotOpen, kmsUnavailable } from './failures.ts'
import { guarded, type Deadlines } from './guarded.ts'
import type { KmsProviders } from './key-vault.ts'

export type KmsPorts = {
  readonly random: Random
  readonly clock: SystemClock
  /** Told what each check found; `error` is why it is down. */
  readonly onCheck?: (name: string, up: boolean, error: unknown) => void
  /** Tests wait less. */
  readonly deadlines?: Deadlines
}

const PROBE = Buffer.from('chancery/probe/1')
/** After a failure a KMS is checked at once, but not for each of a thousand requests that fail together. */
const BETWEEN_CHECKS = SECOND

/**
 * The providers of an installation as one port, and as the vault uses them: each call has a deadline, and one that
 * fails has the provider checked.
 */
export function createKms(
  providers: KmsProviders,
  { random, clock, onCheck = () => undefined, deadlines }: KmsPorts,
): { readonly kms: Kms; readonly providers: KmsProviders } {
  const states = new Map<string, { up: boolean; checkedAt: number }>()
  const checks = new Map<string, Promise<void>>()

  const check = async (name: string): Promise<void> => {
    const record = (up: boolean, error?: unknown): void => {
      states.set(name, { up, checkedAt: clock.now() })
      onCheck(name, up, error)
    }
    try {
      await probe(guarded(named(providers.all, name), undefined, deadlines), random)
      record(true)
    } catch (error) {
      record(false, error)
      throw error
    }
  }
  const sharedCheck = (name: string): Promise<void> => {
    const running = checks.get(name)
    if (running !== undefined) return running
    const started = check(name).finally(() => checks.delete(name))
    checks.set(name, started)
    return started
  }
  const suspect = (name: string): void => {
    const age = clock.now() - (states.get(name)?.checkedAt ?? -Infinity)
    if (age < 0 || age >= BETWEEN_CHECKS) sharedCheck(name).catch(() => undefined)
  }

  const watched = providers.all.map((each) => guarded(each, () => suspect(each.name), deadlines))
  const of = (name: string): KmsProvider => named(watched, name)
  const preferred = of(providers.preferred.name)
  return {
    providers: { preferred, all: watched },
    kms: {
      names: [preferred, ...watched.filter((each) => each !== preferred)].map(({ name }) => name),
      describe: (name) => asked(`KMS ${name}`, () => of(name).describe()),
      rotates: (name) => of(name).rotate !== undefined,
      rotate: async (name) => {
        const { rotate } = of(name)
        if (rotate === undefined)
          throw kmsUnavailable(`new versions of KMS ${name}'s key are made there, not here`, false)
        return asked(`KMS ${name}`, rotate)
      },
      rewrap: async (key, to) => {
        if (key.kekVersion === IN_DEVICE)
          throw new ChanceryError('internal', `${subjectOf(key)} is in its device and wrapped by nothing`)
        const route = { from: of(key.provider), to: of(to) }
        const { account, region, id, purpose } = key
        const { before, kekId, kekVersion, sealed } = await rewrapEnvelope(
          route,
          { account, region, id, purpose },
          key.sealed,
        )
        if (before.kekId !== key.kekId || before.kekVersion !== key.kekVersion)
          throw doesNotOpen(subjectOf(key), new Error("kekId or kekVersion isn't the envelope's"))
        return { ...key, provider: to, kekId, kekVersion, sealed }
      },
      check: sharedCheck,
      up: (name) => states.get(name)?.up ?? true,
    },
  }
}

/** @throws kms_unavailable when this server hasn't got it */
function named(all: readonly KmsProvider[], name: string): KmsProvider {
  const provider = all.find((each) => each.name === name)
  if (provider !== undefined) return provider
  const known = all.map((each) => each.name).join(', ')
  throw kmsUnavailable(`KMS ${name} is not configured on this server; there is ${known}`, false)
}

/** One data key there and back. */
async function probe(provider: KmsProvider, random: Random): Promise<void> {
  const subject = `KMS ${provider.name}`
  const dataKey = random.bytes(32)
  const wrapped = await asked(subject, () => provider.wrap(dataKey, PROBE))
  const back = await asked(subject, () => provider.unwrap(wrapped, PROBE))
  if (back.length !== dataKey.length || !timingSafeEqual(back, dataKey)) {
    throw kmsUnavailable(`${subject} gave back another data key than it was given`, false)
  }
}
