/** Values of one kind that are remembered; a server has about as many authorities in use at a time. */
const MAX_ENTRIES = 256
/** Longer octets are decoded each time, which bounds the memory. */
const MAX_OCTETS = 512

/**
 * A pure function of octets that remembers its results, bounded. Results are shared, so they must not be changed and
 * must not refer to the octets given. What throws isn't remembered.
 */
export class Memo<T> {
  readonly #results = new Map<string, T>()
  readonly #compute: (octets: Uint8Array) => T

  constructor(compute: (octets: Uint8Array) => T) {
    this.#compute = compute
  }

  readonly of = (octets: Uint8Array): T => {
    if (octets.length > MAX_OCTETS) return this.#compute(octets)
    const key = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1')
    const known = this.#results.get(key)
    if (known !== undefined) return known
    const result = this.#compute(octets)
    // Starting over is simpler than choosing what to forget, and costs 256 decodings.
    if (this.#results.size >= MAX_ENTRIES) this.#results.clear()
    this.#results.set(key, result)
    return result
  }
}
