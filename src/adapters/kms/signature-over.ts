import { createSign, sign as signSync, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { signingOptions, type SignatureAlgorithm } from '../../core/domain/key-algorithms.ts'
import type { Pieces } from '../../core/x509/prepare.ts'

/** Up to here a message is put together: the way to another thread copies it, which takes less than a millisecond. */
const AT_ONCE = 256 * 1024
const signAsync = promisify(signSync)

/**
 * A signature. What comes in pieces is hashed piece by piece, so that the longest stop of the event loop is one piece
 * and the signature itself; Ed25519 and ML-DSA have no digest that could be made so (RFC 8032 §5.1.6, FIPS 204 §5.2), and
 * take the message whole.
 * @param slow whether a signature is to be made in libuv's pool
 */
export async function signatureOver(
  message: Uint8Array | Pieces,
  algorithm: SignatureAlgorithm,
  privateKey: KeyObject,
  slow: boolean,
): Promise<Uint8Array> {
  const { digest, padding } = signingOptions(algorithm)
  if (message instanceof Uint8Array || message.length <= AT_ONCE || digest === null) {
    const whole = await collected(message)
    // A P-256 or Ed25519 signature (25 to 40 µs) is cheaper than the way to another thread and back.
    if (!slow && whole.length <= AT_ONCE) return signSync(digest, whole, { key: privateKey, ...padding })
    return signAsync(digest, whole, { key: privateKey, ...padding })
  }
  const signing = createSign(digest)
  for await (const piece of message) signing.update(piece)
  return signing.sign({ key: privateKey, ...padding })
}

/** A message in one place. */
export async function collected(message: Uint8Array | Pieces): Promise<Uint8Array> {
  if (message instanceof Uint8Array) return message
  const whole = new Uint8Array(message.length)
  let at = 0
  for await (const piece of message) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
