import { generateKeyPair } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import { KEY_ALGORITHMS, keyAlgorithmInfo, type KeyAlgorithm } from '../../core/domain/key-algorithms.ts'

const publicKeyEncoding = { type: 'spki', format: 'der' } as const
const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const

/**
 * A fresh key pair as DER, made off the event loop (RSA 4096 takes up to seconds). The caller zeroes `pkcs8Der`.
 * @throws request_invalid for an algorithm that isn't in the table, internal when the runtime can't make the key
 */
export function generatedKeyPair(
  algorithm: KeyAlgorithm,
): Promise<{ spki: Uint8Array; pkcs8Der: Uint8Array }> {
  if (!Object.hasOwn(KEY_ALGORITHMS, algorithm)) {
    throw new ChanceryError('request_invalid', 'keyAlgorithm: there is no such key algorithm')
  }
  const { family, curve = '', bits } = keyAlgorithmInfo(algorithm)
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, spki: Uint8Array, pkcs8Der: Uint8Array): void => {
      if (error === null) resolve({ spki, pkcs8Der })
      else reject(new ChanceryError('internal', `no ${algorithm} key could be made`, { cause: error }))
    }
    // Public exponent 65537, Node's default. Curves by name: RFC 5480 §2.1.1 forbids explicit parameters.
    if (family === 'RSA') {
      generateKeyPair('rsa', { modulusLength: bits, publicKeyEncoding, privateKeyEncoding }, done)
    } else if (family === 'EC') {
      generateKeyPair('ec', { namedCurve: curve, publicKeyEncoding, privateKeyEncoding }, done)
    } else generateKeyPair('ed25519', { publicKeyEncoding, privateKeyEncoding }, done)
  })
}
