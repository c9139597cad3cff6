import type { HttpProbe } from '../../core/ports/http-probe.ts'

/** A probe that reaches nothing, so that nothing is ever validated through it. */
export const UNCONNECTED_PROBE: HttpProbe = {
  get: async (url) => ({
    outcome: 'failed',
    reason: 'unreachable',
    detail: 'there is no network here',
    visited: [url],
    milliseconds: 0,
  }),
}
