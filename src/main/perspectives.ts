import type { Endpoint } from '../adapters/dns/endpoints.ts'
import { resolversInOrder } from '../adapters/dns/resolvers-in-order.ts'
import { createSimulatedResolver } from '../adapters/dns/simulated-resolver.ts'
import { UNCONNECTED_PROBE } from '../adapters/system/unconnected.ts'
import type { Region } from '../core/domain/ids.ts'
import type { Mode } from '../core/domain/installation.ts'
import { answerQuestion } from '../core/operations/zones/answer-question.ts'
import type { Perspective, Perspectives } from '../core/ports/perspectives.ts'
import type { Resolver } from '../core/ports/resolver.ts'
import type { Store } from '../core/ports/store.ts'
import type { PerspectiveOptions, RemotePerspective } from './perspective-settings.ts'

export type PerspectivesOptions = {
  readonly mode: Mode
  /** The primary perspective's name. */
  readonly globalRegion: Region
  /** What this host asks; nothing when absent, so that nothing reaches the network. */
  readonly resolvers?: readonly Endpoint[] | undefined
  /** This host looks alone when absent. */
  readonly perspectives?: Pick<PerspectiveOptions, 'remote' | 'quorum'> | undefined
}

/**
 * Where validation looks from: with real resolvers, or in simulation with the simulated zones before them. Packages for
 * real ones are loaded only where there are any.
 * @throws Error for a remote agent
 */
export async function openPerspectives(
  { mode, globalRegion, resolvers = [], perspectives = { remote: [], quorum: 0 } }: PerspectivesOptions,
  store: Store,
): Promise<Perspectives> {
  const perspective = async (name: string, endpoints: readonly Endpoint[]): Promise<Perspective> => {
    const real = await realResolver(endpoints)
    const resolver = mode === 'simulation' ? simulated(store, name, real) : (real ?? NO_RESOLVER)
    return { name, resolver, probe: UNCONNECTED_PROBE }
  }
  const { remote, quorum } = perspectives
  return {
    primary: await perspective(globalRegion, resolvers),
    remote: await Promise.all(remote.map((each) => perspective(each.name, endpointsOf(each)))),
    quorum,
  }
}

function endpointsOf(remote: RemotePerspective): readonly Endpoint[] {
  if (remote.by === 'resolver') return [remote]
  if (remote.by === 'simulation') return []
  throw new Error(`CHANCERY_PERSPECTIVES: ${remote.name} can’t be an agent here; name a resolver`)
}

/** A machine whose configuration names no resolver. */
const NO_RESOLVER: Resolver = {
  resolve: async () => ({ outcome: 'failed', reason: 'unreachable', resolver: 'none', milliseconds: 0 }),
}

const simulated = (store: Store, perspective: string, beyond: Resolver | undefined): Resolver =>
  createSimulatedResolver({
    answer: (question) => answerQuestion({ store }, question),
    perspective,
    ...(beyond === undefined ? {} : { beyond }),
  })

async function realResolver(endpoints: readonly Endpoint[]): Promise<Resolver | undefined> {
  if (endpoints.length === 0) return undefined
  const { createRecursiveResolver } = await import('../adapters/dns/recursive-resolver.ts')
  const [first, ...others] = endpoints.map((endpoint) => createRecursiveResolver(endpoint))
  return first === undefined ? undefined : resolversInOrder([first, ...others])
}
