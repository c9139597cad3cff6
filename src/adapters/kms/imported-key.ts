import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  signatureAlgorithmInfo,
  type KeyAlgorithm,
} from '../../core/domain/key-algorithms.ts'
import { openPrivateKeyFile, type PrivateKeyFile } from '../../core/x509/private-key-file.ts'
import { parsePublicKey } from '../../core/x509/public-keys.ts'
import { pause, type Derive } from './derivations.ts'

export type KeyInFile = {
  readonly algorithm: KeyAlgorithm
  readonly spki: Uint8Array
  /** As the runtime writes it, so without attributes; the caller zeroes it. */
  readonly pkcs8Der: Uint8Array
  readonly certificates: readonly Uint8Array[]
}

/**
 * Reads the private key of a file, by our own reader first and then by the runtime, which knows whether the numbers
 * are a key.
 * @throws request_invalid naming `key` or `passphrase`
 */
export async function importedKey(file: PrivateKeyFile, derive: Derive): Promise<KeyInFile> {
  const { pkcs8Der, certificates } = await openPrivateKeyFile(file, derive, pause)
  try {
    const { privateKey, publicKey, spki } = keyPair(pkcs8Der)
    const { algorithm, oid, bits } = parsePublicKey(spki, 'key')
    if (algorithm === undefined) {
      const size = bits > 0 ? ` of ${bits} bits` : ''
      throw refusal('key_kind', `is of algorithm ${oid}${size}; there are ${KEY_ALGORITHM_NAMES.join(', ')}`)
    }
    checkHalves(algorithm, privateKey, publicKey)
    const written = privateKey.export({ format: 'der', type: 'pkcs8' })
    return { algorithm, spki, pkcs8Der: written, certificates }
  } finally {
    pkcs8Der.fill(0)
  }
}

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject; readonly spki: Uint8Array }

function keyPair(pkcs8Der: Uint8Array): KeyPair {
  try {
    const key = Buffer.from(pkcs8Der.buffer, pkcs8Der.byteOffset, pkcs8Der.length)
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    const publicKey = createPublicKey(privateKey)
    return { privateKey, publicKey, spki: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })) }
  } catch (error) {
    // What OpenSSL says of a broken key helps nobody, and may quote it.
    throw refusal('key_unreadable', 'is no private key that can be read', error)
  }
}

/** Not a part of any certificate or CRL, so its signature says nothing about one; it is dropped here. */
const PROBE = Buffer.from('chancery/import-probe/1')

/**
 * A key file has the public half beside the private one and OpenSSL believes it: a damaged or forged file is found
 * here and not when the first certificate is to be signed.
 */
function checkHalves(algorithm: KeyAlgorithm, privateKey: KeyObject, publicKey: KeyObject): void {
  const { digest } = signatureAlgorithmInfo(keyAlgorithmInfo(algorithm).defaultSignature)
  let together = false
  try {
    together = verify(digest, PROBE, publicKey, sign(digest, PROBE, privateKey))
  } catch {
    // Numbers that no signature can be made with are no key either.
  }
  if (!together) throw refusal('key_halves', 'its private and its public half don’t belong together')
}

const refusal = (code: string, message: string, cause?: unknown): ChanceryError =>
  new ChanceryError('request_invalid', `key: ${message}`, {
    violations: [{ code, field: 'key', message }],
    cause,
  })
