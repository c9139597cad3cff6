import { type Principal, systemActor } from '../../domain/access.ts'
import type { Kek } from '../../domain/keys.ts'
import { SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'

/** A rotation of one KMS's key-encryption key, or a move of what it wraps to another KMS; the last one of each. */
export type Rotation = {
  readonly startedAt: Millis
  /** Which KMS wraps afterwards; the same one, unless its keys are moved. */
  readonly to: string
  /** How many keys there were to wrap anew. */
  readonly total: number
  readonly finishedAt?: Millis
  /** Keys that don't open and stay as they are; the log names them. */
  readonly unopened?: number
}

/** What is left to do lies in the keys' rows; this only says since when, and whereto. */
export const rotationSetting = (name: string): string => `kms.rotation.${name}`

/** The KMS's last rotation; undefined before the first. */
export async function lastRotation(ports: Pick<Ports, 'store'>, name: string): Promise<Rotation | undefined> {
  const text = await ports.store.reads.settings.get(rotationSetting(name))
  return text === undefined ? undefined : (JSON.parse(text) as Rotation)
}

export type Due = {
  readonly rotation: Rotation | undefined
  /** Which KMS is to wrap the keys. */
  readonly to: string
  /** The key-encryption keys whose keys have to be wrapped anew. */
  readonly keks: readonly Kek[]
}

/** What is to be wrapped anew of what a KMS wraps. @throws kms_unavailable when the one that is to wrap fails */
export async function dueOf(ports: Pick<Ports, 'store' | 'kms'>, name: string): Promise<Due> {
  const rotation = await lastRotation(ports, name)
  const to = rotation?.finishedAt === undefined ? (rotation?.to ?? name) : name
  const keks = (await ports.store.reads.keys.keks()).filter((kek) => kek.provider === name)
  if (to !== name) return { rotation, to, keks }
  // Also where nobody asked for a rotation here: a cloud's keys get their versions there.
  const now = await ports.kms.describe(name)
  return {
    rotation,
    to,
    keks: keks.filter((kek) => kek.kekId !== now.kekId || kek.kekVersion !== now.kekVersion),
  }
}

/** How many keys these wrap. */
export async function keysUnder(ports: Pick<Ports, 'store'>, keks: readonly Kek[]): Promise<number> {
  let total = 0
  for (const kek of keks) total += await ports.store.reads.keys.count(kek)
  return total
}

/** The installation itself, which wraps keys of all accounts anew. */
export const rewrapper = (ports: Pick<Ports, 'settings'>): Principal =>
  systemActor('rewrapper', { account: SYSTEM_ACCOUNT, region: ports.settings.globalRegion }, true)
