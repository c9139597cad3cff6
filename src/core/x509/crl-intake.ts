import { outlineCrl, type CrlOutline, type OctetRange } from './crl-outline.ts'
import { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'

/** Before the first entry there is a name, after the last there are extensions and a signature: less than this each. */
const KEPT = 64 * 1024
/** Two headers, of six octets at most. */
const HEADERS = 12

/**
 * Takes a CRL in as it comes and keeps its ends only: what lies between is entries, of which nothing but the signature
 * over them matters here.
 */
export class CrlIntake {
  readonly #signed: (octets: Uint8Array) => void
  #head = new Uint8Array(0)
  #tail = new Uint8Array(0)
  #length = 0
  #signedAt: OctetRange | undefined

  /** @param signed is given what the signature is over, piece by piece */
  constructor(signed: (octets: Uint8Array) => void) {
    this.#signed = signed
  }

  /** @throws DerError when it can't be a CRL */
  take(chunk: Uint8Array): void {
    const before = this.#length
    this.#length += chunk.length
    if (before < KEPT) this.#head = joined(this.#head, chunk.subarray(0, KEPT - before))
    this.#tail = joined(this.#tail, chunk).slice(-KEPT)
    if (this.#signedAt !== undefined) this.#pass(chunk, before, this.#signedAt)
    else if (this.#head.length >= HEADERS) {
      this.#signedAt = signedPart(this.#head)
      // Nothing was passed on yet, and all that came is still here: chunks of less than the headers, and this one.
      const all = joined(this.#head.subarray(0, before), chunk)
      this.#pass(all, 0, this.#signedAt)
    }
  }

  /** Everything that it says but its entries. @throws DerError */
  outline(): CrlOutline {
    return outlineCrl(this.#head, this.#tail, this.#length)
  }

  #pass(chunk: Uint8Array, at: number, { from, to }: OctetRange): void {
    const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at))
    if (part.length > 0) this.#signed(part)
  }
}

/** Where the TBSCertList lies, by its header. */
function signedPart(head: Uint8Array): OctetRange {
  const outer = new DerReader(head, 0, Number.MAX_SAFE_INTEGER).enter(TAG.sequence, 'the CRL')
  const from = outer.at
  outer.expect(TAG.sequence, 'the TBSCertList')
  return { from, to: outer.at }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length)
  all.set(one)
  all.set(other, one.length)
  return all
}
