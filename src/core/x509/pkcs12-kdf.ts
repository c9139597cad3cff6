import { hash } from 'node:crypto'
import { violationError } from './der/errors.ts'

/** Lets other work of the event loop run; an adapter's `setImmediate`, since the core has no timers. */
export type Pause = () => Promise<void>

/** v of each digest, in octets (RFC 7292 Appendix B.2); u is the length of its output. */
const BLOCKS = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 } as const
/** Some 3 ms of work between two pauses. */
const ROUNDS_AT_ONCE = 2_000
/** What octets are derived for (RFC 7292 Appendix B.3): each purpose has octets of its own. */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const

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

/** How many octets for what; `rounds` counts hash calls, about 1.5 µs each, for every output of the digest. */
export type Pkcs12Derivation = {
  readonly purpose: (typeof PURPOSE)[keyof typeof PURPOSE]
  readonly digest: keyof typeof BLOCKS
  readonly salt: Uint8Array
  readonly rounds: number
  readonly octets: number
}

/**
 * Octets from a passphrase as RFC 7292 Appendix B.2 derives them, in slices on the event loop.
 * @throws request_invalid for a passphrase that isn't well-formed Unicode
 */
export async function pkcs12Octets(
  passphrase: string,
  { purpose, digest, salt, rounds, octets }: Pkcs12Derivation,
  pause: Pause,
): Promise<Uint8Array> {
  // Appendix B.1: the passphrase is a BMPString with a closing 0000.
  const secret = bmpText(`${passphrase}\0`, 'passphrase')
  const block = BLOCKS[digest]
  const diversifier = new Uint8Array(block).fill(purpose)
  const input = Buffer.concat([filled(salt, block), filled(secret, block)])
  const outputs: Buffer[] = []
  for (let made = 0; made < octets;) {
    let output = hash(digest, Buffer.concat([diversifier, input]), 'buffer')
    for (let round = 1; round < rounds; round++) {
      if (round % ROUNDS_AT_ONCE === 0) await pause()
      output = hash(digest, output, 'buffer')
    }
    outputs.push(output)
    made += output.length
    // Steps 6B and 6C: what the next output comes from.
    if (made < octets) addToBlocks(input, filled(output, block), block)
  }
  return Uint8Array.from(Buffer.concat(outputs, octets))
}

/** Adds `addend` and one to each block of `octets`, as big-endian numbers without the last carry (step 6C). */
function addToBlocks(octets: Uint8Array, addend: Uint8Array, block: number): void {
  for (let from = 0; from < octets.length; from += block) {
    let carry = 1
    for (let i = block - 1; i >= 0; i--) {
      carry += (octets[from + i] as number) + (addend[i] as number)
      octets[from + i] = carry & 0xff
      carry >>= 8
    }
  }
}

/** The key of a PFX's MAC: as long as the digest (RFC 7292 Appendix B.4). @throws as `pkcs12Octets` */
export function pkcs12MacKey(
  passphrase: string,
  salt: Uint8Array,
  rounds: number,
  pause: Pause,
  digest: keyof typeof BLOCKS = 'sha256',
): Promise<Uint8Array> {
  const octets = hash(digest, '', 'buffer').length
  return pkcs12Octets(passphrase, { purpose: PURPOSE.mac, digest, salt, rounds, octets }, pause)
}
