import { hash } from 'node:crypto'
import { KEY_ALGORITHMS, KEY_ALGORITHM_NAMES, keyAlgorithmInfo } from '../domain/key-algorithms.ts'
import type { KeyAlgorithm } from '../domain/key-algorithms.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'
import type { PublicKeyInfo } from './types.ts'

const RSA = KEY_ALGORITHMS.RSA_2048.oid
const EC = KEY_ALGORITHMS.EC_prime256v1.oid
const ED25519 = KEY_ALGORITHMS.ED25519.oid
const KEY = 'the public key'
/** RSA moduli beyond this cost the verifier more than any use of them is worth. */
const MAX_RSA_BITS = 16_384

const BY_CURVE: ReadonlyMap<string, KeyAlgorithm> = new Map(
  KEY_ALGORITHM_NAMES.flatMap((name) => {
    const { curveOid } = keyAlgorithmInfo(name)
    return curveOid === undefined ? [] : [[curveOid, name] as const]
  }),
)
const ML_DSA: ReadonlyMap<string, KeyAlgorithm> = new Map(
  KEY_ALGORITHM_NAMES.filter((name) => keyAlgorithmInfo(name).family === 'ML-DSA').map((name) => [
    keyAlgorithmInfo(name).oid,
    name,
  ]),
)
const BY_RSA_BITS: ReadonlyMap<number, KeyAlgorithm> = new Map(
  KEY_ALGORITHM_NAMES.filter((name) => keyAlgorithmInfo(name).family === 'RSA').map((name) => [
    keyAlgorithmInfo(name).bits,
    name,
  ]),
)

/**
 * Parses a SubjectPublicKeyInfo: RSA (RFC 3279 §2.3.1), EC with a named curve and an uncompressed point (RFC 5480),
 * Ed25519 (RFC 8410), ML-DSA (RFC 9881). Other algorithms parse with `algorithm` undefined and `bits` 0. Whether a point lies on its
 * curve or a modulus is sound isn't looked at here.
 * @throws request_invalid naming `field`
 */
export function parsePublicKey(spki: Uint8Array, field: string): PublicKeyInfo {
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(spki)
    const info = readPublicKey(reader)
    reader.finish(KEY)
    return info
  })
}

/** As parsePublicKey, from where a reader stands. @throws DerError */
export function readPublicKey(reader: DerReader): PublicKeyInfo {
  const start = reader.at
  const outer = reader.enter(TAG.sequence, KEY)
  const algorithm = outer.enter(TAG.sequence, KEY)
  const oid = algorithm.oid(KEY)
  const spki = reader.bytes.subarray(start, reader.at)
  const latticeName = ML_DSA.get(oid)
  const info =
    oid === RSA
      ? rsaKey(algorithm, outer, spki)
      : oid === EC
        ? ecKey(algorithm, outer, spki)
        : oid === ED25519
          ? ed25519Key(algorithm, outer, spki)
          : latticeName !== undefined
            ? mlDsaKey(latticeName, algorithm, outer, spki)
            : unknownKey(oid, algorithm, outer, spki)
  algorithm.finish(KEY)
  outer.finish(KEY)
  return info
}

function rsaKey(algorithm: DerReader, outer: DerReader, spki: Uint8Array): PublicKeyInfo {
  algorithm.null(`${KEY}'s parameters`)
  outer.bitString(KEY)
  const bits = new DerReader(outer.bytes, outer.from + 1, outer.to, outer.depth + 1)
  const key = bits.enter(TAG.sequence, 'the RSA key')
  const modulus = positive(key.integer('the RSA modulus'), 'the RSA modulus')
  const exponent = positive(key.integer('the RSA exponent'), 'the RSA exponent')
  key.finish('the RSA key')
  bits.finish('the RSA key')
  const length = modulus.length * 8 - (Math.clz32(modulus[0] as number) - 24)
  if (length > MAX_RSA_BITS)
    throw new DerError('key_size', `the RSA modulus has more than ${MAX_RSA_BITS} bits`)
  return { algorithm: BY_RSA_BITS.get(length), oid: RSA, bits: length, rsa: { modulus, exponent }, spki }
}

/** The magnitude of a positive INTEGER, without the leading 00. */
function positive(octets: Uint8Array, what: string): Uint8Array {
  const first = octets[0] as number
  if (first >= 0x80 || (first === 0 && octets.length === 1)) {
    throw new DerError('key_rsa', `${what} must be positive`)
  }
  return first === 0 ? octets.subarray(1) : octets
}

function ecKey(algorithm: DerReader, outer: DerReader, spki: Uint8Array): PublicKeyInfo {
  if (!algorithm.has(TAG.oid)) {
    throw new DerError(
      'key_ec_parameters',
      `${KEY} must name its curve (RFC 5480 §2.1.1); explicit parameters are refused`,
    )
  }
  const curveOid = algorithm.oid(`${KEY}'s curve`)
  const point = outer.bitString(KEY)
  const name = BY_CURVE.get(curveOid)
  const bits = name === undefined ? 0 : keyAlgorithmInfo(name).bits
  if (point[0] !== 0x04) {
    throw new DerError('key_ec_point', `${KEY}'s point must be uncompressed (RFC 5480 §2.2)`)
  }
  if (name !== undefined && point.length !== 1 + 2 * Math.ceil(bits / 8)) {
    throw new DerError('key_ec_point', `${KEY}'s point has the wrong length for its curve`)
  }
  return { algorithm: name, oid: EC, curveOid, bits, point, spki }
}

function ed25519Key(algorithm: DerReader, outer: DerReader, spki: Uint8Array): PublicKeyInfo {
  if (!algorithm.done) throw new DerError('key_parameters', `an Ed25519 key has no parameters (RFC 8410 §3)`)
  const point = outer.bitString(KEY)
  if (point.length !== 32) throw new DerError('key_ed25519', 'an Ed25519 key has 32 octets (RFC 8410 §4)')
  return { algorithm: 'ED25519', oid: ED25519, bits: 256, point, spki }
}

/** Any string of the right length is a key: FIPS 204 §7.2 (Algorithm 23) packs its 10-bit numbers without gaps. */
function mlDsaKey(
  name: KeyAlgorithm,
  algorithm: DerReader,
  outer: DerReader,
  spki: Uint8Array,
): PublicKeyInfo {
  if (!algorithm.done) throw new DerError('key_parameters', 'an ML-DSA key has no parameters (RFC 9881 §2)')
  const { oid, bits } = keyAlgorithmInfo(name)
  const octets = outer.bitString(KEY).length
  if (octets * 8 !== bits)
    throw new DerError(
      'key_ml_dsa',
      `an ${name} key has ${bits / 8} octets (RFC 9881 §4); this has ${octets}`,
    )
  return { algorithm: name, oid, bits, spki }
}

function unknownKey(oid: string, algorithm: DerReader, outer: DerReader, spki: Uint8Array): PublicKeyInfo {
  if (!algorithm.done) algorithm.checkedElement(`${KEY}'s parameters`)
  outer.bitString(KEY)
  return { algorithm: undefined, oid, bits: 0, spki }
}

/**
 * Key identifier of a SubjectPublicKeyInfo: the leftmost 160 bits of the SHA-256 of the BIT STRING's octets
 * (RFC 7093 §2 method 1).
 * @throws request_invalid when it can't be read
 */
export function keyIdentifierOf(spki: Uint8Array): Uint8Array {
  const digest = hash('sha256', publicKeyBits(spki), 'buffer')
  return Uint8Array.from(digest.subarray(0, 20))
}

/**
 * The octets of the BIT STRING in a SubjectPublicKeyInfo: what key identifiers and OCSP's hashes are made of.
 * @throws request_invalid when it can't be read
 */
export const publicKeyBits = (spki: Uint8Array): Uint8Array =>
  withDerErrors('request_invalid', 'publicKey', () => {
    const outer = new DerReader(spki).enter(TAG.sequence, KEY)
    outer.expect(TAG.sequence, KEY)
    return outer.bitString(KEY)
  })
