/** A JSON value that knows where in the text it begins (UTF-16 units from 0). */
export type JsonNode = { readonly at: number } & (
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonMember> }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  /** Numbers and truth values as they are written. */
  | { readonly kind: 'number' | 'boolean'; readonly value: string }
  | { readonly kind: 'null' }
)
export type JsonMember = { readonly at: number; readonly value: JsonNode }

/** What is wrong with the text, and where. */
export class JsonProblem extends Error {
  readonly code: string
  readonly at: number

  constructor(code: string, message: string, at: number) {
    super(message)
    this.name = 'JsonProblem'
    this.code = code
    this.at = at
  }
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/**
 * Parses JSON (RFC 8259) and keeps the positions: no member twice (§4 leaves open which one counts), no half surrogate
 * pairs, no deeper than `deepest` levels. The caller bounds the length.
 * @throws JsonProblem
 */
export function positionedJson(text: string, deepest: number): JsonNode {
  const reader = new Reader(text, deepest)
  const node = reader.value(1)
  reader.end()
  return node
}

class Reader {
  readonly #text: string
  readonly #deepest: number
  #at = 0

  constructor(text: string, deepest: number) {
    this.#text = text
    this.#deepest = deepest
  }

  value(depth: number): JsonNode {
    this.#skip(SPACE)
    const at = this.#at
    if (depth > this.#deepest)
      throw new JsonProblem('depth', `is nested deeper than ${this.#deepest} levels`, at)
    const first = this.#text[at]
    if (first === '{') return { at, kind: 'object', members: this.#members(depth) }
    if (first === '[') return { at, kind: 'array', items: this.#items(depth) }
    if (first === '"') return { at, kind: 'string', value: this.#string() }
    const word = this.#skip(WORD)
    if (word === 'null') return { at, kind: 'null' }
    if (word !== '') return { at, kind: 'boolean', value: word }
    const number = this.#skip(NUMBER)
    if (number !== '') return { at, kind: 'number', value: number }
    throw this.#unexpected('a value')
  }

  end(): void {
    this.#skip(SPACE)
    if (this.#at < this.#text.length) throw this.#unexpected('the end')
  }

  #members(depth: number): Map<string, JsonMember> {
    const members = new Map<string, JsonMember>()
    this.#list('}', () => {
      const at = this.#at
      if (this.#text[at] !== '"') throw this.#unexpected('a member’s name in quotes')
      const name = this.#string()
      if (members.has(name))
        throw new JsonProblem('repeated', `the member “${shown(name)}” is there twice`, at)
      this.#skip(SPACE)
      this.#take(':')
      members.set(name, { at, value: this.value(depth + 1) })
    })
    return members
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = []
    this.#list(']', () => items.push(this.value(depth + 1)))
    return items
  }

  /** What stands between brackets, with commas between. */
  #list(end: '}' | ']', each: () => void): void {
    this.#at++
    this.#skip(SPACE)
    if (this.#text[this.#at] === end) {
      this.#at++
      return
    }
    for (;;) {
      this.#skip(SPACE)
      each()
      this.#skip(SPACE)
      if (this.#text[this.#at] === end) break
      this.#take(',', `“,” or “${end}”`)
    }
    this.#at++
  }

  #string(): string {
    const start = this.#at
    for (this.#at++; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x22) break
      if (!(code >= 0x20)) throw this.#unexpected('the rest of a string')
      if (code !== 0x5c) continue
      const escape = this.#skip(ESCAPE)
      if (escape === '') throw this.#unexpected('an escape that JSON knows')
      this.#at--
    }
    this.#at++
    const value = JSON.parse(this.#text.slice(start, this.#at)) as string
    if (!value.isWellFormed()) throw new JsonProblem('unicode', 'holds half of a surrogate pair', start)
    return value
  }

  #take(sign: string, expected = `“${sign}”`): void {
    if (this.#text[this.#at] !== sign) throw this.#unexpected(expected)
    this.#at++
  }

  /** Moves on over what the pattern matches here. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #unexpected(expected: string): JsonProblem {
    const found = this.#text.codePointAt(this.#at)
    const what = found === undefined ? 'the text ends' : `“${shown(String.fromCodePoint(found))}” stands`
    return new JsonProblem('json', `is not JSON: ${what} where ${expected} was expected`, this.#at)
  }
}

/** Foreign text for a message: short, and without what a terminal obeys. */
export const shown = (text: string): string => {
  const clean = text.replace(/\p{C}/gu, '�')
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean
}
