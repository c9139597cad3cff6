import type { Millis } from '../../core/domain/time.ts'

/** What the repository hands out under a URL. */
export type PublicObject = {
  /** Without decoration, for cache rules. */
  readonly path: string
  /** The kind of path, for log and metrics. */
  readonly label: string
  readonly mediaType: string
  /** The same for the same octets only; without quotes. */
  readonly etag: string
  readonly lastModified: Millis | undefined
  /** From when on it says nothing about the present; undefined: it always does. */
  readonly ends: Millis | undefined
  /** What its URL names never changes. */
  readonly immutable: boolean
  /** What a cache can be told to forget it by; see domain/cache-tags.ts. */
  readonly tags: readonly string[]
  readonly length: number
  /** In pieces, from the first octet on, up to but without `to`; read as they are asked for. */
  octets(from: number, to: number): AsyncIterable<Uint8Array>
}

/** What is in memory anyway, as if it were read. */
export async function* pieces(octets: Uint8Array): AsyncIterable<Uint8Array> {
  yield octets
}
