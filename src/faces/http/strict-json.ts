import { isUtf8 } from 'node:buffer'
import type { ChanceryError } from '../../core/domain/errors.ts'
import { invalid } from './refusal.ts'

/** Deeper than any body of the API; bounds every recursion over it. */
const MAX_DEPTH = 32
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Parses a body more strictly than `JSON.parse`: UTF-8 only, no member twice (RFC 8259 §4 leaves open which one
 * counts: two readers would read two requests), no lone surrogates, no deeper than 32 levels.
 * @throws request_invalid
 */
export function parseStrictJson(octets: Buffer): unknown {
  if (!isUtf8(octets)) throw invalid('body', 'utf8', 'is not UTF-8')
  const text = octets.toString('utf8')
  const colons = scan(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // V8's message quotes the body, which may hold a passphrase.
    throw invalid('body', 'json', 'is not JSON')
  }
  // Each member has one colon outside of strings: fewer members than colons means that some were overwritten.
  if (membersOf(value, 'body') !== colons) throw repeated(text)
  return value
}

/** Counts colons outside of strings and bounds the depth, before anything is built from the text. */
function scan(text: string): number {
  let depth = 0
  let colons = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case 0x3a: // :
        colons++
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > MAX_DEPTH) throw invalid('body', 'depth', `is nested deeper than ${MAX_DEPTH} levels`)
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
    }
  }
  return colons
}

/** Where the string that begins at `start` ends; the end of the text when it doesn't. */
function endOfString(text: string, start: number): number {
  let end = start
  for (;;) {
    end = text.indexOf('"', end + 1)
    if (end === -1) return text.length
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
  }
}

function membersOf(value: unknown, path: string): number {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid(path, 'unicode', 'holds half of a surrogate pair')
    return 0
  }
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) members += membersOf(value[i], path)
    return members
  }
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed())
      throw invalid(path, 'unicode', 'has a member whose name holds half of a surrogate pair')
    members += 1 + membersOf((value as Record<string, unknown>)[key], path === 'body' ? key : path)
  }
  return members
}

/** Finds the member that comes twice; off the usual path, so it may take its time. The text is known to be JSON. */
function repeated(text: string): ChanceryError {
  const levels: Set<string>[] = []
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/gs)) {
    if (token === '{' || token === '[') levels.push(new Set())
    else if (token === '}' || token === ']') levels.pop()
    else if (token.endsWith(':')) {
      const name = JSON.parse(token.slice(0, -1).trimEnd()) as string
      const seen = levels.at(-1)
      if (seen?.has(name) === true) return invalid(name.slice(0, 100), 'repeated', 'is there twice')
      seen?.add(name)
    }
  }
  return invalid('body', 'repeated', 'a member is there twice')
}

/** JSON with members in order of their names: the same text for the same content. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson((value as Record<string, unknown>)[key])}`)
  return `{${members.join(',')}}`
}
