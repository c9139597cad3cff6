import { hash } from 'node:crypto'
import { violationError } from './der/errors.ts'

/** Lets other work of the event loop run; an adapter's `setImmediate`, since the core has no timers. */
export type Pause = () => Promise<void>

/** v of each digest, in octets (RFC 7292 Appendix B.2); u is the length of its output. */
const BLOCKS = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 } as const
/** Some 3 ms of work between two pauses. */
const ROUNDS_AT_ONCE = 2_000
/** RFC 7292 Appendix B.3: the purpose "integrity key". */
const MAC_PURPOSE = 3

/**
 * Text as the octets of a BMPString: big-endian UTF-16. Characters beyond the Basic Multilingual Plane become
 * surrogate pairs, which the type doesn't foresee but OpenSSL, Java and Windows all write.
 * @throws request_invalid naming `field` for a lone surrogate, which other programs couldn't say
 */
export function bmpText(text: string, field: string): Uint8Array {
  if (!text.isWellFormed())
    throw violationError('request_invalid', 'unicode', field, 'is not well-formed Unicode (a lone surrogate)')
  return Uint8Array.from(Buffer.from(text, 'utf16le').swap16())
}

/** Repeats octets up to a multiple of the block, at least one block unless they are empty (Appendix B.2, 2 and 3). */
function filled(octets: Uint8Array, block: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(octets.length / block) * block)
  for (let i = 0; i < out.length; i++) out[i] = octets[i % octets.length] as number
  return out
}

/**
 * The key of a PFX's MAC: RFC 7292 Appendix B.2 with purpose 3. One output of the digest is the whole key, so steps 6B
 * and 6C of the appendix never run. `rounds` counts hash calls, about 1.5 µs each.
 * @throws request_invalid for a passphrase that isn't well-formed Unicode
 */
export async function pkcs12MacKey(
  passphrase: string,
  salt: Uint8Array,
  rounds: number,
  pause: Pause,
  digest: keyof typeof BLOCKS = 'sha256',
): Promise<Uint8Array> {
  // Appendix B.1: the passphrase is a BMPString with a closing 0000.
  const secret = bmpText(`${passphrase}\0`, 'passphrase')
  const block = BLOCKS[digest]
  const diversifier = new Uint8Array(block).fill(MAC_PURPOSE)
  let key = hash(digest, Buffer.concat([diversifier, filled(salt, block), filled(secret, block)]), 'buffer')
  for (let round = 1; round < rounds; round++) {
    if (round % ROUNDS_AT_ONCE === 0) await pause()
    key = hash(digest, key, 'buffer')
  }
  return new Uint8Array(key.buffer, key.byteOffset, key.length)
}
