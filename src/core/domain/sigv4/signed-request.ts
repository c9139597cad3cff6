/** A request as it came over the wire, for AWS Signature Version 4: one character an octet. */
export type WireRequest = {
  readonly method: string
  /** Path and query, as on the request line. */
  readonly target: string
  /** Name, value, name, value, … in their order, with those that are there twice. */
  readonly rawHeaders: readonly string[]
}

/** The header fields of a request by name in lower case; values in their order, without the white space around them. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>

/** RFC 9112 §3.2.2: proxies are asked for a whole URL, and servers have to take it, too; signatures cover the path alone. */
const AUTHORITY = /^https?:\/\/[^/?#]*/i

/** What stands before and after the question mark. */
export function partsOf(given: string): { readonly path: string; readonly query: string } {
  const target = given.startsWith('/') ? given : given.replace(AUTHORITY, '')
  const mark = target.indexOf('?')
  return mark === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Reads the header fields of a request. */
export function headerFields(rawHeaders: readonly string[]): HeaderFields {
  const fields = new Map<string, string[]>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase()
    const value = trimmed(rawHeaders[at + 1] as string)
    const before = fields.get(name)
    if (before === undefined) fields.set(name, [value])
    else before.push(value)
  }
  return fields
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

/** Without the white space of RFC 9110 §5.5 at both ends; what `trim` takes besides may be an octet of a character. */
function trimmed(value: string): string {
  let from = 0
  let to = value.length
  while (from < to && isBlank(value.charCodeAt(from))) from++
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--
  return to - from === value.length ? value : value.slice(from, to)
}
