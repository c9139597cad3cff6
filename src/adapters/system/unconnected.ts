import type { HttpProbe } from '../../core/ports/http-probe.ts'
import type { Perspectives } from '../../core/ports/perspectives.ts'
import type { Resolver } from '../../core/ports/resolver.ts'

const resolver: Resolver = {
  resolve: async () => ({ outcome: 'failed', reason: 'unreachable', resolver: 'none', milliseconds: 0 }),
}
const probe: HttpProbe = {
  get: async (url) => ({
    outcome: 'failed',
    reason: 'unreachable',
    detail: 'there is no network here',
    visited: [url],
    milliseconds: 0,
  }),
}

/** A view of the network that sees nothing, so that nothing is ever validated through it. */
export const UNCONNECTED: Perspectives = {
  primary: { name: 'none', resolver, probe },
  remote: [],
  quorum: 0,
}
