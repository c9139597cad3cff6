/** Where something stands in a template, both counted from 1. */
export type Place = { readonly line: number; readonly column: number }

/** A template as it was written, with the place of everything in it: YAML and JSON read alike. */
export type Node =
  | { readonly kind: 'text'; readonly place: Place; readonly text: string }
  | { readonly kind: 'nothing'; readonly place: Place }
  | { readonly kind: 'list'; readonly place: Place; readonly items: readonly Node[] }
  | MapNode
export type MapNode = { readonly kind: 'map'; readonly place: Place; readonly entries: readonly Entry[] }
export type Entry = { readonly key: string; readonly place: Place; readonly value: Node }

/** What a node is, in words for whoever wrote it. */
export const KIND_WORDS = {
  text: 'a single value',
  nothing: 'nothing',
  list: 'a list',
  map: 'a mapping',
} as const satisfies Record<Node['kind'], string>

/** The value under a key. */
export const under = (map: MapNode, key: string): Node | undefined =>
  map.entries.find((entry) => entry.key === key)?.value
