import { hash } from 'node:crypto'
import type { Millis } from '../domain/time.ts'
import { violationError } from './der/errors.ts'
import { NULL, concat, octetString, oid, sequence } from './der/writer.ts'
import { bmpText } from './pkcs12-kdf.ts'
import { checkFriendlyName, type Pkcs12Entry } from './pkcs12.ts'
import { passphraseOctets } from './pkcs8.ts'

/** Random octets that a key store takes: the salt of its key. */
export const JKS_RANDOM_OCTETS = 20
const MAGIC = 0xfeedfeed
const VERSION = 2
const PRIVATE_KEY_ENTRY = 1
/** Of sun.security.provider.KeyProtector; its parameters are NULL. */
const KEY_PROTECTOR = sequence(oid('1.3.6.1.4.1.42.2.17.1.1'), NULL)
/** What sun.security.provider.JavaKeyStore hashes between passphrase and content. */
const WHITENER = Buffer.from('Mighty Aphrodite')

/** The friendlyName is the alias, in lower case: the only one that Java looks up. */
export type JksRequest = Pkcs12Entry & {
  /** When the entry was made. */
  readonly at: Millis
  /** `JKS_RANDOM_OCTETS` octets from a CSPRNG. */
  readonly random: Uint8Array
}

/**
 * A Java key store in the format JKS of the Sun provider with one key and its chain; key and store have the same
 * passphrase, as Java's servers expect. Weak: the passphrase goes through
 * SHA-1 once, so guessing it costs next to nothing; the certificates are in the clear. The passphrase is Java's
 * `char[]`, in UTF-16: any Unicode text opens it.
 * @throws request_invalid for a passphrase or a friendlyName that can't be written, internal for no certificate or too few
 * random octets
 */
export function jks(request: JksRequest): Uint8Array {
  const { certificates, random, passphrase } = request
  if (certificates.length === 0)
    throw violationError('internal', 'certificates', 'certificates', 'there is none')
  if (random.length !== JKS_RANDOM_OCTETS)
    throw violationError('internal', 'random', 'random', `has ${JKS_RANDOM_OCTETS} octets`)
  // The same rules as everywhere, though it isn't UTF-8 that is used.
  passphraseOctets(passphrase)
  checkFriendlyName(request.friendlyName)
  const secret = bmpText(passphrase, 'passphrase')
  const content = concat(
    uint32(MAGIC),
    uint32(VERSION),
    uint32(1),
    uint32(PRIVATE_KEY_ENTRY),
    utf(request.friendlyName.toLowerCase()),
    uint64(request.at),
    counted(sequence(KEY_PROTECTOR, octetString(protectedKey(request.pkcs8Der, secret, random)))),
    uint32(certificates.length),
    ...certificates.flatMap((der) => [utf('X.509'), counted(der)]),
  )
  return concat(content, sha1(secret, WHITENER, content))
}

/** Salt, the key under a stream of hashes that begins with the salt, and a hash by which Java tells a wrong passphrase. */
function protectedKey(pkcs8Der: Uint8Array, secret: Uint8Array, salt: Uint8Array): Uint8Array {
  const out = Uint8Array.from(pkcs8Der)
  let stream: Uint8Array = salt
  for (let i = 0; i < out.length; i++) {
    if (i % salt.length === 0) stream = sha1(secret, stream)
    out[i] = (out[i] as number) ^ (stream[i % salt.length] as number)
  }
  return concat(salt, out, sha1(secret, pkcs8Der))
}

/**
 * Text as java.io.DataOutput.writeUTF has it: each UTF-16 unit by itself, so that a character beyond the Basic
 * Multilingual Plane is two surrogates of three octets. (Its other oddity, NUL, is no part of an alias.)
 */
function utf(text: string): Uint8Array {
  const octets: number[] = []
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) octets.push(unit)
    else if (unit < 0x800) octets.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else octets.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return concat(Uint8Array.of(octets.length >> 8, octets.length & 0xff), Uint8Array.from(octets))
}

const sha1 = (...parts: readonly Uint8Array[]): Uint8Array => hash('sha1', Buffer.concat(parts), 'buffer')

const counted = (octets: Uint8Array): Uint8Array => concat(uint32(octets.length), octets)

function uint32(value: number): Uint8Array {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}

function uint64(value: number): Uint8Array {
  const out = Buffer.alloc(8)
  out.writeBigInt64BE(BigInt(value))
  return out
}
