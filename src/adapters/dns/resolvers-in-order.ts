import type { Resolver } from '../../core/ports/resolver.ts'

/**
 * Several resolvers as one: the next is asked where one can't be reached. An error is an answer: a second resolver that
 * doesn't validate DNSSEC must not gloss over what the first one found.
 * @param resolvers at least one
 */
export const resolversInOrder = ([first, ...others]: readonly [Resolver, ...Resolver[]]): Resolver => ({
  resolve: async (question) => {
    let answer = await first.resolve(question)
    for (const other of others) {
      if (answer.outcome === 'answered' || !['timeout', 'unreachable'].includes(answer.reason)) break
      const next = await other.resolve(question)
      answer = { ...next, milliseconds: answer.milliseconds + next.milliseconds }
    }
    return answer
  },
})
