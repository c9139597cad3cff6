import { KIND_WORDS, type Entry, type MapNode, type Node } from './nodes.ts'
import { suggestion, type Problems } from './problems.ts'

/** A mapping with exactly these keys at most; what isn't one counts as empty. */
export function mapOf(
  node: Node | undefined,
  path: string,
  problems: Problems,
  known?: readonly string[],
): MapNode {
  const place = node?.place ?? { line: 1, column: 1 }
  if (node !== undefined && node.kind !== 'map')
    problems.add(place, path, `a mapping is expected, not ${KIND_WORDS[node.kind]}`)
  if (node?.kind !== 'map') return { kind: 'map', place, entries: [] }
  if (known !== undefined) for (const entry of node.entries) refuseUnknown(entry, path, problems, known)
  return node
}

/** Says that a key isn't one of those that there are. */
export function refuseUnknown(
  { key, place }: Pick<Entry, 'key' | 'place'>,
  path: string,
  problems: Problems,
  known: readonly string[],
): void {
  if (known.includes(key)) return
  const hint = suggestion(key, known) || `; these are: ${known.join(', ')}`
  problems.add(place, path, `${key} is no key that is possible here${hint}`)
}

/** The text under a key, where there is one. */
export function textUnder(map: MapNode, key: string, path: string, problems: Problems): string | undefined {
  const entry = map.entries.find((each) => each.key === key)
  if (entry === undefined) return undefined
  if (entry.value.kind === 'text') return entry.value.text
  problems.add(entry.value.place, `${path}.${key}`, `a text is expected, not ${KIND_WORDS[entry.value.kind]}`)
  return undefined
}

/** The whole number under a key, where there is one. */
export function numberUnder(map: MapNode, key: string, path: string, problems: Problems): number | undefined {
  const text = textUnder(map, key, path, problems)
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  problems.add(map.place, `${path}.${key}`, `a number is expected, not ${JSON.stringify(text)}`)
  return undefined
}

/** One of several words under a key, where there is one. */
export function wordUnder<Word extends string>(
  map: MapNode,
  key: string,
  path: string,
  problems: Problems,
  words: readonly Word[],
): Word | undefined {
  const text = textUnder(map, key, path, problems)
  if (text === undefined) return undefined
  const word = words.find((each) => each === text)
  if (word === undefined)
    problems.add(
      map.place,
      `${path}.${key}`,
      `${JSON.stringify(text)} is none of ${words.join(', ')}${suggestion(text, words)}`,
    )
  return word
}
