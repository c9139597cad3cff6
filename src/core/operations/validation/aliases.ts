import type { DnsRecord } from '../../ports/resolver.ts'

/** Lower case and without the root, as questions name it. */
export const questionName = (name: string): string => name.toLowerCase().replace(/\.$/, '')

/**
 * Where the CNAME at `name` leads, among the records of one answer; undefined when there is none, `several` when there
 * are different ones, which no name may have (RFC 2181 §10.1).
 */
export function aliasOf(
  records: readonly DnsRecord[],
  name: string,
): { readonly target: string } | 'several' | undefined {
  const targets = new Set(
    records.flatMap((record) =>
      record.type === 'CNAME' && questionName(record.name) === name ? [questionName(record.data)] : [],
    ),
  )
  const [target] = targets
  if (target === undefined) return undefined
  return targets.size === 1 ? { target } : 'several'
}
