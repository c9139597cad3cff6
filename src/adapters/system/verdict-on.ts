import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  signatureAlgorithmInfo,
  signingOptions,
  type SignatureAlgorithm,
} from '../../core/domain/key-algorithms.ts'
import { VERDICT, type Verification } from './verification-batch.ts'

/** Keys used more than once: the installation's authorities. */
const KEPT_KEYS = 256
const kept = new Map<number, KeyObject>()

/**
 * The curves that the product knows, by OpenSSL's names, and how long an SPKI with an uncompressed point is. OpenSSL also
 * takes explicit parameters, which RFC 5480 §2.1.1 forbids, compressed points and the point at infinity, which are told by
 * their length, and hybrid points, which aren't: they begin with another octet (SEC 1 §2.3.4).
 */
const EC_SPKI: Readonly<Record<string, { readonly octets: number; readonly pointAt: number }>> = {
  prime256v1: { octets: 91, pointAt: 26 },
  secp384r1: { octets: 120, pointAt: 23 },
  secp521r1: { octets: 158, pointAt: 25 },
}
const UNCOMPRESSED = 4
/** What `node:crypto` calls the product's keys, by their OID. */
const KEY_TYPES = new Map<string, string>(
  KEY_ALGORITHM_NAMES.map(keyAlgorithmInfo).map(({ oid, type }) => [oid, type]),
)
const TYPES: ReadonlySet<string> = new Set(KEY_TYPES.values())

/** Whether a signature is right, wrong, or its key none of the product's kinds: one of `VERDICT`. Never throws. */
export function verdictOn({ slot, spki, algorithm, data, signature }: Verification): number {
  let key: KeyObject
  try {
    key = loaded(slot, spki)
  } catch {
    return VERDICT.keyRefused
  }
  // node:crypto lets the key choose the algorithm: without this an RSA key verifies what is labelled ECDSA.
  if (key.asymmetricKeyType !== KEY_TYPES.get(signatureAlgorithmInfo(algorithm).keyOid)) return VERDICT.wrong
  const { digest, padding } = signingOptions(algorithm)
  try {
    // OpenSSL re-encodes an ECDSA signature and compares, so anything but DER (RFC 3279 §2.2.3) is wrong.
    return verify(digest, data, { key, ...padding }, signature) ? VERDICT.right : VERDICT.wrong
  } catch {
    return VERDICT.wrong
  }
}

/**
 * A key that makes such signatures, to verify with. node:crypto lets the key choose the algorithm: without the second
 * check an RSA key verifies what is labelled ECDSA.
 * @throws Error when it isn't one of ours; undefined when it is, but of another kind
 */
export function keyFor(spki: Uint8Array, algorithm: SignatureAlgorithm): KeyObject | undefined {
  const key = loaded(0, spki)
  return key.asymmetricKeyType === KEY_TYPES.get(signatureAlgorithmInfo(algorithm).keyOid) ? key : undefined
}

/** OpenSSL checks here that an EC point is on its curve (SEC 1 §3.2.2.1). Throws when the key isn't one of ours. */
function loaded(slot: number, spki: Uint8Array): KeyObject {
  const known = kept.get(slot)
  if (known !== undefined) return known
  const octets = Buffer.from(spki.buffer, spki.byteOffset, spki.length)
  const key = createPublicKey({ key: octets, format: 'der', type: 'spki' })
  if (!isOurs(key, spki)) throw new Error('not a key kind of the product')
  if (slot !== 0) {
    const oldest = kept.keys().next()
    if (kept.size >= KEPT_KEYS && oldest.done !== true) kept.delete(oldest.value)
    kept.set(slot, key)
  }
  return key
}

function isOurs(
  { asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject,
  spki: Uint8Array,
): boolean {
  if (type !== 'ec') return type !== undefined && TYPES.has(type)
  const form = EC_SPKI[details?.namedCurve ?? '']
  return form !== undefined && spki.length === form.octets && spki[form.pointAt] === UNCOMPRESSED
}
