import type { z } from 'zod'
import type { ProbeFailure } from '../../core/ports/http-probe.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { Perspective } from '../../core/ports/perspectives.ts'
import type { DnsAnswer, ResolutionFailure } from '../../core/ports/resolver.ts'
import { createJsonPost } from './json-post.ts'
import { publicPlace, type Places } from './places.ts'
import { MOST_ANSWER_OCTETS, PATHS, probeAnswer, resolveAnswer } from './wire.ts'

export type RemoteOptions = {
  /** The region it stands for. */
  readonly name: string
  /** An origin. */
  readonly url: URL
  readonly token: () => string
  /** PEM, trusted instead of the runtime's own list. */
  readonly ca?: readonly string[] | undefined
  /** Shared by all perspectives of a server. */
  readonly places: Places
  readonly logger: Pick<Logger, 'warn' | 'info'>
  /** Milliseconds; above what an agent itself gives its resolver (9,000) and its probe (15,000). */
  readonly timeouts?: { readonly resolve: number; readonly probe: number }
}

/** What an answer said, or why it says nothing. */
type Asked<T> =
  | { readonly answer: T }
  | { readonly failed: 'timeout' | 'unreachable' | 'malformed'; readonly detail: string }

/**
 * A perspective that an agent has elsewhere (`chancery perspective`). An agent that can't be reached, refuses the token,
 * answers in a way that isn't the protocol's or already stands for another perspective sees nothing, so it agrees with
 * nobody; the log says once what the trouble is.
 */
export function createRemotePerspective(options: RemoteOptions): Perspective & { close(): void } {
  const { name, url, token, places, logger, timeouts = { resolve: 12_000, probe: 20_000 } } = options
  const wire = createJsonPost(url, options.ca, MOST_ANSWER_OCTETS)
  let agent: string | undefined
  let trouble: string | undefined
  const said = (now: string | undefined): void => {
    if (now === trouble) return
    trouble = now
    if (now === undefined) logger.info({ perspective: name }, 'the perspective is there again')
    else logger.warn({ perspective: name, agent: url.origin, trouble: now }, 'a perspective sees nothing')
  }

  async function ask<T>(
    path: string,
    question: object,
    schema: z.ZodType<{ agent: string; answer: T }>,
    timeoutMs: number,
  ): Promise<Asked<T>> {
    const posted = await wire.post(path, question, token(), timeoutMs)
    if (posted.outcome !== 'answered') return { failed: posted.outcome, detail: posted.detail }
    if (posted.status !== 200)
      return {
        failed: 'unreachable',
        detail: `the agent answers ${posted.status}${MEANING[posted.status] ?? ''}`,
      }
    const parsed = schema.safeParse(posted.json)
    if (!parsed.success) return { failed: 'malformed', detail: 'what answers is no agent of this version' }
    const other = places.take(name, `agent ${parsed.data.agent}`, agent)
    if (other !== undefined) return { failed: 'unreachable', detail: `the agent stands for ${other} already` }
    agent = `agent ${parsed.data.agent}`
    return { answer: parsed.data.answer }
  }

  /** An agent with a resolver that another perspective has sees what that one sees. */
  const asResolver = async (asking: Promise<Asked<DnsAnswer>>): Promise<Asked<DnsAnswer>> => {
    const asked = await asking
    const place = 'failed' in asked ? undefined : publicPlace(asked.answer.resolver)
    const other = place === undefined ? undefined : places.take(name, place)
    if (other === undefined) return asked
    return { failed: 'unreachable', detail: `its resolver ${place} is that of ${other} already` }
  }

  const timed = async <T>(asking: Promise<Asked<T>>): Promise<Asked<T> & { milliseconds: number }> => {
    const began = performance.now()
    const asked = await asking
    said('failed' in asked ? asked.detail : undefined)
    return { ...asked, milliseconds: Math.round(performance.now() - began) }
  }

  return {
    name,
    resolver: {
      async resolve(question) {
        const asked = await timed(asResolver(ask(PATHS.resolve, question, resolveAnswer, timeouts.resolve)))
        const { milliseconds } = asked
        if (!('failed' in asked)) return asked.answer
        const reason: ResolutionFailure = asked.failed
        return { outcome: 'failed', reason, resolver: `${url.origin} (${asked.detail})`, milliseconds }
      },
    },
    probe: {
      async get(target) {
        const asked = await timed(ask(PATHS.probe, { url: target }, probeAnswer, timeouts.probe))
        const { milliseconds } = asked
        if (!('failed' in asked)) return asked.answer
        // What the agent said wrongly is no word of the web server's.
        const reason: ProbeFailure = asked.failed === 'timeout' ? 'timeout' : 'unreachable'
        const detail = `${url.origin}: ${asked.detail}`
        return { outcome: 'failed', reason, detail, visited: [target], milliseconds }
      },
    },
    close: () => wire.close(),
  }
}

const MEANING: Readonly<Record<number, string>> = { 401: ': it wants another token' }
