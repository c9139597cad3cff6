import { TAG } from './tags.ts'
import { GENERALIZED_TIME_FROM, putTime } from './time.ts'
import { lengthOctets, putHeader } from './writer.ts'

/**
 * Writes DER backwards into memory that is used again and again: content first, then its header, whose length is
 * known by then. One allocation a document, in `bytes()`. Not re-entrant: one builder per caller, used synchronously.
 */
export class DerBuilder {
  #memory: Uint8Array
  /** First octet written. */
  #at: number

  constructor(capacity = 4096) {
    this.#memory = new Uint8Array(capacity)
    this.#at = capacity
  }

  reset(): void {
    this.#at = this.#memory.length
  }

  /** Octets written so far: what `wrap` wants to know of the time before. */
  get size(): number {
    return this.#memory.length - this.#at
  }

  /** Puts `octets` in front. */
  put(octets: Uint8Array): void {
    this.#reserve(octets.length)
    this.#at -= octets.length
    this.#memory.set(octets, this.#at)
  }

  /** Puts a header in front of all that came since `size` was `since`. */
  wrap(tag: number, since: number): void {
    const length = this.size - since
    const header = 1 + lengthOctets(length)
    this.#reserve(header)
    this.#at -= header
    putHeader(this.#memory, this.#at, tag, length)
  }

  /** BOOLEAN TRUE. */
  putTrue(): void {
    this.#reserve(3)
    this.#at -= 3
    this.#memory[this.#at] = TAG.boolean
    this.#memory[this.#at + 1] = 1
    this.#memory[this.#at + 2] = 0xff
  }

  /** INTEGER of unsigned octets: leading zeros go, one comes where the top bit would make it negative. */
  putUnsigned(octets: Uint8Array): void {
    let start = 0
    while (start < octets.length - 1 && octets[start] === 0) start++
    const since = this.size
    this.put(start === 0 ? octets : octets.subarray(start))
    if ((octets[start] as number) >= 0x80) {
      this.#reserve(1)
      this.#memory[--this.#at] = 0
    }
    this.wrap(TAG.integer, since)
  }

  /** A Time (RFC 5280 §4.1.2.5) that the caller has checked to lie in 1950 to 9999. */
  putTime(millis: number): void {
    const length = millis >= GENERALIZED_TIME_FROM ? 17 : 15
    this.#reserve(length)
    this.#at -= length
    putTime(this.#memory, this.#at, millis)
  }

  /** A copy of all that was written, in memory of its own. */
  bytes(): Uint8Array {
    return this.#memory.slice(this.#at)
  }

  #reserve(octets: number): void {
    if (octets <= this.#at) return
    const written = this.#memory.subarray(this.#at)
    const larger = new Uint8Array(Math.max(this.#memory.length * 2, written.length + octets))
    larger.set(written, larger.length - written.length)
    this.#at = larger.length - written.length
    this.#memory = larger
  }
}
