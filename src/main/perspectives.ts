import type { Endpoint } from '../adapters/dns/endpoints.ts'
import { resolversInOrder } from '../adapters/dns/resolvers-in-order.ts'
import { createSimulatedResolver } from '../adapters/dns/simulated-resolver.ts'
import { createPlaces, type Places } from '../adapters/perspective/places.ts'
import type { createRemotePerspective } from '../adapters/perspective/remote-perspective.ts'
import { createHttpProbe } from '../adapters/probe/http-probe.ts'
import type { Region } from '../core/domain/ids.ts'
import type { Mode } from '../core/domain/installation.ts'
import { answerQuestion } from '../core/operations/zones/answer-question.ts'
import type { Logger } from '../core/ports/logger.ts'
import type { Perspective, Perspectives } from '../core/ports/perspectives.ts'
import type { Resolver } from '../core/ports/resolver.ts'
import type { Store } from '../core/ports/store.ts'
import type { OutboundOptions } from './outbound-settings.ts'
import type { PerspectiveOptions, RemotePerspective } from './perspective-settings.ts'

export type PerspectivesOptions = {
  readonly mode: Mode
  /** The primary perspective's name. */
  readonly globalRegion: Region
  readonly logger: Logger
  /** What this host asks; nothing when absent, so that nothing reaches the network. */
  readonly resolvers?: readonly Endpoint[] | undefined
  /** This host looks alone when absent, and connects to ports 80 and 443. */
  readonly perspectives?: PerspectiveOptions | undefined
  /** Public addresses alone are reached when absent. */
  readonly outbound?: Pick<OutboundOptions, 'privateAddresses'> | undefined
}

const ALONE: PerspectiveOptions = { remote: [], quorum: 0, ports: { http: 80, https: 443 } }

/**
 * Where validation looks from: with real resolvers, or in simulation with the simulated zones before them; from other
 * hosts through their agents. Packages for real ones are loaded only where there are any.
 */
export async function openPerspectives(
  options: PerspectivesOptions,
  store: Store,
): Promise<Perspectives & { close(): void }> {
  const { mode, globalRegion, resolvers = [], perspectives = ALONE } = options
  const { remote, quorum, ports } = perspectives
  const privateAddresses = options.outbound?.privateAddresses ?? false
  const seen = (name: string, beyond: Resolver | undefined): Resolver =>
    mode === 'simulation' ? simulated(store, name, beyond) : (beyond ?? NO_RESOLVER)
  const here = async (name: string, endpoints: readonly Endpoint[]): Promise<Perspective> => {
    const resolver = seen(name, await realResolver(endpoints))
    return { name, resolver, probe: createHttpProbe({ resolver, ports, privateAddresses }) }
  }
  const agents: ReturnType<typeof createRemotePerspective>[] = []
  const places = placesOf(globalRegion, resolvers, remote)
  const elsewhere = async (place: RemotePerspective): Promise<Perspective> => {
    if (place.by !== 'agent') return here(place.name, place.by === 'resolver' ? [place] : [])
    const agent = await agentOf(place, places, options.logger)
    agents.push(agent)
    return { ...agent, resolver: seen(place.name, agent.resolver) }
  }
  return {
    primary: await here(globalRegion, resolvers),
    remote: await Promise.all(remote.map(elsewhere)),
    quorum,
    close: () => agents.forEach((agent) => agent.close()),
  }
}

/** The resolvers that are known from the start: no agent may have one of them. */
const placesOf = (
  primary: string,
  resolvers: readonly Endpoint[],
  remote: readonly RemotePerspective[],
): Places =>
  createPlaces([
    ...resolvers.map(({ address }) => [address, primary] as const),
    ...remote.flatMap((place) => (place.by === 'resolver' ? [[place.address, place.name] as const] : [])),
  ])

async function agentOf(
  { by: _, ...agent }: Extract<RemotePerspective, { by: 'agent' }>,
  places: Places,
  logger: Logger,
): Promise<ReturnType<typeof createRemotePerspective>> {
  const { createRemotePerspective } = await import('../adapters/perspective/remote-perspective.ts')
  return createRemotePerspective({ ...agent, places, logger })
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
