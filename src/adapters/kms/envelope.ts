import { createCipheriv, createDecipheriv } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { KeyContext } from '../../core/domain/keys.ts'
import type { KmsProvider, WrappedDataKey } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { asked, doesNotOpen } from './failures.ts'

/**
 * A private key at rest, version 1:
 *
 *     1  version, 01
 *     4  version of the key-encryption key, big-endian
 *     1  length of its id, then the id in UTF-8
 *     2  length of the wrapped data key, big-endian, then the wrapped key as the provider gave it
 *    12  nonce
 *     n  AES-256-GCM ciphertext, as long as the plaintext
 *    16  tag
 *
 * The additional authenticated data is `contextBytes`, for the payload and for the wrapped key alike. The header is not
 * in it, so that a data key can be wrapped anew without touching the payload; a provider authenticates what it wraps.
 */
const VERSION = 1
const DATA_KEY_OCTETS = 32
const NONCE_OCTETS = 12
const TAG_OCTETS = 16
const CIPHER = 'aes-256-gcm'

const text = new TextEncoder()

/**
 * The encryption context of a key as bytes: a label, then account, region, id and purpose, each behind its length in
 * two octets, so that no two contexts have the same bytes.
 */
export function contextBytes({ account, region, id, purpose }: KeyContext): Uint8Array {
  return Buffer.concat(
    ['chancery/key/1', account, region, id, purpose].map((part) => {
      const octets = text.encode(part)
      return Buffer.concat([Uint8Array.of(octets.length >> 8, octets.length & 0xff), octets])
    }),
  )
}

/** Only the four members that are authenticated, whatever else the caller's object has. */
export const contextOf = ({ account, region, id, purpose }: KeyContext): KeyContext => ({
  account,
  region,
  id,
  purpose,
})

/** How errors name a key. */
export const subjectOf = (context: Pick<KeyContext, 'id'>): string => `key ${context.id}`

/**
 * Encrypts `plaintext` under a fresh data key, which the provider wraps. The data key is zeroed, the plaintext is left
 * to the caller.
 * @throws kms_unavailable
 */
export async function sealEnvelope(
  provider: KmsProvider,
  random: Random,
  context: KeyContext,
  plaintext: Uint8Array,
): Promise<{ kekId: string; kekVersion: number; sealed: Uint8Array }> {
  const aad = contextBytes(context)
  const dataKey = random.bytes(DATA_KEY_OCTETS)
  try {
    const wrapped = await asked(subjectOf(context), () => provider.wrap(dataKey, aad))
    const nonce = random.bytes(NONCE_OCTETS)
    const cipher = createCipheriv(CIPHER, dataKey, nonce).setAAD(aad)
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    const sealed = Buffer.concat([header(wrapped), nonce, ciphertext])
    return { kekId: wrapped.kekId, kekVersion: wrapped.kekVersion, sealed }
  } finally {
    dataKey.fill(0)
  }
}

/**
 * The plaintext of an envelope; the caller zeroes it after use.
 * @throws internal naming the key when the envelope was changed, or belongs to another key; kms_unavailable
 */
export async function openEnvelope(
  provider: KmsProvider,
  context: KeyContext,
  sealed: Uint8Array,
): Promise<{ plaintext: Uint8Array; kekId: string; kekVersion: number }> {
  const subject = subjectOf(context)
  const parts = parsed(sealed, subject)
  const aad = contextBytes(context)
  const dataKey = await asked(subject, () => provider.unwrap(parts.wrapped, aad))
  try {
    const decipher = createDecipheriv(CIPHER, dataKey, parts.nonce, { authTagLength: TAG_OCTETS })
    const plaintext = decipher.setAAD(aad).setAuthTag(parts.tag).update(parts.ciphertext)
    try {
      decipher.final()
    } catch (error) {
      plaintext.fill(0)
      throw error
    }
    return { plaintext, kekId: parts.wrapped.kekId, kekVersion: parts.wrapped.kekVersion }
  } catch (error) {
    throw doesNotOpen(subject, error)
  } finally {
    dataKey.fill(0)
  }
}

/**
 * The same envelope with its data key wrapped by another key-encryption key, of the same provider or another one. The
 * payload isn't opened: what was changed in it stays as it is and is found when somebody opens it.
 * @throws internal naming the key when its data key doesn't open: it was changed, or belongs to another key;
 * kms_unavailable
 */
export async function rewrapEnvelope(
  { from, to }: { readonly from: KmsProvider; readonly to: KmsProvider },
  context: KeyContext,
  sealed: Uint8Array,
): Promise<{
  before: Omit<WrappedDataKey, 'wrapped'>
  kekId: string
  kekVersion: number
  sealed: Uint8Array
}> {
  const subject = subjectOf(context)
  const { wrapped: before, nonce, ciphertext, tag } = parsed(sealed, subject)
  const aad = contextBytes(context)
  const dataKey = await asked(subject, () => from.unwrap(before, aad))
  try {
    const wrapped = await asked(subject, () => to.wrap(dataKey, aad))
    const { kekId, kekVersion } = wrapped
    return { before, kekId, kekVersion, sealed: Buffer.concat([header(wrapped), nonce, ciphertext, tag]) }
  } finally {
    dataKey.fill(0)
  }
}

/**
 * Finds out whether the provider opens the data key of an envelope; the key inside stays closed.
 * @throws internal naming the key, or kms_unavailable, when it doesn't
 */
export async function checkDataKey(
  provider: KmsProvider,
  context: KeyContext,
  sealed: Uint8Array,
): Promise<void> {
  const subject = subjectOf(context)
  const { wrapped } = parsed(sealed, subject)
  const dataKey = await asked(subject, () => provider.unwrap(wrapped, contextBytes(context)))
  dataKey.fill(0)
}

function header({ kekId, kekVersion, wrapped }: WrappedDataKey): Uint8Array {
  const id = text.encode(kekId)
  if (id.length > 0xff || wrapped.length > 0xffff || kekVersion > 0xffffffff) {
    throw new ChanceryError('internal', 'envelope: the KMS gave a key id or a wrapped key that is too long')
  }
  const fixed = Buffer.alloc(6)
  fixed.writeUInt8(VERSION, 0)
  fixed.writeUInt32BE(kekVersion, 1)
  fixed.writeUInt8(id.length, 5)
  return Buffer.concat([fixed, id, Uint8Array.of(wrapped.length >> 8, wrapped.length & 0xff), wrapped])
}

type Parts = {
  readonly wrapped: WrappedDataKey
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

function parsed(sealed: Uint8Array, subject: string): Parts {
  let at = 0
  const take = (octets: number): Buffer => {
    if (octets < 0 || at + octets > sealed.length) throw doesNotOpen(subject, new Error('envelope cut short'))
    at += octets
    return Buffer.from(sealed.buffer, sealed.byteOffset + at - octets, octets)
  }
  const version = take(1).readUInt8()
  if (version !== VERSION) throw doesNotOpen(subject, new Error(`envelope of unknown version ${version}`))
  const kekVersion = take(4).readUInt32BE()
  const kekId = take(take(1).readUInt8()).toString('utf8')
  const wrapped = take(take(2).readUInt16BE())
  const nonce = take(NONCE_OCTETS)
  const ciphertext = take(sealed.length - at - TAG_OCTETS)
  return { wrapped: { kekId, kekVersion, wrapped }, nonce, ciphertext, tag: take(TAG_OCTETS) }
}
