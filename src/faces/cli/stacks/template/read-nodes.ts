import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Entry, Node, Place } from './nodes.ts'
import type { Problems } from './problems.ts'

/** As CloudFormation's for a template that comes from a bucket. */
export const MAX_TEMPLATE = 1_048_576
const TOP: Place = { line: 1, column: 1 }
const MAX_DEPTH = 64

/** Short forms of functions, which only YAML has: `!Ref x` is `{Ref: x}`, `!Sub x` is `{'Fn::Sub': x}`. */
const longForm = (tag: string): string =>
  tag === '!Ref' || tag === '!Condition' ? tag.slice(1) : `Fn::${tag.slice(1)}`

/**
 * Reads a template's text. JSON is read as the YAML that it is. Every scalar stays the text that was written: what it
 * is meant to be is known only where it is used, and `012345678901` is an account, not a number.
 * @returns undefined when it can't be read; `problems` then says why
 */
export function readNodes(text: string, problems: Problems): Node | undefined {
  if (Buffer.byteLength(text) > MAX_TEMPLATE) {
    problems.add(TOP, '', `is larger than ${MAX_TEMPLATE} bytes`)
    return undefined
  }
  const lineCounter = new LineCounter()
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  try {
    const document = parseDocument(text, {
      schema: 'failsafe',
      merge: false,
      prettyErrors: false,
      logLevel: 'error',
      lineCounter,
    })
    for (const { pos, message } of document.errors) problems.add(placeOf(pos[0]), '', syntaxMessage(message))
    if (document.errors.length > 0) return undefined
    return nodeOf(document.contents, { placeOf, problems }, 0, TOP)
  } catch (error) {
    // The parser goes down as deep as the text does.
    if (!(error instanceof RangeError)) throw error
    problems.add(TOP, '', 'is nested too deeply')
    return undefined
  }
}

const syntaxMessage = (message: string): string =>
  message.startsWith('Map keys must be unique')
    ? 'the key stands here twice'
    : message.startsWith('Source contains multiple documents')
      ? 'one template a file: a second document begins here'
      : `isn’t YAML: ${message}`

type Reading = { readonly placeOf: (offset: number) => Place; readonly problems: Problems }

function nodeOf(item: unknown, reading: Reading, depth: number, outer: Place): Node {
  const { placeOf, problems } = reading
  const place = placeIn(item, placeOf) ?? outer
  if (depth > MAX_DEPTH) {
    problems.add(place, '', 'is nested too deeply')
    return { kind: 'nothing', place }
  }
  if (isAlias(item)) {
    // Nine lines of aliases can stand for a billion values.
    problems.add(
      place,
      '',
      `*${item.source} is an alias, which isn’t possible here: write the value out, or a parameter`,
    )
    return { kind: 'nothing', place }
  }
  const plain = plainNode(item, reading, depth, place)
  const tag = isScalar(item) || isMap(item) || isSeq(item) ? item.tag : undefined
  if (tag === undefined || tag.startsWith('tag:yaml.org,2002:')) return plain
  const value: Entry = { key: longForm(tag), place, value: plain }
  return { kind: 'map', place, entries: [value] }
}

function plainNode(item: unknown, reading: Reading, depth: number, place: Place): Node {
  if (isSeq(item))
    return { kind: 'list', place, items: item.items.map((each) => nodeOf(each, reading, depth + 1, place)) }
  if (isMap(item))
    return {
      kind: 'map',
      place,
      entries: item.items.flatMap(({ key, value }) => entryOf(key, value, reading, depth, place)),
    }
  if (!isScalar(item)) return { kind: 'nothing', place }
  const text = textOf(item.value)
  const nothing = item.type === 'PLAIN' && ['', '~', 'null'].includes(text) && item.tag === undefined
  return nothing ? { kind: 'nothing', place } : { kind: 'text', place, text }
}

function entryOf(key: unknown, value: unknown, reading: Reading, depth: number, outer: Place): Entry[] {
  const place = placeIn(key, reading.placeOf) ?? outer
  if (!isScalar(key)) {
    reading.problems.add(place, '', 'a key must be a single word')
    return []
  }
  return [{ key: textOf(key.value), place, value: nodeOf(value, reading, depth + 1, place) }]
}

/** With the schema that knows texts alone, a scalar is one. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function placeIn(item: unknown, placeOf: (offset: number) => Place): Place | undefined {
  const range = isScalar(item) || isMap(item) || isSeq(item) || isAlias(item) ? item.range : undefined
  return range ? placeOf(range[0]) : undefined
}
