import type { GeneralName } from './names.ts'

/**
 * How a name stands in the index of names: DNS names with their labels reversed (`www.example.com` as
 * `com.example.www`), so that all names of a domain lie together; everything else as it is.
 */
export const searchKeyOf = (name: GeneralName): string =>
  name.type === 'dns' ? reversed(name.value) : name.value

/**
 * The key for what a caller searches: a whole name, or with a leading dot (`.example.com`) all names below a domain.
 * Case doesn't matter for DNS names and mail domains.
 */
export function searchKeyFor(text: string): string {
  const name = text.trim()
  if (name.startsWith('.')) return `${reversed(name.slice(1).toLowerCase())}.`
  const at = name.lastIndexOf('@')
  if (at > 0 && !name.includes('/')) return name.slice(0, at) + name.slice(at).toLowerCase()
  if (name.includes(':') || /^[0-9.]+$/.test(name)) return name
  return reversed(name.toLowerCase())
}

const reversed = (dnsName: string): string => dnsName.split('.').reverse().join('.')
