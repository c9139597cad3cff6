import type { DnsAnswer, DnsQuestion, Resolver } from '../../core/ports/resolver.ts'
import { askOverTcp } from './over-tcp.ts'
import { askOverUdp, type Asked } from './over-udp.ts'
import { endpointText } from './endpoints.ts'

export type RecursiveOptions = {
  /** An IP address. */
  readonly address: string
  /** 53 when absent. */
  readonly port?: number
  /** For each attempt over UDP, and for TCP; 3,000 when absent. */
  readonly timeoutMs?: number
  /** How often a question is asked that isn't answered; 2 when absent. */
  readonly attempts?: number
  /** Most questions under way; others wait. 100 when absent: each holds a socket, and a resolver’s queue is finite. */
  readonly concurrency?: number
}

/**
 * Asks a real recursive resolver over UDP with EDNS, and over TCP what UDP had no room for. It has no cache: what was
 * published a moment ago counts.
 */
export function createRecursiveResolver(options: RecursiveOptions): Resolver {
  const { address, port = 53, timeoutMs = 3000, attempts = 2, concurrency = 100 } = options
  const endpoint = { address, port }
  const turn = takingTurns(concurrency)
  const ask = async (question: DnsQuestion): Promise<Asked> => {
    let asked: Asked = { kind: 'failed', reason: 'timeout' }
    for (let attempt = 0; attempt < attempts; attempt++) {
      asked = await askOverUdp(endpoint, question, timeoutMs)
      // Only silence is worth another try: an error is an answer, too.
      if (asked.kind !== 'failed' || asked.reason !== 'timeout') break
    }
    return asked.kind === 'truncated' ? askOverTcp(endpoint, question, timeoutMs) : asked
  }
  return {
    resolve: async (question) => {
      const began = performance.now()
      // What the system throws (no socket left, no such network) is no answer either.
      const asked = await turn(() => ask(question)).catch(() => UNREACHABLE)
      return answerFrom(asked, endpointText(endpoint), Math.round(performance.now() - began))
    },
  }
}

const UNREACHABLE: Asked = { kind: 'failed', reason: 'unreachable' }

function answerFrom(asked: Asked, resolver: string, milliseconds: number): DnsAnswer {
  if (asked.kind === 'answered')
    return { outcome: 'answered', exists: asked.exists, records: asked.records, resolver, milliseconds }
  const reason = asked.kind === 'truncated' ? 'truncated' : asked.reason
  return { outcome: 'failed', reason, resolver, milliseconds }
}

/** Lets at most so many work at a time; others wait in the order they came. */
function takingTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let working = 0
  return async (work) => {
    if (working >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else working++
    try {
      return await work()
    } finally {
      // Its place goes to the next one, or is free.
      const next = waiting.shift()
      if (next === undefined) working--
      else next()
    }
  }
}
