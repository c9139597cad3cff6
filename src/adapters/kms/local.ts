import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { KmsProvider, WrappedDataKey } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { kmsUnavailable } from './failures.ts'
import { readLocalKeyFile, type LocalKeys } from './local-key-file.ts'

export { createLocalKeyFile } from './local-key-file.ts'

/** A wrapped data key: salt of the wrapping key, nonce, ciphertext, tag. */
const SALT_OCTETS = 16
const NONCE_OCTETS = 12
const DATA_KEY_OCTETS = 32
const TAG_OCTETS = 16
const WRAPPED_OCTETS = SALT_OCTETS + NONCE_OCTETS + DATA_KEY_OCTETS + TAG_OCTETS
const CIPHER = 'aes-256-gcm'

/**
 * NIST SP 800-38D §8.3 allows 2^32 encryptions with random nonces under one key, which a busy issuer of server-made keys
 * reaches in weeks. So key-encryption keys don't encrypt: each process derives wrapping keys of its own from them, by
 * HKDF (RFC 5869) with a random salt, and takes a new one after this many uses.
 */
const USES_PER_WRAPPING_KEY = 2 ** 24
/** Wrapping keys kept for unwrapping: deriving one takes about 11 µs. */
const KEPT_WRAPPING_KEYS = 256

/**
 * The KMS that lives in a file beside the database. The newest version wraps, every version in the file unwraps.
 * @throws kms_unavailable, not retryable, when the file is missing, malformed, or open to anybody else
 */
export async function openLocalKeyFile(
  path: string,
  random: Random,
  usesPerWrappingKey = USES_PER_WRAPPING_KEY,
): Promise<KmsProvider> {
  const keys = await readLocalKeyFile(path)
  try {
    return localProvider(keys, random, usesPerWrappingKey)
  } finally {
    for (const { key } of keys.versions) key.fill(0)
  }
}

function localProvider(
  { kekId, versions }: LocalKeys,
  random: Random,
  usesPerWrappingKey: number,
): KmsProvider {
  // KeyObjects keep the octets outside the JavaScript heap, so that no heap snapshot shows them.
  const keks = new Map(versions.map(({ version, key }) => [version, createSecretKey(key)]))
  const newest = Math.max(...keks.keys())
  const derived = new Map<string, KeyObject>()
  let salt = random.bytes(SALT_OCTETS)
  let uses = 0

  const wrappingKey = (version: number, from: Uint8Array): KeyObject => {
    const kek = keks.get(version)
    if (kek === undefined) {
      throw kmsUnavailable(
        `the local key file has no version ${version} of key ${kekId}; restore its backup`,
        false,
      )
    }
    const name = `${version}:${Buffer.from(from).toString('latin1')}`
    const known = derived.get(name)
    if (known !== undefined) return known
    const octets = new Uint8Array(hkdfSync('sha256', kek, from, 'chancery/local/wrap/1', 32))
    const key = createSecretKey(octets)
    octets.fill(0)
    const oldest = derived.keys().next()
    if (derived.size >= KEPT_WRAPPING_KEYS && oldest.done !== true) derived.delete(oldest.value)
    derived.set(name, key)
    return key
  }
  /** Binds the wrapped key to its KEK's id and version besides the context, so that a header can't be exchanged. */
  const prefixes = new Map([...keks.keys()].map((version) => [version, Buffer.from(`${kekId}:${version}:`)]))
  const aad = (version: number, context: Uint8Array): Buffer =>
    Buffer.concat([prefixes.get(version) ?? Buffer.alloc(0), context])

  return {
    name: 'local',
    describe: async () => ({ provider: 'local', kekId, kekVersion: newest }),
    wrap: async (dataKey, context) => {
      if (dataKey.length !== DATA_KEY_OCTETS)
        throw new ChanceryError('internal', 'local KMS: a data key has 32 octets')
      if (uses++ === usesPerWrappingKey) {
        salt = random.bytes(SALT_OCTETS)
        uses = 1
      }
      const wrapped = Buffer.alloc(WRAPPED_OCTETS)
      const nonce = random.bytes(NONCE_OCTETS)
      const cipher = createCipheriv(CIPHER, wrappingKey(newest, salt), nonce).setAAD(aad(newest, context))
      wrapped.set(salt, 0)
      wrapped.set(nonce, SALT_OCTETS)
      wrapped.set(cipher.update(dataKey), SALT_OCTETS + NONCE_OCTETS)
      cipher.final()
      wrapped.set(cipher.getAuthTag(), WRAPPED_OCTETS - TAG_OCTETS)
      return { kekId, kekVersion: newest, wrapped }
    },
    unwrap: async (dataKey, context) => {
      if (dataKey.kekId !== kekId) {
        throw kmsUnavailable(
          `the local key file holds key ${kekId}, not ${dataKey.kekId}; restore its backup`,
          false,
        )
      }
      return unwrapped(dataKey, aad(dataKey.kekVersion, context), wrappingKey)
    },
  }
}

function unwrapped(
  { kekId, kekVersion, wrapped }: WrappedDataKey,
  aad: Uint8Array,
  wrappingKey: (version: number, salt: Uint8Array) => KeyObject,
): Uint8Array {
  const refusal = (cause: unknown): ChanceryError =>
    new ChanceryError(
      'internal',
      `local KMS: a data key doesn't open under version ${kekVersion} of key ${kekId}`,
      {
        cause,
      },
    )
  if (wrapped.length !== WRAPPED_OCTETS) throw refusal(new Error('wrong length'))
  const key = wrappingKey(kekVersion, wrapped.subarray(0, SALT_OCTETS))
  const body = wrapped.subarray(SALT_OCTETS)
  const decipher = createDecipheriv(CIPHER, key, body.subarray(0, NONCE_OCTETS), {
    authTagLength: TAG_OCTETS,
  })
  decipher.setAAD(aad).setAuthTag(body.subarray(-TAG_OCTETS))
  const plaintext = decipher.update(body.subarray(NONCE_OCTETS, -TAG_OCTETS))
  try {
    decipher.final()
  } catch (error) {
    plaintext.fill(0)
    throw refusal(error)
  }
  return plaintext
}
