import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { KmsProvider, WrappedDataKey } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { kmsUnavailable } from './failures.ts'
import { openLocalKeks, type LocalKeks } from './local-keks.ts'

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
/** Wrapping keys kept for each key-encryption key: deriving one takes about 11 µs. */
const KEPT_WRAPPING_KEYS = 256

export type LocalOptions = {
  /** The passphrase of the key file, for one that has one. */
  readonly passphrase?: () => string | undefined
  /** Tests take fewer. */
  readonly usesPerWrappingKey?: number
}

/**
 * The KMS that lives in a file beside the database. The newest version wraps, every version in the file unwraps. Other
 * processes may change the file at any time: wrapping looks whether it is still the one that was read.
 * @throws kms_unavailable, not retryable, when the file is missing, malformed, or open to anybody else, or when its
 * passphrase is wrong
 */
export async function openLocalKeyFile(
  path: string,
  random: Random,
  { passphrase = () => undefined, usesPerWrappingKey = USES_PER_WRAPPING_KEY }: LocalOptions = {},
): Promise<KmsProvider> {
  const keks = await openLocalKeks(path, random, passphrase)
  const wrappingKey = wrappingKeys()
  let salt = random.bytes(SALT_OCTETS)
  let uses = 0

  const describe = async () => {
    const { kekId, newest } = await keks.now()
    return { provider: 'local', kekId, kekVersion: newest }
  }
  return {
    name: 'local',
    describe,
    wrap: async (dataKey, context) => {
      if (dataKey.length !== DATA_KEY_OCTETS)
        throw new ChanceryError('internal', 'local KMS: a data key has 32 octets')
      const { kekId, newest, key } = await keks.now()
      if (uses++ === usesPerWrappingKey) {
        salt = random.bytes(SALT_OCTETS)
        uses = 1
      }
      const wrapped = Buffer.alloc(WRAPPED_OCTETS)
      const nonce = random.bytes(NONCE_OCTETS)
      const cipher = createCipheriv(CIPHER, wrappingKey(key, salt), nonce)
      cipher.setAAD(aadOf(kekId, newest, context))
      wrapped.set(salt, 0)
      wrapped.set(nonce, SALT_OCTETS)
      wrapped.set(cipher.update(dataKey), SALT_OCTETS + NONCE_OCTETS)
      cipher.final()
      wrapped.set(cipher.getAuthTag(), WRAPPED_OCTETS - TAG_OCTETS)
      return { kekId, kekVersion: newest, wrapped }
    },
    unwrap: async (dataKey, context) => {
      const kek = await kekOf(keks, dataKey)
      return unwrapped(dataKey, aadOf(dataKey.kekId, dataKey.kekVersion, context), (from) =>
        wrappingKey(kek, from),
      )
    },
    rotate: async () => {
      await keks.add()
      return describe()
    },
  }
}

/** The key-encryption key of one version; looked for in the file once more before it counts as unknown. */
async function kekOf(keks: LocalKeks, { kekId, kekVersion }: WrappedDataKey): Promise<KeyObject> {
  const known = keks.version(kekId, kekVersion) ?? (await keks.again(), keks.version(kekId, kekVersion))
  if (known !== undefined) return known
  const message = `the local key file has no version ${kekVersion} of key ${kekId}; restore its backup`
  throw kmsUnavailable(message, false)
}

type WrappingKey = (kek: KeyObject, salt: Uint8Array) => KeyObject

/** Derives wrapping keys and keeps those last made, with the very key they were made from: a file may be exchanged. */
function wrappingKeys(): WrappingKey {
  const derived = new WeakMap<KeyObject, Map<string, KeyObject>>()
  return (kek, salt) => {
    const own = derived.get(kek) ?? new Map<string, KeyObject>()
    derived.set(kek, own)
    const name = Buffer.from(salt).toString('latin1')
    const known = own.get(name)
    if (known !== undefined) return known
    const octets = new Uint8Array(hkdfSync('sha256', kek, salt, 'chancery/local/wrap/1', 32))
    const key = createSecretKey(octets)
    octets.fill(0)
    const oldest = own.keys().next()
    if (own.size >= KEPT_WRAPPING_KEYS && oldest.done !== true) own.delete(oldest.value)
    own.set(name, key)
    return key
  }
}

/** Binds the wrapped key to its KEK's id and version besides the context, so that a header can't be exchanged. */
const aadOf = (kekId: string, version: number, context: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${kekId}:${version}:`), context])

function unwrapped(
  { kekId, kekVersion, wrapped }: WrappedDataKey,
  aad: Uint8Array,
  wrappingKey: (salt: Uint8Array) => KeyObject,
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
  const key = wrappingKey(wrapped.subarray(0, SALT_OCTETS))
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
