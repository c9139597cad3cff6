import type { DnsAnswer, Resolver } from '../../core/ports/resolver.ts'

/**
 * The addresses of a host as one resolver sees them: an IPv4 one first, since a host without a way to IPv6 would spend
 * all its time on the first, then an IPv6 one, and so on in turn.
 * @throws Error when there are none and DNS failed, so that nobody knows whether there are
 */
export async function addressesOf(resolver: Resolver, host: string): Promise<readonly string[]> {
  const name = host.toLowerCase().replace(/\.$/, '')
  const answers = await Promise.all([
    resolver.resolve({ name, type: 'A' }),
    resolver.resolve({ name, type: 'AAAA' }),
  ])
  const [four = [], six = []] = answers.map((answer) => addressesIn(answer, name))
  const failed = answers.find((answer) => answer.outcome === 'failed')
  if (four.length + six.length === 0 && failed !== undefined) throw new Error(`DNS failed: ${failed.reason}`)
  return Array.from({ length: Math.max(four.length, six.length) }, (_, at) => [four[at], six[at]])
    .flat()
    .filter((address) => address !== undefined)
}

/** What stands at the name, or at the end of its aliases; of other names in the answer, nothing. */
function addressesIn(answer: DnsAnswer, name: string): readonly string[] {
  if (answer.outcome === 'failed') return []
  const owners = new Set([name])
  // A set grows while it is walked: each alias's target is looked at in its turn, and once.
  for (const owner of owners)
    for (const record of answer.records)
      if (record.type === 'CNAME' && record.name === owner) owners.add(record.data.toLowerCase())
  return answer.records.flatMap((record) =>
    (record.type === 'A' || record.type === 'AAAA') && owners.has(record.name) ? [record.data] : [],
  )
}
