import { ChanceryApiError, type Client } from '../../../contract/index.ts'
import { persistently } from '../commands/persistently.ts'
import type { Context } from '../context.ts'
import { visible } from '../visible.ts'
import type { World } from '../world.ts'
import type { StackPlace } from './names.ts'

/** What carries a plan out: the server, and whoever is told of it. */
export type Session = {
  readonly client: Client
  readonly world: Pick<World, 'pause' | 'now'>
  readonly place: StackPlace
  /** Tells people how it goes. */
  readonly note: (text: string) => void
  /** Until when it is waited for what others must do, milliseconds since the epoch. */
  readonly waitUntil: number
}

/** A call that may be repeated, repeated while its failure may pass. */
export const persistent = <T>({ world }: Pick<Session, 'world'>, call: () => Promise<T>): Promise<T> =>
  persistently(world, call)

/** What a call gives; undefined where there is no such thing. */
export async function unlessMissing<T>(session: Session, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await persistent(session, call)
  } catch (error) {
    if (error instanceof ChanceryApiError && error.code === 'not_found') return undefined
    throw error
  }
}

/** A session for a stack of the caller's account, in the region that the caller acts in. */
export async function sessionFor(context: Context, name: string, wait: number): Promise<Session> {
  const { client } = await context.server()
  const { world } = context
  const { account, region } = await persistently(world, () => client.describeInstallation())
  return {
    client,
    world,
    place: { name, account, region },
    note: (text) => context.note(visible(text)),
    waitUntil: world.now() + wait,
  }
}
