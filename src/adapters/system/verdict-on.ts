import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { signatureAlgorithmInfo } from '../../core/domain/key-algorithms.ts'
import { VERDICT, type Verification } from './verification-batch.ts'

/** Keys used more than once: the installation's authorities. */
const KEPT_KEYS = 256
const kept = new Map<number, KeyObject>()

/**
 * The curves that the product knows, by OpenSSL's names, and the only length an SPKI with an uncompressed point has.
 * OpenSSL also takes explicit parameters, which RFC 5480 §2.1.1 forbids, and the point at infinity; both are told by
 * their length.
 */
const EC_SPKI_OCTETS: Readonly<Record<string, number>> = { prime256v1: 91, secp384r1: 120, secp521r1: 158 }
const KEY_TYPES: Readonly<Record<string, string>> = { RSA: 'rsa', EC: 'ec', EdDSA: 'ed25519' }

/** Whether a signature is right, wrong, or its key none of the product's kinds: one of `VERDICT`. Never throws. */
export function verdictOn({ slot, spki, algorithm, data, signature }: Verification): number {
  let key: KeyObject
  try {
    key = loaded(slot, spki)
  } catch {
    return VERDICT.keyRefused
  }
  const { family, digest } = signatureAlgorithmInfo(algorithm)
  // node:crypto lets the key choose the algorithm: without this an RSA key verifies what is labelled ECDSA.
  if (key.asymmetricKeyType !== KEY_TYPES[family]) return VERDICT.wrong
  try {
    // OpenSSL re-encodes an ECDSA signature and compares, so anything but DER (RFC 3279 §2.2.3) is wrong.
    return verify(digest, data, key, signature) ? VERDICT.right : VERDICT.wrong
  } catch {
    return VERDICT.wrong
  }
}

/** OpenSSL checks here that an EC point is on its curve (SEC 1 §3.2.2.1). Throws when the key isn't one of ours. */
function loaded(slot: number, spki: Uint8Array): KeyObject {
  const known = kept.get(slot)
  if (known !== undefined) return known
  const octets = Buffer.from(spki.buffer, spki.byteOffset, spki.length)
  const key = createPublicKey({ key: octets, format: 'der', type: 'spki' })
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const ours =
    type === 'ec'
      ? EC_SPKI_OCTETS[details?.namedCurve ?? ''] === spki.length
      : type === 'rsa' || type === 'ed25519'
  if (!ours) throw new Error('not a key kind of the product')
  if (slot !== 0) {
    const oldest = kept.keys().next()
    if (kept.size >= KEPT_KEYS && oldest.done !== true) kept.delete(oldest.value)
    kept.set(slot, key)
  }
  return key
}
