import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { Kek } from '../../domain/keys.ts'
import type { Ports } from '../../ports/ports.ts'
import { dueOf, keysUnder, lastRotation, type Rotation } from './rotations.ts'

/** A key management service as its operator sees it. */
export type KmsView = {
  readonly name: string
  /** Whether new keys are kept by it, where nobody chose another one. */
  readonly preferred: boolean
  /** `unconfigured`: it wraps keys, but this server can't reach it. */
  readonly status: 'up' | 'down' | 'unconfigured'
  /** Whether new versions of its key are made through this API. */
  readonly rotates: boolean
  /** What wraps now; undefined while it doesn't answer. */
  readonly current: Omit<Kek, 'provider'> | undefined
  /** What wraps keys at present, and how many. */
  readonly versions: readonly (Omit<Kek, 'provider'> & { readonly keys: number })[]
  readonly rotation: Rotation | undefined
  /** How many keys are still to be wrapped anew; undefined while nobody can know. */
  readonly remaining: number | undefined
}

/** Every KMS that is configured or wraps a key. */
export async function describeKms(
  ports: Pick<Ports, 'store' | 'kms'>,
  principal: Principal,
): Promise<readonly KmsView[]> {
  authorize(principal, 'chancery:DescribeKms', arns.installation())
  const wrapping = (await ports.store.reads.keys.keks()).map(({ provider }) => provider)
  const views: KmsView[] = []
  for (const name of new Set([...ports.kms.names, ...wrapping])) views.push(await describeOne(ports, name))
  return views
}

/** One of them. */
export async function describeOne(ports: Pick<Ports, 'store' | 'kms'>, name: string): Promise<KmsView> {
  const { kms, store } = ports
  const versions: KmsView['versions'][number][] = []
  for (const kek of await store.reads.keys.keks())
    if (kek.provider === name) {
      const { kekId, kekVersion } = kek
      versions.push({ kekId, kekVersion, keys: await store.reads.keys.count(kek) })
    }
  const rotation = await lastRotation(ports, name)
  if (!kms.names.includes(name))
    return {
      name,
      preferred: false,
      status: 'unconfigured',
      rotates: false,
      current: undefined,
      versions,
      rotation,
      remaining: undefined,
    }
  const answered = await answerOf(ports, name)
  return {
    name,
    preferred: name === kms.names[0],
    status: answered !== undefined && kms.up(name) ? 'up' : 'down',
    rotates: kms.rotates(name),
    current: answered?.current,
    versions,
    rotation,
    remaining: answered?.remaining,
  }
}

/** What only the KMS knows; that it doesn't answer is a finding here, and no failure. */
async function answerOf(ports: Pick<Ports, 'store' | 'kms'>, name: string) {
  try {
    const { kekId, kekVersion } = await ports.kms.describe(name)
    const { keks } = await dueOf(ports, name)
    return { current: { kekId, kekVersion }, remaining: await keysUnder(ports, keks) }
  } catch {
    return undefined
  }
}
