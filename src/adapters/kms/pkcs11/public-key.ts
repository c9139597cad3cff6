import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  type KeyAlgorithm,
} from '../../../core/domain/key-algorithms.ts'
import {
  bitString,
  NULL,
  octetString,
  oid,
  sequence,
  unsignedInteger,
} from '../../../core/x509/der/writer.ts'
import type { Cryptoki, Handle } from './addon.ts'
import { CKA, CKK } from './cryptoki.ts'
import { keyKindOf } from './key-kinds.ts'
import { TokenFailure } from './token-failure.ts'

/**
 * SubjectPublicKeyInfo of a public key object.
 * @throws TokenFailure when the key is of no kind that the product has
 */
export function spkiOf(cryptoki: Cryptoki, session: Handle, object: Handle): Uint8Array {
  const read = (...types: number[]): Buffer[] =>
    cryptoki
      .C_GetAttributeValue(
        session,
        object,
        types.map((type) => ({ type })),
      )
      .map(({ value }) => value)
  const [keyType] = read(CKA.KEY_TYPE)
  if (keyType?.[0] === CKK.RSA) {
    const [modulus = Buffer.alloc(0), exponent = Buffer.alloc(0)] = read(CKA.MODULUS, CKA.PUBLIC_EXPONENT)
    // RFC 3279 §2.3.1.
    const key = sequence(unsignedInteger(modulus), unsignedInteger(exponent))
    return sequence(sequence(oid(keyAlgorithmInfo('RSA_2048').oid), NULL), bitString(key))
  }
  const [curve = Buffer.alloc(0), point = Buffer.alloc(0)] = read(CKA.EC_PARAMS, CKA.EC_POINT)
  const algorithm = KEY_ALGORITHM_NAMES.find((name) =>
    keyKindOf(name)?.parameters.some(
      ({ type, value }) => type === CKA.EC_PARAMS && curve.equals(value as Buffer),
    ),
  )
  if (algorithm === undefined) throw new TokenFailure('refused', 'the token’s key is of an unknown kind')
  const { oid: algorithmOid, curveOid } = keyAlgorithmInfo(algorithm)
  // RFC 5480 §2.1.1: the curve's name is the parameter; RFC 8410 §3: there is none.
  const identifier =
    curveOid === undefined ? sequence(oid(algorithmOid)) : sequence(oid(algorithmOid), oid(curveOid))
  return sequence(identifier, bitString(rawPoint(algorithm, point)))
}

/**
 * PKCS #11 2.40 §2.3.3 wraps a point into an OCTET STRING, some tokens give it bare. Only the length tells: a bare point
 * begins with 04 as well, and the octet behind it may be anything.
 */
function rawPoint(algorithm: KeyAlgorithm, point: Buffer): Uint8Array {
  const { family, bits } = keyAlgorithmInfo(algorithm)
  const octets = family === 'EC' ? 1 + 2 * Math.ceil(bits / 8) : Math.ceil(bits / 8)
  const bare = point.subarray(-octets)
  if (bare.length === octets && (point.length === octets || point.equals(octetString(bare)))) return bare
  throw new TokenFailure('refused', 'the token’s key has a point of the wrong length')
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) from r and s, one behind the other in equal lengths as PKCS #11 has them. */
export function ecdsaSignature(concatenated: Uint8Array): Uint8Array {
  const half = concatenated.length / 2
  return sequence(
    unsignedInteger(concatenated.subarray(0, half)),
    unsignedInteger(concatenated.subarray(half)),
  )
}
