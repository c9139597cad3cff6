import type { Perspective, Perspectives } from '../../ports/perspectives.ts'
import type { DnsAnswer, DnsQuestion, Resolver } from '../../ports/resolver.ts'

/** A resolver that is down for a moment must not hold up a certificate of many names for a quarter of an hour. */
const TRIES = 3
/** Questions under way to one resolver. */
const MOST_AT_ONCE = 8

/**
 * The same perspectives, for the checks of one request: each question is put to each resolver until it is answered, once
 * however many names share a parent domain, and few at a time. To be thrown away with the request; nothing in it grows old.
 */
export function askedOnce({ primary, remote, quorum }: Perspectives): Perspectives {
  return { primary: once(primary), remote: remote.map(once), quorum }
}

const once = (perspective: Perspective): Perspective => ({
  ...perspective,
  resolver: askingOnce(perspective.resolver),
})

function askingOnce(resolver: Resolver): Resolver {
  const answers = new Map<string, Promise<DnsAnswer>>()
  const waiting: (() => void)[] = []
  let free = MOST_AT_ONCE
  const ask = async (question: DnsQuestion): Promise<DnsAnswer> => {
    if (free > 0) free--
    else await new Promise<void>((go) => waiting.push(go))
    try {
      return await persistently(resolver, question)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
  return {
    resolve: (question) => {
      const key = `${question.type} ${question.name}`
      const answer = answers.get(key) ?? ask(question)
      answers.set(key, answer)
      return answer
    },
  }
}

async function persistently(resolver: Resolver, question: DnsQuestion): Promise<DnsAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await resolver.resolve(question)
    if (answer.outcome === 'answered' || tries === TRIES) return answer
  }
}
