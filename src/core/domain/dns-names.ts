/** Whether `name` is `apex` or lies below it; everything lies below the root, which is the empty string. */
export const isWithin = (name: string, apex: string): boolean =>
  name === apex || apex === '' || name.endsWith(`.${apex}`)

/** A label with the dot behind it; a dot within a label has a backslash before it (RFC 1035 §5.1). */
const FIRST_LABEL = /^(?:\\.|[^.\\])*(?:\.|$)/

/** The name one label up; the root is its own. */
export const parentOf = (name: string): string => name.replace(FIRST_LABEL, '')

/** A name, and every one above it, the root excepted; the longest first. */
export function ancestry(name: string): string[] {
  const names: string[] = []
  for (let each = name; each !== ''; each = parentOf(each)) names.push(each)
  return names
}

/** How a name is stored: its labels reversed (`www.example.com` as `com.example.www`), and back. */
export const reversedName = (name: string): string => name.split('.').reverse().join('.')

const MAX_NAME = 253
/** RFC 1035 §2.3.1, and underscores, which names of records have that are no hosts (RFC 8552). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Lower case without the final dot, or why it is no name that a record here may have. A `*` may stand for the first
 * label (RFC 4592 §2.1.1).
 */
export function recordNameFrom(text: string): { readonly name: string } | { readonly problem: string } {
  const name = text.toLowerCase().replace(/\.$/, '')
  if (name === '') return { problem: 'is empty' }
  if (name.length > MAX_NAME) return { problem: `is longer than ${MAX_NAME} octets (RFC 1035 §2.3.4)` }
  if (/[^\u0000-\u007f]/.test(name))
    return { problem: 'has characters that aren’t ASCII; write such a label as its A-label, xn--…' }
  for (const [index, label] of name.split('.').entries()) {
    if (label === '') return { problem: 'has an empty label' }
    if (label.length > 63) return { problem: 'has a label longer than 63 octets (RFC 1035 §2.3.4)' }
    if (label === '*' && index === 0) continue
    if (label.includes('*'))
      return { problem: 'may have a * only as its whole first label (RFC 4592 §2.1.1)' }
    if (!LABEL.test(label))
      return {
        problem: `has a label that isn’t letters, digits, hyphens and underscores: ${JSON.stringify(label)}`,
      }
  }
  return { name }
}
