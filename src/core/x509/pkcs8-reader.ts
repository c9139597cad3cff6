import { withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed, contextPrimitive } from './der/tags.ts'
import { pbes2Decrypt, wrongPassphrase, type Opening } from './pbes2-reader.ts'

const KEY = 'the private key'
const ENCRYPTED = 'the encrypted private key'

/** Whether DER is an EncryptedPrivateKeyInfo: its first member is an AlgorithmIdentifier, not a version. */
export function isEncryptedPkcs8(der: Uint8Array): boolean {
  return withDerErrors('request_invalid', 'key', () => {
    const inside = new DerReader(der).enter(TAG.sequence, KEY)
    return inside.has(TAG.sequence)
  })
}

/**
 * Checks that octets are one PrivateKeyInfo or OneAsymmetricKey (RFC 5958 §2): version, algorithm, key, attributes and
 * public key, and nothing behind them. What the key itself is made of is for the runtime to read.
 * @throws request_invalid naming `key`
 */
export function checkPkcs8(der: Uint8Array): void {
  withDerErrors('request_invalid', 'key', () => {
    const outer = new DerReader(der)
    const info = outer.enter(TAG.sequence, KEY)
    outer.finish(KEY)
    // RFC 5958 §2: v1, or v2 when the public key comes along.
    info.smallInteger('the version')
    info.expect(TAG.sequence, 'the algorithm')
    info.octetString(KEY)
    if (info.has(contextConstructed(0))) info.any('the attributes')
    if (info.has(contextPrimitive(1))) info.any('the public key')
    info.finish(KEY)
  })
}

/**
 * The PrivateKeyInfo inside an EncryptedPrivateKeyInfo (RFC 5958 §3); the caller zeroes it.
 * @throws request_invalid naming `key` or `passphrase`
 */
export async function openEncryptedPkcs8(der: Uint8Array, opening: Opening): Promise<Uint8Array> {
  const { algorithm, encrypted } = withDerErrors('request_invalid', 'key', () => {
    const outer = new DerReader(der)
    const info = outer.enter(TAG.sequence, ENCRYPTED)
    outer.finish(ENCRYPTED)
    const parts = { algorithm: info.element('the encryption'), encrypted: info.octetString(ENCRYPTED) }
    info.finish(ENCRYPTED)
    return parts
  })
  const pkcs8Der = await pbes2Decrypt(algorithm, encrypted, opening)
  try {
    checkPkcs8(pkcs8Der)
    return pkcs8Der
  } catch {
    pkcs8Der.fill(0)
    throw wrongPassphrase()
  }
}
