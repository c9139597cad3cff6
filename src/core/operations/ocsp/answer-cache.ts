/** What an entry costs besides its octets: key, times and the objects that hold them. */
const OVERHEAD = 600

type Kept<Entry> = { readonly entry: Entry; readonly octets: number; asked: boolean }

/**
 * What was asked for lately, bounded in number and in octets, whatever the number of certificates. What was asked for
 * again since it came, or since it was passed over, is passed over when room must be made (second chance): nearly as good
 * as the least recently used, and a hit changes nothing but a flag.
 */
export class AnswerCache<Entry> {
  readonly #kept = new Map<string, Kept<Entry>>()
  readonly #mostEntries: number
  readonly #mostOctets: number
  #octets = 0

  constructor(mostEntries: number, mostOctets: number) {
    this.#mostEntries = mostEntries
    this.#mostOctets = mostOctets
  }

  get(key: string): Entry | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    kept.asked = true
    return kept.entry
  }

  /** @param octets that the entry holds */
  put(key: string, entry: Entry, octets: number): void {
    const kept = { entry, octets: octets + OVERHEAD, asked: false }
    this.#drop(key)
    this.#kept.set(key, kept)
    this.#octets += kept.octets
    this.#makeRoom()
  }

  get size(): number {
    return this.#kept.size
  }

  #makeRoom(): void {
    // Those that are passed over come last, with their flag taken, so this ends.
    for (const [key, kept] of this.#kept) {
      if (this.#kept.size <= this.#mostEntries && this.#octets <= this.#mostOctets) return
      this.#drop(key)
      if (!kept.asked) continue
      kept.asked = false
      this.#kept.set(key, kept)
      this.#octets += kept.octets
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#octets -= kept.octets
  }
}
