import { isIP } from 'node:net'

/** Names as the API takes them, by type (RFC 5280 §4.2.1.6). */
export type NamesGiven = { dns?: string[]; ip?: string[]; email?: string[]; uri?: string[] }
type NameType = keyof NamesGiven

const MARKED = /^(dns|ip|email|uri):(?!\/\/)(.+)$/s
const SCHEME = /^[a-z][a-z0-9+.-]*:/i

/** What a name is by its looks. A prefix `dns:`, `ip:`, `email:` or `uri:` says it outright. */
export function typedName(text: string): { readonly type: NameType; readonly value: string } {
  const [, marked, rest] = MARKED.exec(text) ?? []
  if (marked !== undefined && rest !== undefined) return { type: marked as NameType, value: rest }
  if (isIP(text) !== 0) return { type: 'ip', value: text }
  // `[::1]` is how an IPv6 address stands in a URL; people paste it.
  if (text.startsWith('[') && text.endsWith(']') && isIP(text.slice(1, -1)) === 6)
    return { type: 'ip', value: text.slice(1, -1) }
  if (SCHEME.test(text) && (text.includes('://') || text.toLowerCase().startsWith('urn:')))
    return { type: 'uri', value: text }
  return { type: text.includes('@') ? 'email' : 'dns', value: text }
}

/** Names as typed, sorted by type, in the order they were given. Whether they may stand is the server's to decide. */
export function namesGiven(texts: readonly string[]): NamesGiven {
  const names: NamesGiven = {}
  for (const text of texts) {
    const { type, value } = typedName(text)
    ;(names[type] ??= []).push(value)
  }
  return names
}
